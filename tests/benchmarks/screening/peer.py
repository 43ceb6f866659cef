"""Runs inside the benchmark's own virtual environment: scores pairs of entities with nomenklatura.

Reads JSON lines `{"a": [entity, …], "b": [entity, …]}` (a is compared with each of b), writes the scores and
the seconds that an algorithm took: `{"scores": [[…], …], "seconds": s, "comparisons": n}`.
"""

from __future__ import annotations

import json
import sys
import time


def main(algorithm: str) -> None:
    from followthemoney import EntityProxy
    from nomenklatura.matching import get_algorithm
    from nomenklatura.matching.types import ScoringConfig

    compare = get_algorithm(algorithm).compare  # type: ignore[union-attr]
    config = ScoringConfig.defaults()
    made: dict[str, EntityProxy] = {}

    def proxy(entity: dict) -> EntityProxy:
        found = made.get(entity["id"])
        if found is None:
            found = made[entity["id"]] = EntityProxy.from_dict(entity)
        return found

    rows = [json.loads(line) for line in sys.stdin]
    pairs = [(proxy(row["a"]), [proxy(each) for each in row["b"]]) for row in rows]
    for a, others in pairs[:50]:
        for each in others:
            compare(a, each, config)
    start = time.process_time()
    scores = [[compare(a, each, config).score for each in others] for a, others in pairs]
    seconds = time.process_time() - start
    print(json.dumps({"scores": scores, "seconds": seconds, "comparisons": sum(map(len, scores))}))


if __name__ == "__main__":
    main(sys.argv[1])
