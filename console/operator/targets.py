"""How long work may wait before it counts as late, and how old a list may be before it counts as stale."""

from datetime import timedelta

DECIDE_ALERT = timedelta(hours=8)
SECOND_REVIEW = timedelta(hours=24)
ASSESS_APPLICATION = timedelta(days=5)
DECIDE_REQUEST = timedelta(days=2)
SECOND_APPROVAL = timedelta(hours=24)
ANSWER = timedelta(days=7)
#: Publishers change their lists on any working day.
LOOK_AT_LIST = timedelta(hours=26)
GRANT_ENDS_SOON = timedelta(hours=24)
