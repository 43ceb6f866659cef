from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        post_migrate.connect(_grant, dispatch_uid="core.grant")


def _grant(using: str, app_config: AppConfig, **_: Any) -> None:
    # The signal comes once per app, after all migrations: once is enough.
    if using != "owner" or app_config.name != "core":
        return
    from django.db import connections

    from core.rls import grant

    with connections[using].cursor() as cursor:
        grant(cursor)
