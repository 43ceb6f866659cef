"""Positions of a graph's nodes and edges by Graphviz: the seam between our drawing and a program.

The machine's `dot` is used if it is there, else `graphviz-pure` of the environment. Only geometry is taken
(sizes go in fixed, so no font of the machine plays a part); shapes and words are drawn by us.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import LockgateError

Point = tuple[float, float]
#: Seconds after which a layout is given up: a drawing is never worth a hanging page.
PATIENCE = 20.0


class DrawingFailed(LockgateError):
    """No program laid the graph out; the table beside the drawing says the same."""


@dataclass(frozen=True)
class EdgePlace:
    """A curve (start and triples of Bézier points), the tip of its arrow, the middle of its label."""

    curve: tuple[Point, ...]
    tip: Point | None
    label: Point | None


@dataclass(frozen=True)
class Places:
    """Geometry in pixels, y downwards: size of the whole, centre and size of nodes by name, edges by id."""

    width: float
    height: float
    nodes: Mapping[str, tuple[float, float, float, float]]
    edges: Mapping[str, EdgePlace]


def find_program() -> str | None:
    """The program that will lay out: the machine's `dot`, else the one installed with us."""
    ours = Path(sysconfig.get_path("scripts")) / "graphviz-pure"
    return shutil.which("dot") or (str(ours) if ours.exists() else shutil.which("graphviz-pure"))


def lay_out(dot: str, program: str | None = None) -> Places:
    """Places of a DOT graph whose nodes have fixed sizes. Raises DrawingFailed."""
    chosen = program or find_program()
    if chosen is None:
        raise DrawingFailed("no Graphviz program is installed")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the graph comes by standard input
            [chosen, "-Tjson0"],
            input=dot.encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        return _places(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise DrawingFailed(f"{Path(chosen).name} gave no layout") from error


def _places(raw: dict[str, Any]) -> Places:
    left, bottom, right, top = (float(n) for n in raw["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")[:2]
        return round(float(x) - left, 1), round(top - float(y), 1)

    nodes = {
        item["name"]: (*point(item["pos"]), float(item["width"]) * 72, float(item["height"]) * 72)
        for item in raw.get("objects", ())
        if "pos" in item
    }
    edges = {}
    for item in raw.get("edges", ()):
        if "pos" not in item:
            continue
        tip: Point | None = None
        curve: list[Point] = []
        for part in item["pos"].split(";")[0].split():
            if part.startswith("e,"):
                tip = point(part[2:])
            elif not part.startswith("s,"):
                curve.append(point(part))
        edges[item["id"]] = EdgePlace(tuple(curve), tip, point(item["lp"]) if "lp" in item else None)
    return Places(right - left, top - bottom, nodes, edges)
