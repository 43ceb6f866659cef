"""Telling a worker to look. The rows are the truth: a lost message costs seconds, nothing else."""

from __future__ import annotations

from celery import current_app

from core.scope import STAFF

DELIVER = "audit.tasks.deliver"


def wake(queue: str, only: str | None = None) -> None:
    """Send "look" to a worker of `queue`; it looks at the subscribers of `only`, or of every queue."""
    current_app.send_task(
        DELIVER, args=[only], queue=queue, headers={"lockgate_scope": STAFF.to_header()}, retry=False
    )
