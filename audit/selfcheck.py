"""The live log checked against itself: every row is read again and everything that is derived, recomputed.

What is compared, in the order of the log: each leaf's bytes with its hash and with the event row; its numbers
and digests of the scopes with those before; the stored nodes with the tree built anew; every checkpoint's
signature, root and scope root; then the heads, their map, and that no event was passed over.

It reads one snapshot, without holding up who writes. It cannot see a log that was cut off behind its last
checkpoint together with that checkpoint: only the checkpoints that recipients keep can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from django.db import connection

from audit.leaves import leaf_event
from audit.models import Checkpoint, Event, Leaf, Node, ScopeHead, ScopeLeaf, ScopeNode
from audit.proof.checkpoint import InvalidCheckpoint, read_checkpoint
from audit.proof.leaf import InvalidLeaf, ScopePosition, decode_leaf, encode_leaf
from audit.proof.merkle import Edge, hash_leaf
from audit.proof.redaction import InvalidDisclosure, check_disclosures
from audit.proof.scopes import Head, map_root, update_heads
from audit.signer import verifier_key
from audit.values import opened
from core.keys import Undecryptable
from core.scope import staff_transaction

_CHUNK = 1000

#: progress(leaves checked, leaves in all)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong."""

    where: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.where}: expected {self.expected}; found {self.found}"


@dataclass(frozen=True)
class Health:
    """What a check found. `fault` is None where everything agrees."""

    fault: Fault | None
    leaves: int = 0
    scopes: int = 0
    checkpoints: int = 0
    waiting: int = 0  # committed events that the sequencer has not taken yet: no fault
    values: int = 0  # personal values that agree with their commitments


