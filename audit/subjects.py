"""What the log is told of its own exports."""

from __future__ import annotations

from audit import registry
from audit.models import Export


def register() -> None:
    registry.subject("export", scopes=_scopes, caption=_label)


def _scopes(identifier: str) -> list[str]:
    """The recipient's own scope; not the exported one, or a tenant would read who looks at it."""
    recipient = Export.objects.values_list("recipient_id", flat=True).get(pk=identifier)
    return [f"recipient:{recipient}"] if recipient else []


def _label(identifier: str) -> str:
    return f"E-{Export.objects.values_list('number', flat=True).get(pk=identifier):04d}"
