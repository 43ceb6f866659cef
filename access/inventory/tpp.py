"""How strong an accelerator is for the control list: total processing performance, density, paragraph.

Source: 15 CFR part 774, supplement no. 1, ECCN 3A090 and its technical notes (edition of 2026-07-23).
Pure: the catalogue is a data file beside this one; nothing here reads a clock or the network.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib import resources
from typing import Any, Literal

import yaml

Paragraph = Literal["3A090.a", "3A090.b", "none"]

#: TPP thresholds of 3A090.a and .b, dimensionless (TOPS x bits).
TPP_A, TPP_B, TPP_LOW = 4800.0, 2400.0, 1600.0
#: Performance-density thresholds, TPP per mm².
PD_A, PD_B_HIGH, PD_B = 5.92, 3.2, 1.6
#: An unverified figure this close to a threshold may lie on its other side.
NEAR = 0.05

_DROPPED = frozenset({"tensor", "core", "gpu", "instinct", "accelerator"})


@dataclass(frozen=True)
class Accelerator:
    """One record of the catalogue. `tpp` None: no figures, so its paragraph cannot be told."""

    maker: str
    model: str
    tpp: int | None
    dram_gbs: float | None
    die_mm2: float | None
    bf16_tflops: float | None
    datacenter: bool = True
    verified: bool = False
    source: str = ""
    aliases: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    supposed: Paragraph | None = None
    """A paragraph supposed for the sake of argument (see access.policy.unknowns); never in the catalogue."""

    @property
    def name(self) -> str:
        return f"{self.maker} {self.model}"

    @cached_property
    def density(self) -> float | None:
        """Performance density in TPP per mm², None where the die area is not known."""
        return self.tpp / self.die_mm2 if self.tpp is not None and self.die_mm2 else None

    @cached_property
    def paragraph(self) -> Paragraph | None:
        """Its paragraph of ECCN 3A090; None where the figures do not tell."""
        if self.supposed is not None:
            return self.supposed
        if self.tpp is None:
            return None
        return paragraph(self.tpp, self.density, datacenter=self.datacenter)

    @cached_property
    def other_paragraphs(self) -> tuple[Paragraph, ...]:
        """Paragraphs it would fall under if an unverified figure lay across a threshold within 5 %."""
        if self.verified or self.supposed is not None or self.tpp is None:
            return ()
        found: list[Paragraph] = []
        tpps = _both_sides(self.tpp, (TPP_A, TPP_B, TPP_LOW))
        densities: Sequence[float | None] = (
            [None] if self.density is None else _both_sides(self.density, (PD_A, PD_B_HIGH, PD_B))
        )
        for tpp, density in itertools.product(tpps, densities):
            other = paragraph(tpp, density, datacenter=self.datacenter)
            if other is not None and other != self.paragraph and other not in found:
                found.append(other)
        return tuple(found)


@dataclass(frozen=True)
class Match:
    """What a name means: the record, and whether the name fits several (then the strictest is taken)."""

    accelerator: Accelerator
    ambiguous: bool = False


def total_processing_performance(rates: Iterable[tuple[float, int]]) -> float:
    """TPP of a package from its (dense TOPS, bits) rates: the maximum over formats (3A090, note 2)."""
    return max(tops * bits for tops, bits in rates)


def paragraph(tpp: float, density: float | None, *, datacenter: bool = True) -> Paragraph | None:
    """The paragraph of 3A090 for one package; None where an unknown density would decide it.

    `.a` is looked at before `.b`; `.b` reaches data-center products only.
    """
    if tpp >= TPP_A:
        return "3A090.a"
    if tpp < TPP_LOW:
        return "none"
    if density is None:
        return None
    if density >= PD_A:
        return "3A090.a"
    in_b = (tpp >= TPP_B and density >= PD_B) or density >= PD_B_HIGH
    return "3A090.b" if datacenter and in_b else "none"


def _both_sides(figure: float, thresholds: Sequence[float]) -> list[float]:
    """The figure, and for each threshold within 5 % of it the nearest value on the other side."""
    sides = [float(figure)]
    for threshold in thresholds:
        if abs(figure - threshold) / threshold <= NEAR:
            sides.append(math.nextafter(threshold, 0) if figure >= threshold else threshold)
    return sides


def key(name: str) -> str:
    """A name reduced to what is compared: casefolded, without spaces, hyphens and filler words."""
    words = [word for word in re.split(r"[\s\-_]+", name.casefold()) if word and word not in _DROPPED]
    return "".join(words)


class Catalogue:
    """The accelerators that are known by name."""

    def __init__(self, accelerators: Iterable[Accelerator]) -> None:
        self.accelerators = tuple(accelerators)
        self._exact: dict[str, Accelerator] = {}
        families: dict[str, list[Accelerator]] = {}
        for one in self.accelerators:
            for name in (one.name, one.model, *one.aliases):
                known = self._exact.setdefault(key(name), one)
                if known is not one:
                    raise ValueError(f"{name!r} names both {known.name} and {one.name}")
            for family in one.families:
                families.setdefault(key(family), []).append(one)
                families.setdefault(key(f"{one.maker} {family}"), []).append(one)
        self._families = {name: max(found, key=_strictness) for name, found in families.items()}

    def find(self, name: str) -> Match | None:
        """The record a name means; a short name of several variants takes the strictest. None: unknown."""
        wanted = key(name)
        if (one := self._exact.get(wanted)) is not None:
            return Match(one)
        if (strictest := self._families.get(wanted)) is not None:
            return Match(strictest, ambiguous=True)
        return None


def _strictness(one: Accelerator) -> tuple[float, float, float, float]:
    return (one.tpp or 0, one.density or 0, one.bf16_tflops or 0, one.dram_gbs or 0)


def suppose(one: Accelerator | None, supposed: Paragraph) -> Accelerator:
    """The same accelerator as if it fell under `supposed`; with None, an accelerator nobody knows."""
    if one is None:
        one = Accelerator("", "", None, None, None, None)
    return replace(one, supposed=supposed)


def is_ascend_910(name: str) -> bool:
    """Does the name mean a Huawei Ascend 910B, C or D (BIS guidance of 13 May 2025)?"""
    return re.search(r"ascend910[bcd]?(?![0-9a-z])|ascend910[bcd]", key(name)) is not None


def read_catalogue(document: dict[str, Any]) -> Catalogue:
    """The catalogue of a parsed `catalogue.yaml`."""
    return Catalogue(
        Accelerator(
            maker=row["maker"],
            model=row["model"],
            tpp=round(total_processing_performance(row["rates"])) if row["rates"] else None,
            dram_gbs=row.get("dram_gbs"),
            die_mm2=row.get("die_mm2"),
            bf16_tflops=row.get("bf16_tflops"),
            datacenter=row.get("datacenter", True),
            verified=row.get("verified", False),
            source=row.get("source", document["source"]),
            aliases=tuple(row.get("aliases", ())),
            families=tuple(row.get("families", ())),
        )
        for row in document["accelerators"]
    )


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with Lockgate."""
    text = resources.files("access.inventory").joinpath("catalogue.yaml").read_text(encoding="utf-8")
    return read_catalogue(yaml.load(text, Loader=yaml.CSafeLoader))
