"""Reasons a reviewer can take with one key: what the comparison says, and what the person wrote last."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import ngettext

from accounts.models import User
from console.operator.pages.alert import FieldRow
from console.say import joined
from kyc.models import Resolution

#: How many are offered: keys 1 to 3.
MOST = 3
_LOOKED_AT = 30


def offered(user: User, rows: Sequence[FieldRow] = ()) -> tuple[str, ...]:
    """At most three, none filled in by itself: a reason is chosen, not found there."""
    found = [text] if (text := _differing(rows)) else []
    mine = Resolution.objects.filter(by=user).order_by("-at").values_list("reason", flat=True)
    return tuple(dict.fromkeys([*found, *mine[:_LOOKED_AT]]))[:MOST]


def _differing(rows: Sequence[FieldRow]) -> str:
    """Born and nationality differ."""
    names = [row.label for row in rows if row.differs]
    if not names:
        return ""
    words = joined([names[0], *(name[:1].lower() + name[1:] for name in names[1:])])
    return ngettext("%(fields)s differs.", "%(fields)s differ.", len(names)) % {"fields": words}
