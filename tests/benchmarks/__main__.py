"""`python -m tests.benchmarks [NAME …]`: run benchmarks, write their results under `.local/bench/`."""

from __future__ import annotations

import importlib
import json
import pkgutil
import sys
from pathlib import Path

import tests.benchmarks as here

_OUT = Path(__file__).resolve().parents[2] / ".local" / "bench"


def main(wanted: list[str]) -> int:
    """Run the benchmarks named, or all; each is a package with a module `bench` that has `run()`."""
    known = [module.name for module in pkgutil.iter_modules(here.__path__) if module.ispkg]
    for name in wanted:
        if name not in known:
            sys.stderr.write(f"benchmark: {name} is none of {', '.join(known)}\n")
            return 2
    _OUT.mkdir(parents=True, exist_ok=True)
    for name in wanted or known:
        print(f"== {name}", flush=True)
        found = importlib.import_module(f"tests.benchmarks.{name}.bench").run()
        (_OUT / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
