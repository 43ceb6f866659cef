"""Small chains in one line each: `chain_of("anna -60-> top", ...)`."""

from __future__ import annotations

from collections.abc import Iterable

from kyc.ownership.chain import Chain, build_chain
from kyc.ownership.statements import Interest, Party, Share, Statement


def party(name: str) -> Party:
    """Lower case is a person, capitals an entity, `?Name` an unknown entity, `~Name` a trust."""
    if name.startswith("?"):
        return Party(name, kind="unknownEntity")
    if name.startswith("~"):
        return Party(name, name=name[1:], kind="arrangement", subtype="trust")
    return Party(name, is_person=name[0].islower(), name=name)


def share(text: str) -> Share | None:
    """`60`, `80..90`, `25<..50` (more than 25), or nothing."""
    if not text:
        return None
    low, _, high = text.partition("..")
    return Share(low.rstrip("<"), high or low, above=low.endswith("<"))


def statements_of(lines: Iterable[str]) -> tuple[dict[str, Party], list[Statement]]:
    """Each line is `owner -SHARE-> entity`, or `owner -kind:SHARE-> entity` (`indirect/kind:…`)."""
    parties: dict[str, Party] = {}
    made: list[Statement] = []
    for number, line in enumerate(lines, start=1):
        owner, _, rest = line.partition(" -")
        what, _, entity = rest.partition("-> ")
        kind, colon, amount = what.rpartition(":")
        directness, slash, kind = (kind or "shareholding").rpartition("/")
        interest = Interest(kind, share(amount if colon else what), directness if slash else "direct")
        for name in (owner, entity):
            parties.setdefault(name, party(name))
        made.append(Statement(f"s{number}", f"r{number}", owner, entity, (interest,)))
    return parties, made


def chain_of(*lines: str, subject: str = "S") -> Chain:
    parties, made = statements_of(lines)
    parties.setdefault(subject, party(subject))
    return build_chain(made, parties, subject)


VELDMARIN = (
    "eszterlund -80..90-> Anselm",
    "ferreyra -10..20-> Anselm",
    "Anselm -70-> Kestrel",
    "halasvari -30-> Kestrel",
    "Kestrel -60-> S",
    "ferreyra -25-> S",
)
