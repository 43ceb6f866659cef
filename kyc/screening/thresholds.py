"""The thresholds in force, and the limits round a decision."""

from __future__ import annotations

from datetime import timedelta

from kyc.models import Threshold
from kyc.screening.levels import Level, Levels

#: Identifies the scorer in alerts and screenings; a change of how it scores is a new version.
SCORER = "lockgate-1"
#: A reviewer clears alone below this; at or above it a second person confirms.
CLEAR_ALONE_BELOW = 0.95
#: An alert waits at most this long for its first decision.
DECIDE_WITHIN = timedelta(hours=8)
#: A dismissal holds at longest this long.
DISMISS_FOR = timedelta(days=365)


def in_force() -> Levels:
    """What holds now. Read once a batch and not kept: a few rows, and a change acts at once everywhere."""
    rows = Threshold.objects.filter(state=Threshold.State.IN_FORCE)
    return Levels({(row.dataset, row.kind): Level(row.threshold, row.hold_at) for row in rows})
