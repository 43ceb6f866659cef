"""Three lines round the services of access. A task says "look"; the rows are the work."""

from celery import shared_task
from django.db import transaction


@shared_task(name="access.tasks.keep_grants")
def keep_grants() -> int:
    from access.grants import issue

    return issue.keep_going()


@shared_task(name="access.tasks.sweep_revocations")
def sweep_revocations() -> int:
    from access.grants import revoke

    with transaction.atomic():
        return revoke.sweep() + revoke.end_due()
