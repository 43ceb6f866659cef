"""The ownership drawing: owners above, the subject at the foot, as SVG without any style of its own.

Shapes say what colours say: pill = person, rectangle = company, a second line inside = trust, cut corners
and the word LISTED = listed, a stripe and the word "blocked" = blocked, dashed = unknown, a double line =
the subject, two sheets = folded holders. Classes are coloured by the page's style sheet, for light, dark
and print. No inline style, no script: fit for a strict content security policy.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kyc.ownership.layout import EdgePlace, Places, lay_out
from kyc.ownership.report import Assessment
from kyc.ownership.sketch import DOUBLE, Edge, Fold, Node, Sketch, Words, called, sketch, text_width

LEGEND_WORDS = (
    ("person", "person"),
    ("company", "company"),
    ("trust", "trust"),
    ("listed", "listed"),
    ("blocked", "blocked through it"),
    ("perhaps", "perhaps blocked"),
    ("unknown", "unknown"),
    ("folded", "folded, counted"),
    ("tenant", "this tenant"),
    ("edge-share", "shares"),
    ("edge-blocked", "blocks"),
    ("edge-perhaps", "would block"),
    ("edge-control", "control without shares"),
    ("edge-nominee", "nominee, held for"),
    ("edge-cycle", "cycle"),
)


@dataclass(frozen=True)
class LegendItem:
    """One entry of the legend, only for what the drawing holds."""

    name: str
    words: str
    svg: str


@dataclass(frozen=True)
class Drawing:
    """The picture with what a page says about it."""

    svg: str
    legend: tuple[LegendItem, ...]
    folds: tuple[Fold, ...]
    nodes: int
    dot: str


def anchor(party: str, prefix: str = "ownership") -> str:
    """The id of a party's node, for links from the table."""
    return f"{prefix}-{re.sub(r'[^A-Za-z0-9_-]', '_', party)}"


def draw(
    assessment: Assessment,
    *,
    notes: Mapping[str, str] | None = None,
    href: Callable[[str], str | None] = lambda party: None,
    words: Words = str,
    prefix: str = "ownership",
    fold: bool = True,
    program: str | None = None,
) -> Drawing:
    """The drawing of an assessment.

    `notes`: a party's second line instead of its country and state. `href`: where a party's node leads.
    `words`: translates texts. `prefix`: of every id. `program`: the Graphviz program (None: find one).
    Raises DrawingFailed where none lays it out.
    """
    graph = sketch(assessment, notes or {}, words, fold)
    dot = _dot(graph, anchor(assessment.subject, prefix), prefix)
    svg = _svg(graph, lay_out(dot, program), assessment, href, words, prefix)
    return Drawing(svg, _legend(graph, words), tuple(graph.folds), len(graph.nodes), dot)


def _dot(graph: Sketch, subject: str, prefix: str) -> str:
    """The graph for Graphviz: fixed sizes, classes and ids; the words are drawn by us."""
    names = {node.name: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = [
        "digraph ownership {",
        "  graph [rankdir=TB nodesep=0.25 ranksep=0.45 splines=true];",
        '  node [shape=box fixedsize=true label=""];',
        "  edge [arrowsize=0.6];",
    ]
    for node in graph.nodes:
        size = f"width={node.width / 72:.3f} height={node.height / 72:.3f}"
        identity = anchor(node.name, prefix)
        text = f'{names[node.name]} [{size} class="{" ".join(node.classes)}" id="{identity}"];'
        lines.append(f"  {{ rank=sink; {text} }}" if identity == subject else f"  {text}")
    for edge in graph.edges:
        space = f'WIDTH="{text_width(edge.label, 12) + 8:.0f}" HEIGHT="16"'
        label = f'<<TABLE BORDER="0" FIXEDSIZE="TRUE" {space}><TR><TD></TD></TR></TABLE>>'
        attributes = f'id="{edge.name}" class="{" ".join(edge.classes)}" label={label}'
        if edge.free:
            attributes += " constraint=false"
        lines.append(f"  {names[edge.tail]} -> {names[edge.head]} [{attributes}];")
    lines.append("}")
    return "\n".join(lines) + "\n"


def _svg(
    graph: Sketch,
    places: Places,
    a: Assessment,
    href: Callable[[str], str | None],
    words: Words,
    prefix: str,
) -> str:
    margin = 8
    width, height = places.width + 2 * margin, places.height + 2 * margin
    links = {node.name: href(node.party) for node in graph.nodes if node.party is not None}
    # An image's children are presentational, so a drawing with links is a group.
    role = "group" if any(links.values()) else "img"
    title = words("Ownership of %(name)s") % {"name": called(a, a.subject)}
    sentences = " ".join(edge.sentence for edge in graph.edges)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ownership" role="{role}" '
        f'viewBox="{-margin} {-margin} {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'aria-labelledby="{prefix}-title" aria-describedby="{prefix}-desc">',
        f'<title id="{prefix}-title">{html.escape(title)}</title>',
        f'<desc id="{prefix}-desc">{html.escape(sentences)}</desc>',
    ]
    # Thin lines first, so that the path that blocks lies on top.
    for edge in sorted(graph.edges, key=lambda e: ("blocked" in e.classes, "perhaps" in e.classes)):
        place = places.edges.get(edge.name)
        if place is not None and place.curve:
            out.append(_edge_svg(edge, place))
    for number, node in enumerate(graph.nodes):
        place_of = places.nodes.get(f"n{number}")
        if place_of is not None:
            out.append(_node_svg(node, place_of, links.get(node.name), prefix))
    out.append("</svg>")
    return "".join(out)


