"""The report of a bundle for people: the same content as HTML (one file, nothing loaded) and as PDF.

It repeats what the verifier proves and never shows a disclosed personal value: those stand in events.jsonl.
"""

from __future__ import annotations

import base64
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import icu
from django.conf import settings
from django.template.loader import render_to_string

from audit import registry
from audit.models import Checkpoint, Export
from audit.proof.bundle import BundledEvent, BundledScope
from audit.proof.checkpoint import VerifierKey
from audit.proof.leaf import decode_leaf

#: Most events that a report lists; every event stands in events.jsonl.
MOST_ROWS = 1000


@dataclass(frozen=True)
class Row:
    """One event in the report's table."""

    leaf: int
    at: str
    verb: str
    subjects: str
    actor: str
    reason: str


@dataclass(frozen=True)
class Content:
    """Everything that the report says."""

    label: str
    provider: str
    address: str
    recipient: str
    legal_basis: str
    created_at: str
    scope: str
    scope_caption: str
    window: str
    is_whole: bool
    asked_for: str
    events: int
    disclosed: int
    covered: int
    first_at: str
    last_at: str
    verbs: tuple[tuple[str, int], ...]
    log_size: int
    signed_at: str
    root: str
    origin: str
    key: str
    fingerprint: str
    previous_size: int | None
    rows: tuple[Row, ...]

    @property
    def left_out(self) -> int:
        """Events that the table does not list."""
        return self.events - len(self.rows)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The summary, line by line."""
        return [
            ("For", self.recipient),
            ("Legal basis", self.legal_basis or "none named"),
            ("Scope", self.scope_caption),
            ("Asked for", self.asked_for),
            ("Completeness", self.window),
            ("Events", f"{self.events:,}" + (f", {self.first_at} to {self.last_at}" if self.events else "")),
            ("Personal values", f"{self.disclosed:,} disclosed, {self.covered:,} covered and still provable"),
            ("Checkpoint", f"{self.log_size:,} events, signed {self.signed_at}"),
            ("Root", self.root),
            (
                "Earlier export",
                f"the log only grew since its {self.previous_size:,} events: the proof is in the bundle"
                if self.previous_size is not None
                else "none for this recipient",
            ),
            ("Log", self.origin),
            ("Key", self.key),
            ("Key fingerprint", self.fingerprint),
        ]


def content(
    *,
    export: Export,
    label: str,
    created_at: str,
    checkpoint: Checkpoint,
    scope: BundledScope,
    events: Sequence[BundledEvent],
    previous_size: int | None,
    key: VerifierKey,
) -> Content:
    """What the report of this bundle says."""
    total = scope.head.number
    is_whole = scope.first == 1 and scope.last == total
    verbs: Counter[str] = Counter()
    covered, times, rows = 0, [], []
    for bundled in events:
        event = decode_leaf(bundled.leaf)
        verbs[event["verb"]] += 1
        covered += len(event["commitments"]) - len(bundled.disclosed)
        times.append(event["at"])
        if len(rows) < MOST_ROWS:
            about = ", ".join(f"{subject['kind']} {subject['id']}" for subject in event["subjects"])
            actor = f"{event['actor']['kind']} {event['actor']['id']}"
            rows.append(
                Row(bundled.index, _minute(event["at"]), event["verb"], about, actor, event["reason"])
            )
    return Content(
        label=label,
        provider=settings.LOCKGATE_PROVIDER_NAME,
        address=settings.LOCKGATE_BASE_URL,
        recipient=export.recipient,
        legal_basis=export.legal_basis,
        created_at=_minute(created_at),
        scope=export.scope,
        scope_caption=caption_of_scope(export.scope),
        window=f"all {total:,} events of the scope, none missing"
        if is_whole
        else f"events {scope.first:,} to {scope.last:,} of {total:,} of the scope, none between them missing",
        is_whole=is_whole,
        asked_for=_asked_for(export),
        events=len(events),
        disclosed=sum(len(bundled.disclosed) for bundled in events),
        covered=covered,
        first_at=_minute(min(times)) if times else "",
        last_at=_minute(max(times)) if times else "",
        verbs=tuple(sorted(verbs.items())),
        log_size=checkpoint.size,
        signed_at=f"{checkpoint.at:%Y-%m-%d %H:%M} UTC",
        root=base64.b64encode(bytes(checkpoint.root)).decode(),
        origin=key.name,
        key=str(key),
        fingerprint=key.fingerprint,
        previous_size=previous_size,
        rows=tuple(rows),
    )


def caption_of_scope(scope: str) -> str:
    """A scope in words; a tenant or recipient by its name where one is known."""
    if scope == registry.ALL:
        return "the whole log"
    kind, _, identifier = scope.partition(":")
    if kind == "jurisdiction":
        return f"jurisdiction {identifier}"
    named = {"tenant": "tenant", "recipient": "organisation"}.get(kind)
    return f"{kind} {registry.try_caption(named, identifier)}" if named else scope


def html(content: Content) -> bytes:
    """The report as one HTML file that loads nothing."""
    return render_to_string("audit/report.html", {"report": content}).encode()


def pdf(content: Content) -> bytes:
    """The report as PDF, A4 landscape; checkpoint, address and page at the foot of each page."""
    return _Pdf(content).write()


_STEPS = (
    "Take the log's public key from the provider by another way than this bundle; compare its fingerprint.",
    "On your own machine, without the provider: python -m audit.verify BUNDLE.zip --public-key log.pub",
    "It proves that each event stands in the signed tree, that the scope's events are numbered without a gap "
    "up to its signed head, and that the log only grew since your last export. README.txt says more.",
)


class _Pdf:
    """Lays the content out with fpdf2 and Inter; letters that Inter lacks are transliterated."""

    def __init__(self, content: Content) -> None:
        from fpdf import FPDF  # here because it takes a third of a second to import

        foot = f"{content.label} · {content.log_size:,} events, root {content.root} · {content.address}"

        class Document(FPDF):
            def footer(document) -> None:  # noqa: N805
                document.set_y(-12)
                document.set_font("inter", size=7)
                document.cell(200, 5, foot)
                document.cell(0, 5, f"Page {document.page_no()} of {{nb}}", align="R")

        self._content = content
        self._doc = document = Document("landscape", format="A4")
        document.add_font("inter", fname=str(files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"))
        document.set_margins(15, 14)
        document.set_auto_page_break(True, 16)
        document.set_title(f"Export {content.label} of the audit log")
        document.set_lang("en")
        self._letters = document.fonts["inter"].cmap
        document.add_page()

    def write(self) -> bytes:
        content = self._content
        self._line(f"Export {content.label} of the audit log", size=18, height=10)
        self._line(f"{content.provider} · made {content.created_at} UTC", size=9, height=6)
        self._doc.ln(3)
        for name, text in content.facts:
            self._pair(name, text)
        self._title("How to verify")
        for number, step in enumerate(_STEPS, 1):
            self._pair(str(number), step)
        self._title("Events by kind")
        self._table((90, 30), ["Kind", "Events"], [(verb, f"{count:,}") for verb, count in content.verbs])
        self._title("Events")
        if content.left_out:
            self._line(f"The first {len(content.rows):,}; {content.left_out:,} more stand in events.jsonl.")
        rows = [(f"{r.leaf:,}", r.at, r.verb, r.subjects, r.reason) for r in content.rows]
        self._table((18, 34, 42, 100, 73), ["Leaf", "When (UTC)", "What", "About", "Reason"], rows)
        return bytes(self._doc.output())

    def _title(self, text: str) -> None:
        self._doc.ln(4)
        self._line(text, size=12, height=8)

    def _line(self, text: str, *, size: float = 8.5, height: float = 5) -> None:
        self._doc.set_font("inter", size=size)
        self._doc.multi_cell(0, height, self._written(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def _pair(self, name: str, text: str) -> None:
        self._doc.set_font("inter", size=8.5)
        self._doc.cell(36, 5, name)
        self._doc.multi_cell(0, 5, self._written(text), align="L", new_x="LMARGIN", new_y="NEXT")

    def _table(self, widths: Sequence[float], heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows of one line each: what is too long is cut with an ellipsis."""
        document = self._doc

        def heading() -> None:
            document.set_font("inter", size=7.5)
            for width, text in zip(widths, heads, strict=True):
                document.cell(width, 5, text, border="B")
            document.ln(5.5)

        heading()
        for row in rows:
            if document.will_page_break(4.5):
                document.add_page()
                heading()
            for width, text in zip(widths, row, strict=True):
                document.cell(width, 4.5, self._cut(self._written(text), width - 2))
            document.ln(4.5)

    def _cut(self, text: str, width: float) -> str:
        text = text[: int(width)]  # no letter of this size is narrower than half a millimetre on average
        while text and self._doc.get_string_width(text) > width:
            text = text[:-4].rstrip() + "…" if len(text) > 4 else ""
        return text

    def _written(self, text: str) -> str:
        """The text in letters that the font has."""
        text = " ".join(unicodedata.normalize("NFC", text).split())
        if all(ord(letter) in self._letters for letter in text):
            return text
        latin = str(_to_latin().transliterate(text))
        return "".join(letter if ord(letter) in self._letters else "?" for letter in latin)


@lru_cache(maxsize=1)
def _to_latin() -> Any:
    return icu.Transliterator.createInstance("Any-Latin; NFC")


def _minute(time: str) -> str:
    """2026-11-25T00:24:08.000000Z → 2026-11-25 00:24."""
    return time[:16].replace("T", " ")


def _asked_for(export: Export) -> str:
    if not export.since and not export.until:
        return "every event"
    since = f"from {export.since:%Y-%m-%d %H:%M}" if export.since else ""
    until = f"before {export.until:%Y-%m-%d %H:%M}" if export.until else ""
    return f"{since} {until} UTC".strip()
