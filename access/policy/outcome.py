"""The five outcomes, weakest to strongest. The strongest rule that applies wins."""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """What a rule, or a whole decision, says. A notice is a reason with outcome `permit`."""

    PERMIT = 0
    PERMIT_WITH_CONDITIONS = 1
    REFER = 2
    LICENCE_REQUIRED = 3
    DENY = 4

    @property
    def label(self) -> str:
        """The name used outside: `permit_with_conditions`."""
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> Outcome:
        """The outcome of a label. Raises KeyError."""
        return cls[label.upper()]
