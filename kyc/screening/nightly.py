"""What the night's check needs: rows for the parties of the day, and for those whose dismissals are over."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from kyc.models import Dismissal, Party, RescreenItem
from kyc.screening import rescreening, sample


def queue(now: datetime | None = None) -> int:
    """Write down the work of the day; return how many parties that are. Asking again changes nothing."""
    day = (now or timezone.now()).date()
    over = Dismissal.objects.filter(ended_at__isnull=True, until__lt=day).values("party")
    queued = rescreening.queue_parties(
        Party.objects.filter(pk__in=over, removed_at__isnull=True).only("pk"), change=f"dismissals over {day}"
    )
    change = f"sample {day}"
    if not RescreenItem.objects.filter(change=change).exists():
        queued += rescreening.queue_parties(
            sample.chosen(day), change=change, cause=RescreenItem.Cause.SAMPLE
        )
    return queued
