"""Which lists there are, which files fill them, and which file is believed where two do.

A DATASET is a list (what a rule names). A SOURCE is a file or a set of files (what is imported).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import Any

import yaml

from core.errors import Misconfigured


@dataclass(frozen=True)
class Dataset:
    """One list. `hold_at` is the score (0..1) from which a new alert on a blocking list acts by itself."""

    name: str
    caption: str
    publisher: str
    country: str
    topics: tuple[str, ...]
    #: A listed party may not be dealt with, or only under a licence: an alert holds the tenant.
    blocking: bool
    #: Prefix of the keys of parties that this list does not number.
    prefix: str
    hold_at: float = 0.95


@dataclass(frozen=True)
class Source:
    """One import. Where two sources fill a dataset, the lower `rank` is the more specific and wins."""

    name: str
    caption: str
    datasets: tuple[str, ...]
    rank: int
    #: The publisher's own addresses; empty where the list comes only as a document.
    addresses: tuple[str, ...]
    #: What the licence asks to be shown beside the data; empty where it asks nothing.
    attribution: str = ""
    #: How often its addresses are asked, where the installation switched it on.
    every: timedelta = timedelta(hours=1)
    #: For how long it may stand without it being seen that the publisher has nothing newer.
    limit: timedelta = timedelta(hours=26)
    #: The same for a list that people hand in, file by file; none where nobody publishes it.
    limit_by_hand: timedelta | None = timedelta(days=7)


def _load() -> tuple[dict[str, Dataset], dict[str, Source]]:
    """The tables of `sources.yaml`, which is part of the program: a mistake in it stops the start."""
    table = yaml.safe_load(resources.files("kyc.lists").joinpath("sources.yaml").read_text("utf-8"))
    datasets = {
        name: Dataset(name=name, **{**row, "topics": tuple(row["topics"])})
        for name, row in table["datasets"].items()
    }
    sources = {
        name: Source(
            name=name,
            caption=row["caption"],
            rank=row["rank"],
            datasets=tuple(row.get("datasets", ())),
            addresses=tuple(row.get("addresses", ())),
            attribution=row.get("attribution", ""),
            **_times(row),
        )
        for name, row in table["sources"].items()
    }
    return datasets, sources


def _times(row: Mapping[str, Any]) -> dict[str, Any]:
    times: dict[str, timedelta | None] = {}
    if "every_minutes" in row:
        times["every"] = timedelta(minutes=row["every_minutes"])
    if "limit_hours" in row:
        times["limit"] = timedelta(hours=row["limit_hours"])
    if "by_hand_days" in row:
        days = row["by_hand_days"]
        times["limit_by_hand"] = timedelta(days=days) if days else None
    return times


DATASETS, SOURCES = _load()


_ORDER = {name: number for number, name in enumerate(DATASETS)}


def in_order(datasets: Iterable[str]) -> tuple[str, ...]:
    """The datasets in the table's order, which puts the most restrictive of a publisher first."""
    return tuple(sorted(set(datasets), key=lambda name: (_ORDER.get(name, len(_ORDER)), name)))


def spoken_for(source: str, in_force: Iterable[str]) -> frozenset[str]:
    """The datasets that `source` still fills when the sources of `in_force` are in force too.

    A dataset that a more specific source (lower rank) in force fills is not among them. For `ftm`,
    whose entities name their datasets themselves, the answer is empty: use `outranked`.
    """
    mine = SOURCES[source]
    return frozenset(mine.datasets) - outranked(source, in_force)


def outranked(source: str, in_force: Iterable[str]) -> frozenset[str]:
    """The datasets that a more specific source among `in_force` fills instead of `source`."""
    rank = SOURCES[source].rank
    return frozenset(
        dataset
        for name in in_force
        if name != source and SOURCES[name].rank < rank
        for dataset in SOURCES[name].datasets
    )


def topics(datasets: Iterable[str]) -> tuple[str, ...]:
    """FollowTheMoney topics of a party on these lists."""
    return tuple(dict.fromkeys(t for d in datasets if d in DATASETS for t in DATASETS[d].topics))


def blocks(datasets: Iterable[str]) -> bool:
    """Whether one of these lists is blocking. A list that is not in the table (FollowTheMoney) is."""
    return any(d not in DATASETS or DATASETS[d].blocking for d in datasets)


def switched_on(text: str) -> tuple[str, ...]:
    """The sources that an installation looks at by itself: names with commas, or `all` that have addresses.

    Raises Misconfigured for a name that is no source.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if names == ("all",):
        return tuple(name for name, source in SOURCES.items() if source.addresses)
    for name in names:
        if name not in SOURCES:
            raise Misconfigured(f"LOCKGATE_LISTS: {name} is none of all, {', '.join(SOURCES)}")
    return names


def own_limits(text: str) -> dict[str, timedelta]:
    """`us_ofac_sdn=12,un_sc=48`: hours that replace the limits of the table. Raises Misconfigured."""
    limits = {}
    for piece in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, hours = piece.partition("=")
        if name not in SOURCES or not hours.strip().isdecimal() or not int(hours):
            raise Misconfigured(f"LOCKGATE_LIST_LIMITS: {piece} is not a source and its hours")
        limits[name] = timedelta(hours=int(hours))
    return limits
