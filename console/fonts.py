"""Inter as WOFF2, packed out of the fontpkg-inter wheel when static files are collected.

A static files finder: list it in STATICFILES_FINDERS, and collectstatic takes the two files along.
They are made once a version of the wheel, under FONT_DIR, and never committed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from core.files import write_whole

FOLDER = "lockgate/fonts"

#: File name to the ranges it holds; css/type.css names the same ranges.
RANGES: dict[str, tuple[tuple[int, int], ...]] = {
    "inter-latin.woff2": (
        (0x0000, 0x024F),
        (0x02B0, 0x036F),
        (0x1E00, 0x1EFF),
        (0x2000, 0x20CF),
        (0x2100, 0x218F),
        (0x2190, 0x22FF),
        (0x2460, 0x25FF),
    ),
    "inter-other.woff2": (
        (0x0250, 0x02AF),
        (0x0370, 0x052F),
        (0x1C80, 0x1C8F),
        (0x1F00, 0x1FFF),
        (0x2DE0, 0x2DFF),
        (0xA640, 0xA69F),
    ),
}

#: Tabular figures, kerning, marks, the contextual × and arrows; the stylistic sets stay out.
FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "case", "frac"]


def pack(path: Path, ranges: tuple[tuple[int, int], ...]) -> None:
    """Write one file: weights 400 to 600, every optical size, the signs of `ranges`."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    source = files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"
    with source.open("rb") as file:
        font = TTFont(file)
        options = subset.Options(layout_features=FEATURES, notdef_outline=True, hinting=False)
        chooser = subset.Subsetter(options)
        chooser.populate(unicodes=[sign for first, last in ranges for sign in range(first, last + 1)])
        chooser.subset(font)
        font = instancer.instantiateVariableFont(font, {"wght": (400, 600)})
        _tabular_digits_only(font)
        font.flavor = "woff2"
        out = io.BytesIO()
        font.save(out)
    write_whole(path, out.getvalue(), mode=0o644)


def _tabular_digits_only(font: Any) -> None:
    """Inter's `tnum` also widens hyphen, comma and stop, which pulls words apart in running text."""
    digits = {font.getBestCmap().get(ord(sign)) for sign in "0123456789+"}
    table = font["GSUB"].table
    numbers = {
        index
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    for index in numbers:
        for part in table.LookupList.Lookup[index].SubTable:
            substitution = getattr(part, "ExtSubTable", part)
            substitution.mapping = {k: v for k, v in substitution.mapping.items() if k in digits}


def packed() -> Path:
    """The folder with the packed files of the installed wheel, made where it is missing."""
    root = Path(settings.FONT_DIR) / version("fontpkg-inter")
    for name, ranges in RANGES.items():
        if not (root / FOLDER / name).exists():
            pack(root / FOLDER / name, ranges)
    return root


class PackedFontFinder(BaseFinder):
    """Finds lockgate/fonts/*.woff2, packing them at the first look."""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in {f"{FOLDER}/{name}" for name in RANGES}:
            return [] if find_all else None
        found = str(packed() / path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = FileSystemStorage(location=packed())
        for name in RANGES:
            yield f"{FOLDER}/{name}", storage
