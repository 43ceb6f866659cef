"""One assessment of a subject, and the JSON that `manage.py ownership` prints."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.errors import InvalidInput
from kyc.ownership.blocked import Blocked, Change, Status, blocked, overall, what_would_change
from kyc.ownership.chain import Chain, build_chain
from kyc.ownership.control import (
    BeneficialOwner,
    Parent,
    beneficial_owners,
    headquarters_country,
    perhaps_owners,
    ultimate_parents,
)
from kyc.ownership.effective import Effective, Unknown, effective
from kyc.ownership.statements import Number, Party, Share, Statement, check, in_force, percent


@dataclass(frozen=True)
class Assessment:
    """Everything that ownership says about a subject on a day."""

    subject: str
    chain: Chain
    effective: Effective
    beneficial_owners: tuple[BeneficialOwner, ...]
    perhaps: tuple[str, ...]
    """Persons who would be beneficial owners if everything unknown were theirs."""
    ultimate_parents: tuple[Parent, ...]
    headquarters_country: str | None
    blocked: Mapping[str, Blocked]
    changes: tuple[Change, ...]

    @property
    def status(self) -> Status:
        """The strictest answer of the 50 Percent Rule over all lists."""
        return overall(self.blocked)


def assess(
    parties: Mapping[str, Party],
    statements: Sequence[Statement],
    subject: str,
    *,
    flagged: Mapping[str, Collection[str]] | None = None,
    threshold: Number = 25,
    exclusive: bool = False,
    as_of: date | None = None,
) -> Assessment:
    """Assess `subject` from all its statements. `flagged`: list name → ids of listed parties.

    `threshold` in percent, inclusive unless `exclusive`; `as_of` None takes the last word on everything.
    Raises InvalidInput for an unknown subject, a threshold outside 0 to 100, and statements that cannot
    be true together.
    """
    if not 0 < percent(threshold) <= 100:
        raise InvalidInput("threshold", "outside 0 to 100 percent")
    current = in_force(statements, as_of)
    wrong = check(current, parties)
    if wrong:
        first = wrong[0]
        raise InvalidInput(first.field, f"{first.error} (statement {first.statement})", line=first.line)
    chain = build_chain(current, parties, subject)
    shares = effective(chain)
    answers = blocked(chain, flagged or {})
    return Assessment(
        subject,
        chain,
        shares,
        beneficial_owners(chain, shares, threshold, exclusive=exclusive),
        perhaps_owners(chain, shares, threshold, exclusive=exclusive),
        ultimate_parents(chain, shares),
        headquarters_country(parties[subject]),
        answers,
        what_would_change(chain, answers),
    )


def as_json(assessment: Assessment) -> dict[str, Any]:
    """The answer of `manage.py ownership`; shares in percent."""
    return {
        "subject": assessment.subject,
        "beneficial_owners": [_owner(owner) for owner in assessment.beneficial_owners],
        "perhaps_with_unknown": list(assessment.perhaps),
        "ultimate_parents": [_parent(parent) for parent in assessment.ultimate_parents],
        "headquarters_country": assessment.headquarters_country,
        "blocked": {
            "status": assessment.status,
            "by_list": {name: _blocked(answer) for name, answer in assessment.blocked.items()},
            "changes": [change.text for change in assessment.changes],
        },
        "unknown": [_unknown(part) for part in assessment.effective.unknown],
        "cycles": [list(cycle.members) for cycle in assessment.effective.cycles],
        "effective": {party: _range(share) for party, share in sorted(assessment.effective.shares.items())},
    }


def _range(share: Share) -> dict[str, float]:
    return {"percent_min": float(share.minimum), "percent_max": float(share.maximum)}


def _owner(owner: BeneficialOwner) -> dict[str, Any]:
    return {
        "id": owner.party.id,
        "name": owner.party.name,
        **_range(owner.share),
        "percent_with_unknown": float(owner.with_unknown),
        "certain": owner.certain,
        "control": list(owner.control),
        "paths": [path.as_json() for path in owner.paths],
    }


def _parent(parent: Parent) -> dict[str, Any]:
    return {
        "id": parent.party.id,
        "name": parent.party.name,
        "country": parent.party.country,
        "headquarters_country": headquarters_country(parent.party),
        **_range(parent.share),
        "certain": parent.certain,
        "path": parent.path.as_json(),
    }


def _blocked(answer: Blocked) -> dict[str, Any]:
    return {
        "status": answer.status,
        **_range(answer.share),
        "effective_percent_min": float(answer.effective.minimum),
        "effective_percent_max": float(answer.effective.maximum),
        "because": [path.as_json() for path in answer.because],
        "listed_self": answer.listed_self,
        "unknown_matters": answer.unknown_matters,
    }


def _unknown(part: Unknown) -> dict[str, Any]:
    return {
        "entity": part.entity,
        "party": part.party,
        "statement": part.statement,
        "reason": part.reason,
        **_range(part.share),
        "effective_percent_min": float(part.effective.minimum),
        "effective_percent_max": float(part.effective.maximum),
    }
