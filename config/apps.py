from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        # Tasks of the floors are declared with shared_task: the application must exist before a send.
        from config import celery  # noqa: F401
