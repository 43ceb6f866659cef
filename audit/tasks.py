"""Three lines round the services of the log. A task says "look"; the rows are the work."""

from celery import shared_task

from audit import delivery, export, sequencer


@shared_task(name="audit.tasks.deliver")
def deliver(queue: str | None = None) -> int:
    return delivery.deliver_some(queue)


@shared_task(name="audit.tasks.sequence")
def sequence() -> int:
    return sequencer.sequence()


@shared_task(name="audit.tasks.checkpoint")
def checkpoint() -> None:
    sequencer.checkpoint()


@shared_task(name="audit.tasks.build_exports")
def build_exports() -> int:
    return export.build_open()


@shared_task(name="audit.tasks.expire_exports")
def expire_exports() -> int:
    return export.expire()
