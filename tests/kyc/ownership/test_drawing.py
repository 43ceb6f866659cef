"""The drawing: safe under a strict policy, readable without colour, folded when large."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from kyc.ownership.drawing import Drawing, anchor, draw
from kyc.ownership.layout import DrawingFailed, lay_out
from kyc.ownership.report import assess
from tests.kyc.ownership.chains import VELDMARIN, statements_of

SVG = "{http://www.w3.org/2000/svg}"
#: What would style from within: the page's policy forbids `style`, and colour is the style sheet's.
FORBIDDEN = {"style", "fill", "stroke", "stroke-width", "font-family", "font-size", "onclick", "onload"}


def drawing(
    *lines: str, names: dict[str, str] | None = None, listed: str = "eszterlund", **options: object
) -> Drawing:
    parties, made = statements_of(lines)
    parties |= {key: replace(parties[key], name=name) for key, name in (names or {}).items()}
    return draw(assess(parties, made, "S", flagged={"demo": [listed]}), **options)  # type: ignore[arg-type]


def nodes(picture: Drawing) -> dict[str, set[str]]:
    root = etree.fromstring(picture.svg.encode())
    found = [g for g in root.iter(f"{SVG}g") if "node" in g.get("class", "").split()]
    return {g.get("id"): set(g.get("class").split()) for g in found}


def test_nothing_in_it_carries_style_or_script() -> None:
    picture = drawing(*VELDMARIN, href=lambda party: f"/parties/{party}")
    root = etree.fromstring(picture.svg.encode())
    for element in root.iter():
        assert element.tag not in (f"{SVG}style", f"{SVG}script", f"{SVG}foreignObject", f"{SVG}image")
        assert not FORBIDDEN & set(element.attrib)
    for item in picture.legend:
        etree.fromstring(item.svg.encode())


def test_every_state_has_a_class_a_shape_and_a_word() -> None:
    picture = drawing(*VELDMARIN)
    found = nodes(picture)
    assert {"person", "listed"} <= found["ownership-eszterlund"]
    assert {"company", "blocked"} <= found["ownership-Anselm"]
    assert {"company", "tenant", "blocked"} <= found["ownership-S"]
    assert {"unknown"} <= found["ownership-unknown_0"]
    text = " ".join(etree.fromstring(picture.svg.encode()).itertext())
    for word in ("LISTED", "blocked, 60 %", "the tenant", "Unknown", "80–90 %", "15 %"):
        assert word in text


def test_the_blocking_path_is_marked_and_the_rest_is_not() -> None:
    classes = re.findall(r'<g class="edge ([^"]*)"', drawing(*VELDMARIN).svg)
    assert sorted(classes) == ["share"] * 3 + ["share blocked"] * 3 + ["share unknown"]
    possible = drawing("eszterlund -40..60-> A", "A -60-> S").svg
    assert re.findall(r'<g class="edge ([^"]*)"', possible).count("share perhaps") == 2


def test_the_subject_stands_at_the_foot() -> None:
    root = etree.fromstring(drawing(*VELDMARIN).svg.encode())
    feet = {
        g.get("id"): float(g.find(f"{SVG}rect").get("y"))
        for g in root.iter(f"{SVG}g")
        if g.get("id") and g.find(f"{SVG}rect") is not None
    }
    assert max(feet, key=lambda name: feet[name]) == "ownership-S"


def test_it_is_an_image_with_words_and_a_group_where_it_has_links() -> None:
    picture = etree.fromstring(drawing(*VELDMARIN).svg.encode())
    assert picture.get("role") == "img"
    assert picture.find(f"{SVG}title").get("id") == picture.get("aria-labelledby")
    assert "eszterlund owns 80–90 % of Anselm." in picture.find(f"{SVG}desc").text
    linked = etree.fromstring(drawing(*VELDMARIN, href=lambda p: f"/p/{p}").svg.encode())
    assert linked.get("role") == "group"
    assert {a.get("href") for a in linked.iter(f"{SVG}a")} >= {"/p/eszterlund", "/p/S"}


@pytest.mark.parametrize(
    "name", ["北京星河机器人科技有限公司", "شركة الخليج القابضة", "Владимир", "<b>&\"'</b>"]
)
def test_names_of_all_scripts_and_marks_come_through_whole(name: str) -> None:
    picture = drawing(*VELDMARIN, names={"Anselm": name}, href=lambda party: f'/p/{party}?"<')
    root = etree.fromstring(picture.svg.encode())
    node = next(g for g in root.iter(f"{SVG}g") if g.get("id") == "ownership-Anselm")
    lines = [t.text for t in node.iter(f"{SVG}text") if t.get("class") == "name"]
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")


def test_a_long_name_is_cut_in_the_picture_and_whole_in_its_title() -> None:
    name = "Gesellschaft " * 30
    picture = drawing(*VELDMARIN, names={"Anselm": name.strip()})
    root = etree.fromstring(picture.svg.encode())
    node = next(g for g in root.iter(f"{SVG}g") if g.get("id") == "ownership-Anselm")
    assert len([t for t in node.iter(f"{SVG}text") if t.get("class") == "name"]) == 3
    assert name.strip() in node.find(f"{SVG}title").text


def test_cycles_control_and_nominees_have_edges_of_their_own() -> None:
    lines = ("A -60-> S", "B -20-> A", "A -10-> B", "t -settlor:-> B", "n -nominator:-> B")
    picture = drawing(*lines, listed="n")
    classes = re.findall(r'<g class="edge ([^"]*)"', picture.svg)
    assert {"share cycle", "control", "nominee"} <= set(classes)
    assert "↻" in picture.svg
    assert picture.dot.count("constraint=false") == 1
    assert {"edge-cycle", "edge-control", "edge-nominee"} <= {item.name for item in picture.legend}


def test_above_forty_nodes_small_branches_fold_into_a_counted_node() -> None:
    crowd = [f"h{n} -1-> S" for n in range(50)]
    picture = drawing(*crowd, "eszterlund -40-> S", "B -4-> S", "b -100-> B")
    (fold,) = picture.folds
    assert (len(fold.holders), len(fold.parties), fold.share.maximum, fold.largest) == (51, 52, 54, 4)
    assert "51 holders" in picture.svg
    assert picture.nodes == 4  # S, the listed owner, the fold, the undeclared 6 %
    assert len(nodes(drawing(*crowd, "eszterlund -40-> S", fold=False))) == 53


def test_forty_nodes_are_not_folded() -> None:
    assert drawing(*[f"h{n} -1-> S" for n in range(38)], "eszterlund -40-> S").folds == ()


def test_a_program_that_fails_is_a_failed_drawing_and_nothing_else(tmp_path: Path) -> None:
    broken = tmp_path / "dot"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    for program in (str(broken), str(tmp_path / "absent")):
        with pytest.raises(DrawingFailed):
            lay_out("digraph {}", program)


def test_ids_are_fit_for_links() -> None:
    assert anchor("GB COH/1 é") == "ownership-GB_COH_1__"