def _edge_svg(edge: Edge, place: EdgePlace) -> str:
    start, rest = place.curve[0], place.curve[1:]
    path = f"M{start[0]},{start[1]}C" + " ".join(f"{x},{y}" for x, y in rest)
    parts = [f'<g class="edge {" ".join(edge.classes)}">', f'<path d="{path}"/>']
    if place.tip is not None:
        parts.append(f'<polygon points="{_arrow(place.curve[-1], place.tip)}"/>')
    if place.label is not None and edge.label:
        x, y = place.label
        parts.append(f'<text x="{x}" y="{y + 4}" text-anchor="middle">{html.escape(edge.label)}</text>')
    return "".join([*parts, "</g>"])


def _arrow(base: tuple[float, float], tip: tuple[float, float]) -> str:
    dx, dy = tip[0] - base[0], tip[1] - base[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    px, py = -dy / length * 3.5, dx / length * 3.5
    points = (tip, (base[0] + px, base[1] + py), (base[0] - px, base[1] - py))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _node_svg(node: Node, place: tuple[float, float, float, float], link: str | None, prefix: str) -> str:
    x, y, width, height = place
    left, top = x - width / 2, y - height / 2
    parts = [_outline(node.classes, left, top, width, height)]
    line = top + 6 + 10.5 + (DOUBLE if "tenant" in node.classes else 0)
    if node.banner:
        parts.append(_text("banner", x, line, node.banner))
        line += 14.0
    for name in node.lines:
        parts.append(_text("name", x, line, name))
        line += 14
    if node.meta:
        parts.append(_text("meta", x, line, node.meta))
    title = f"<title>{html.escape(node.title)}</title>"
    classes, identity = " ".join(node.classes), anchor(node.name, prefix)
    group = f'<g class="node {classes}" id="{identity}">{title}{"".join(parts)}</g>'
    if not link:
        return group
    label = html.escape(node.title, quote=True)
    return f'<a href="{html.escape(link, quote=True)}" aria-label="{label}">{group}</a>'


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{html.escape(text)}</text>'


def _outline(classes: tuple[str, ...], x: float, y: float, w: float, h: float) -> str:
    """The shape of a node: `frame`, a second line (`outer`, `inner`), the `stripe` of a block."""

    def rect(kind: str, by: float, radius: float, dx: float = 0, dy: float = 0) -> str:
        return (
            f'<rect class="{kind}" x="{x + by + dx:.1f}" y="{y + by + dy:.1f}" '
            f'width="{w - 2 * by:.1f}" height="{h - 2 * by:.1f}" rx="{radius:.1f}"/>'
        )

    parts = []
    inset = DOUBLE if "tenant" in classes else 0.0
    if "folded" in classes:
        parts.append(rect("frame behind", 0, 3, 5, -5))
    if inset:
        parts.append(rect("outer", 0, 6))
    if "listed" in classes:
        c, left, top, right, foot = min(8.0, h / 3), x + inset, y + inset, x + w - inset, y + h - inset
        corners = (
            *((left + c, top), (right - c, top), (right, top + c), (right, foot - c)),
            *((right - c, foot), (left + c, foot), (left, foot - c), (left, top + c)),
        )
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in corners)
        parts.append(f'<polygon class="frame" points="{points}"/>')
    else:
        parts.append(rect("frame", inset, h / 2 if "person" in classes else 3))
    if "trust" in classes:
        parts.append(rect("inner", inset + 3, 2))
    at, top, foot = x + inset + 2, y + inset + 1, y + h - inset - 1
    if "blocked" in classes:
        parts.append(f'<rect class="stripe" x="{at:.1f}" y="{top:.1f}" width="4" height="{foot - top:.1f}"/>')
    elif "perhaps" in classes:
        parts.append(
            f'<line class="stripe" x1="{at + 2:.1f}" y1="{top:.1f}" x2="{at + 2:.1f}" y2="{foot:.1f}"/>'
        )
    return "".join(parts)


def _legend(graph: Sketch, words: Words) -> tuple[LegendItem, ...]:
    """Only what is drawn, in a fixed order; each with a small picture of the same classes."""
    present = {cls for node in graph.nodes for cls in node.classes}
    present |= {f"edge-{cls}" for edge in graph.edges for cls in edge.classes}
    return tuple(
        LegendItem(name, words(text), _sample(name)) for name, text in LEGEND_WORDS if name in present
    )


def _sample(name: str) -> str:
    start = (
        '<svg xmlns="http://www.w3.org/2000/svg" class="sample" '
        'viewBox="0 0 36 22" width="36" height="22" aria-hidden="true">'
    )
    if name.startswith("edge-"):
        kind = name.removeprefix("edge-")
        classes = kind if kind in ("share", "control", "nominee") else f"share {kind}"
        body = (
            f'<g class="edge {classes}"><path d="M2,11C10,11 18,11 26,11"/>'
            f'<polygon points="{_arrow((26, 11), (33, 11))}"/></g>'
        )
    else:
        classes = name if name in ("person", "company", "trust", "unknown", "folded") else f"company {name}"
        shape = _outline(tuple(classes.split()), 6, 6, 24, 11)
        body = f'<g class="node {classes}">{shape}</g>'
    return f"{start}{body}</svg>"
