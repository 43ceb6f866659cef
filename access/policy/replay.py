"""Deciding again from what was stored: the same facts under the same packs give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from access.models import Decision, PackText
from access.policy import engine
from access.policy.facts import FactSet
from access.policy.pack import SHIPPED_PACKS, Pack, load_pack, parse_pack
from core.errors import Conflict


@dataclass(frozen=True)
class Replayed:
    """A stored decision beside the one made now. `differs_at`: the first other byte, None where none is."""

    stored: str
    again: str

    @property
    def differs_at(self) -> int | None:
        one, other = self.stored.encode(), self.again.encode()
        if one == other:
            return None
        pairs = zip(one, other, strict=False)
        return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def keep_texts(packs: Sequence[Pack]) -> None:
    """Store the text of each pack that was not seen before, by its digest."""
    known = set(
        PackText.objects.filter(digest__in=[p.digest for p in packs]).values_list("digest", flat=True)
    )
    for pack in packs:
        if pack.digest not in known:
            text = resources.files("access.policy").joinpath("packs", f"{pack.name}.yaml").read_text("utf-8")
            PackText.objects.get_or_create(
                digest=pack.digest, defaults={"name": pack.name, "version": pack.version, "text": text}
            )


def packs_of(decision: Decision) -> tuple[Pack, ...]:
    """The packs of a decision as they were. Raises Conflict where a text is not there or not the same."""
    return tuple(_pack(used["name"], used["digest"]) for used in decision.packs)


def _pack(name: str, digest: str) -> Pack:
    if name in SHIPPED_PACKS and load_pack(name).digest == digest:
        return load_pack(name)
    stored = PackText.objects.filter(pk=digest).first()
    if stored is None:
        raise Conflict(f"The text of pack {name} ({digest}) is not stored.")
    pack = parse_pack(stored.text, origin=name)
    if pack.digest != digest:
        raise Conflict(f"The stored text of pack {name} is not the one that decided.")
    return pack


def replay(decision: Decision) -> Replayed:
    """Decide again from the stored facts, packs and day. Raises Conflict, InvalidInput."""
    again = engine.decide(
        FactSet.from_canonical(decision.facts),
        packs_of(decision),
        decision.as_of,
        id=json.loads(decision.result)["id"],
    )
    return Replayed(decision.result, again.canonical)
