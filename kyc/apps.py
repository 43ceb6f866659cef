from django.apps import AppConfig
from django.conf import settings


class KycConfig(AppConfig):
    name = "kyc"

    def ready(self) -> None:
        from kyc import subjects, subscribers

        check_lists(settings.LOCKGATE_LISTS, settings.LOCKGATE_LIST_LIMITS)
        subjects.register()
        subscribers.register()


def check_lists(on: str, limits: str) -> None:
    """A source that is misspelt would never be looked at, and nobody would know: it stops the start."""
    from core.errors import Misconfigured
    from kyc.lists.sources import own_limits, switched_on

    try:
        switched_on(on)
        own_limits(limits)
    except Misconfigured as error:
        raise SystemExit(str(error)) from error
