"""The Celery application: a task runs in the scope that its message names, or not at all."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task
from celery.signals import worker_init

from config.resident import settle
from config.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("screening", "rescreening", "grants", "audit", "exports", "default")


class ScopedTask(Task):  # type: ignore[misc]
    """Carries the scope of the sender in the message's headers and sets it round the call.

    A message without a scope is refused: a task must never see more than its sender did.
    """

    def apply_async(self, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        from core.scope import current

        headers = {"lockgate_scope": current().to_header(), **(options.pop("headers", None) or {})}
        return super().apply_async(args, kwargs, headers=headers, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from core.scope import Scope, acting_in

        header = getattr(self.request, "lockgate_scope", None)
        if header is None:
            header = (getattr(self.request, "headers", None) or {}).get("lockgate_scope")
        if header is None:
            raise PermissionError(f"{self.name}: the message names no scope")
        with acting_in(Scope.from_header(header)):
            return super().__call__(*args, **kwargs)


app = Celery("lockgate", task_cls=ScopedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@worker_init.connect
def load_the_matcher(**_: Any) -> None:
    """Before the pool forks: tables of names cost seconds and 400 MB, and its processes share them."""
    from kyc.screening.names import analyse

    analyse({"id": "", "schema": "Person", "datasets": [], "properties": {"name": ["Nobody"]}})
    settle()