class _Wrong(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def verify_live(progress: Progress | None = None) -> Health:
    """Check the whole log of the database; stops at the first fault."""
    with _snapshot():
        try:
            return _Check(progress or (lambda done, total: None)).run()
        except _Wrong as wrong:
            return Health(wrong.fault)


@contextmanager
def _snapshot() -> Iterator[None]:
    """A staff transaction that sees one moment of the log."""
    connection.ensure_connection()
    raw = connection.connection
    outermost = not connection.in_atomic_block
    if outermost:
        raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with staff_transaction():
            yield
    finally:
        if outermost:
            raw.isolation_level = None


def _demand(fine: bool, where: str, expected: object, found: object) -> None:
    if not fine:
        raise _Wrong(Fault(where, str(expected), str(found)))


@dataclass
class _Check:
    progress: Progress
    heads: dict[str, Head] = field(default_factory=dict)
    moved: dict[str, Head] = field(default_factory=dict)  # since the map was brought up to date
    map: dict[str, bytes] = field(default_factory=dict)
    made: dict[tuple[int, int], bytes] = field(default_factory=dict)  # nodes not yet compared
    values: int = 0
    nodes: int = 0

    def run(self) -> Health:
        total = Leaf.objects.count()
        checkpoints = list(Checkpoint.objects.order_by("size"))
        open_checkpoints = iter(checkpoints)
        signed = next(open_checkpoints, None)
        edge = Edge()
        for start in range(0, total, _CHUNK):
            for leaf in self._leaves(start, min(start + _CHUNK, total)):
                edge = self._append(edge, leaf)
                if signed is not None and signed.size == edge.size:
                    self._check_checkpoint(signed, edge)
                    signed = next(open_checkpoints, None)
            self._check_nodes()
            self.progress(min(start + _CHUNK, total), total)
        _demand(
            signed is None,
            "the end of the log",
            f"the leaves that a checkpoint of {_size(signed)} signs",
            total,
        )
        self._check_rest(total)
        return Health(
            fault=None,
            leaves=total,
            scopes=len(self.heads),
            checkpoints=len(checkpoints),
            waiting=Event.objects.filter(leaf__isnull=True).count(),
            values=self.values,
        )

    def _leaves(self, start: int, end: int) -> Iterator[Leaf]:
        """The leaves start … end - 1, each compared with its event, its numbers and its values."""
        leaves = list(Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index"))
        for index, leaf in enumerate(leaves, start):
            _demand(leaf.index == index, f"leaf {index}", "a row", "none")
        _demand(len(leaves) == end - start, f"leaf {start + len(leaves)}", "a row", "none")
        events = Event.objects.in_bulk([leaf.event_id for leaf in leaves])
        numbers: dict[int, list[tuple[str, int]]] = {}
        stored = ScopeLeaf.objects.filter(leaf_id__gte=start, leaf_id__lt=end)
        for index, scope, number in stored.values_list("leaf_id", "scope", "number"):
            numbers.setdefault(index, []).append((scope, number))
        self._check_values(events)
        for leaf in leaves:
            self._check_leaf(leaf, events.get(leaf.event_id), sorted(numbers.get(leaf.index, [])))
            yield leaf

    def _check_leaf(self, leaf: Leaf, event: Event | None, numbers: list[tuple[str, int]]) -> None:
        where = f"leaf {leaf.index}, event {leaf.event_id}"
        digest = hash_leaf(bytes(leaf.data))
        _demand(digest == bytes(leaf.hash), where, f"the hash {digest.hex()}", bytes(leaf.hash).hex())
        if event is None:
            raise _Wrong(Fault(where, "an event row", "none"))
        positions: list[ScopePosition] = []
        for name in sorted(event.scopes):
            head = self.heads.get(name) or Head(name, 0, "")
            positions.append({"name": name, "number": head.number + 1, "previous": head.digest})
            self.heads[name] = self.moved[name] = Head(name, head.number + 1, digest.hex())
        try:
            expected = encode_leaf(leaf_event(event, positions))
        except InvalidLeaf as error:
            raise _Wrong(Fault(where, "a row that can be a leaf", str(error))) from None
        _demand(
            expected == bytes(leaf.data), where, "the leaf that the event row gives", _difference(event, leaf)
        )
        places = [(position["name"], position["number"]) for position in positions]
        _demand(numbers == places, where, f"the numbers {places}", numbers)

    def _check_values(self, events: dict[object, Event]) -> None:
        try:
            found = opened(event.id for event in events.values())
        except (Undecryptable, UnicodeDecodeError) as error:
            raise _Wrong(Fault("personal values", "values sealed in their place", str(error))) from None
        for identifier, disclosed in found.items():
            try:
                check_disclosures(events[identifier].commitments, disclosed)
            except InvalidDisclosure as error:
                where = f"personal values of event {identifier}"
                raise _Wrong(Fault(where, "what the event committed to", str(error))) from None
            self.values += len(disclosed)

    def _append(self, edge: Edge, leaf: Leaf) -> Edge:
        edge, nodes = edge.append(bytes(leaf.hash))
        self.made |= {(node.level, node.index): node.hash for node in nodes if node.level}
        return edge

    def _check_nodes(self) -> None:
        """The nodes that this chunk completed stand in the table as they were computed."""
        stored: dict[tuple[int, int], bytes] = {}
        for level in {level for level, _ in self.made}:
            indexes = [index for at, index in self.made if at == level]
            rows = Node.objects.filter(level=level, index__range=(min(indexes), max(indexes)))
            stored |= {(level, index): bytes(digest) for index, digest in rows.values_list("index", "hash")}
        for key, digest in self.made.items():
            found = stored.get(key)
            where = f"node {key[1]} of level {key[0]}"
            _demand(found == digest, where, digest.hex(), found.hex() if found else "no row")
        self.nodes += len(self.made)
        self.made = {}

    def _check_checkpoint(self, row: Checkpoint, edge: Edge) -> None:
        where = f"checkpoint {row.size}"
        self._bring_map_up_to_date()
        try:
            signed, _ = read_checkpoint(row.note.encode(), [verifier_key()])
        except InvalidCheckpoint as error:
            raise _Wrong(Fault(where, "a note signed by the log's key", str(error))) from None
        computed = (edge.size, edge.root().hex(), len(self.heads), map_root(self.map.get).hex())
        noted = (signed.size, signed.root.hex(), signed.scope_count, signed.scope_root.hex())
        _demand(noted == computed, where, f"size, root, scopes and their root {computed}", noted)
        columns = (row.size, bytes(row.root).hex(), row.scope_count, bytes(row.scope_root).hex())
        _demand(columns == noted, where, f"the columns of its note {noted}", columns)

    def _bring_map_up_to_date(self) -> None:
        if self.moved:
            self.map |= update_heads(self.moved.values(), self.map.get).nodes
            self.moved = {}

    def _check_rest(self, total: int) -> None:
        self._bring_map_up_to_date()
        heads = {
            row.scope: Head(row.scope, row.number, bytes(row.digest).hex()) for row in ScopeHead.objects.all()
        }
        for name in sorted(heads.keys() | self.heads.keys()):
            expected, found = self.heads.get(name), heads.get(name)
            _demand(found == expected, f"head of {name}", expected or "no row", found or "no row")
        stored = {path: bytes(node) for path, node in ScopeNode.objects.values_list("path", "node")}
        for path in sorted(stored.keys() | self.map.keys()):
            here, there = self.map.get(path), stored.get(path)
            where = f"node {path or 'root'} of the scopes' map"
            _demand(
                here == there, where, here.hex() if here else "no row", there.hex() if there else "no row"
            )
        _demand(Node.objects.count() == self.nodes, "nodes", f"{self.nodes} rows", Node.objects.count())
        numbers = ScopeLeaf.objects.count()
        expected_numbers = sum(head.number for head in self.heads.values())
        _demand(numbers == expected_numbers, "numbers of scopes", f"{expected_numbers} rows", numbers)
        self._check_nothing_passed_over()

    def _check_nothing_passed_over(self) -> None:
        """No committed event stands before the last leaf's in the order of transactions, without a leaf.

        Rows of transactions that this cluster has not counted up to come from a restored dump; the
        sequencer finds them by itself.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT e.id FROM audit_event e,
                    (SELECT e.xid, e.id FROM audit_event e JOIN audit_leaf l ON l.event_id = e.id
                     ORDER BY l.index DESC LIMIT 1) last
                WHERE (e.xid, e.id) < (last.xid, last.id)
                    AND last.xid < pg_snapshot_xmin(pg_current_snapshot())
                    AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id)
                ORDER BY e.xid, e.id LIMIT 1
                """
            )
            row = cursor.fetchone()
        _demand(row is None, f"event {row[0] if row else ''}", "a leaf, as later events have one", "none")


def _difference(event: Event, leaf: Leaf) -> str:
    """Which fields of the row the leaf says otherwise."""
    try:
        said = decode_leaf(bytes(leaf.data))
    except InvalidLeaf as error:
        return f"bytes that are no leaf: {error}"
    row = leaf_event(event, [])
    names = [key for key in row if key != "scopes" and row[key] != said[key]]  # type: ignore[literal-required]
    return f"another {', '.join(names)}" if names else "other places in its scopes"


def _size(checkpoint: Checkpoint | None) -> int:
    return 0 if checkpoint is None else checkpoint.size
