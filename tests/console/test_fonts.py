"""The typeface is packed from its wheel, small, with figures of one width."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import get_finder
from fontTools.ttLib import TTFont

from console.fonts import FOLDER, RANGES, PackedFontFinder, pack


@pytest.fixture(scope="module")
def packed_font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Printable ASCII alone: the whole takes seconds."""
    path = tmp_path_factory.mktemp("fonts") / "few.woff2"
    pack(path, ((0x20, 0x7E),))
    return path


def test_packed_font_is_a_subset_with_the_weights_in_use(packed_font: Path) -> None:
    assert packed_font.read_bytes()[:4] == b"wOF2"
    assert packed_font.stat().st_size < 60_000
    with TTFont(packed_font) as font:
        assert set(font.getBestCmap()) == set(range(0x20, 0x7F))
        axes = {axis.axisTag: (axis.minValue, axis.maxValue) for axis in font["fvar"].axes}
    assert axes["wght"] == (400, 600)
    assert axes["opsz"] == (14, 32)


def test_tabular_figures_leave_hyphens_alone(packed_font: Path) -> None:
    with TTFont(packed_font) as font:
        table = font["GSUB"].table
        lookups = {
            index
            for record in table.FeatureList.FeatureRecord
            if record.FeatureTag == "tnum"
            for index in record.Feature.LookupListIndex
        }
        mapped = {
            glyph
            for index in lookups
            for part in table.LookupList.Lookup[index].SubTable
            for glyph in getattr(part, "ExtSubTable", part).mapping
        }
        names = font.getBestCmap()
    assert names[ord("7")] in mapped
    assert names[ord("-")] not in mapped


def test_style_sheet_names_the_ranges_that_are_packed() -> None:
    css = (Path(settings.BASE_DIR) / "static/lockgate/css/type.css").read_text()
    named = [
        tuple(
            tuple(int(end, 16) for end in one.split("-"))
            for one in re.findall(r"U\+([0-9A-F]+-[0-9A-F]+)", line)
        )
        for line in re.findall(r"unicode-range: ([^;]+);", css)
    ]
    assert named == list(RANGES.values())


def test_finder_offers_the_packed_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in RANGES:
        path = tmp_path / FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"wOF2")
    monkeypatch.setattr("console.fonts.packed", lambda: tmp_path)
    finder = get_finder("console.fonts.PackedFontFinder")
    assert isinstance(finder, PackedFontFinder)
    assert [path for path, _ in finder.list(None)] == [f"{FOLDER}/{name}" for name in RANGES]
    assert finder.find(f"{FOLDER}/inter-latin.woff2") == str(tmp_path / FOLDER / "inter-latin.woff2")
    assert finder.find("lockgate/css/type.css") is None
