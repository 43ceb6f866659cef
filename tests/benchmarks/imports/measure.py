"""One figure in a process of its own: `python -m tests.benchmarks.imports.measure ACT [SOURCE FILE DATE]`.

Prints one JSON object: parties, seconds on the clock, seconds of the processor, peak memory in megabytes.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django

django.setup()


def read(source: str, path: str, as_of: str) -> int:
    """Read every party, and keep none."""
    from kyc.lists.reading import read_source

    return sum(1 for _ in read_source(source, path))


def bring_in(source: str, path: str, as_of: str) -> int:
    """Import as `manage.py import_list` does."""
    from audit.record import SYSTEM
    from kyc.lists.service import import_version

    done = import_version(source=source, path=path, as_of=date.fromisoformat(as_of), by=SYSTEM)
    assert done.state == "in_force"
    return done.entities


def migrate() -> int:
    """Give the database its schema."""
    from config.schema import bring_up_to_date

    return bring_up_to_date()


ACTS = {"read": read, "import": bring_in, "migrate": migrate}

if __name__ == "__main__":
    begun, worked = time.perf_counter(), time.process_time()
    count = ACTS[sys.argv[1]](*sys.argv[2:])
    found = {
        "parties": count,
        "seconds": round(time.perf_counter() - begun, 2),
        "processor_seconds": round(time.process_time() - worked, 2),
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    print(json.dumps(found))
