"""What beat starts, and how often. Every entry says "look": the rows are the work, so none may be missed and
none is harmful twice. Entries run in the staff scope, because nobody sends them."""

from __future__ import annotations

from typing import Any

from core.scope import STAFF


def _every(seconds: float, task: str, queue: str, *args: object) -> dict[str, Any]:
    return {
        "task": task,
        "schedule": seconds,
        "args": args,
        # A message that waited longer than its period is one of many alike.
        "options": {
            "queue": queue,
            "expires": max(seconds, 10.0),
            "headers": {"lockgate_scope": STAFF.to_header()},
        },
    }


SCHEDULE: dict[str, dict[str, Any]] = {
    "sequence events": _every(2, "audit.tasks.sequence", "audit"),
    "sign a checkpoint": _every(10, "audit.tasks.checkpoint", "audit"),
    "deliver what nobody took": _every(5, "audit.tasks.deliver", "default"),
    "re-screen what nobody took": _every(5, "kyc.tasks.rescreen", "rescreening"),
    "sample parties for a full pass": _every(1800, "kyc.tasks.sample", "rescreening"),
    "index the lists anew where much has changed": _every(900, "kyc.tasks.index_lists", "rescreening"),
    "look for new versions of lists": _every(30, "kyc.tasks.look_at_lists", "default"),
    "build exports that nobody took": _every(30, "audit.tasks.build_exports", "exports"),
    "delete old exports": _every(3600, "audit.tasks.expire_exports", "exports"),
    "issue and renew grants": _every(30, "access.tasks.keep_grants", "grants"),
    "revoke what a door left behind": _every(10, "access.tasks.sweep_revocations", "grants"),
}
