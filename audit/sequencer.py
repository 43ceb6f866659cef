"""The sequencer: committed events become leaves, in one order, without a gap.

**Order.** An event is taken when no transaction that could still commit an earlier one runs: below the
horizon `pg_snapshot_xmin`, by (transaction, id). An event that commits late is taken later, never skipped.

**One at a time.** Each batch holds an advisory lock of its transaction; a second sequencer finds it taken
and returns, and takes its turn when the first one's process is gone. Leaves, nodes, numbers and heads of a
batch are one transaction: what kills it leaves nothing behind.

**Cost.** A batch reads the right edge (log2 of the size) and the ways of its scopes in their map, and writes
O(events x scopes x log of their number).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.leaves import leaf_event
from audit.models import Checkpoint, Event, Leaf, Node, ScopeHead, ScopeLeaf, ScopeNode
from audit.proof import checkpoint as notes
from audit.proof.leaf import ScopePosition, encode_leaf
from audit.proof.merkle import hash_leaf
from audit.proof.scopes import Head, map_root, update_heads
from audit.signer import sign, verifier_key
from audit.trees import LogNodes, ScopeMap
from core.scope import staff_transaction

#: Any constant number: the advisory lock of whoever changes the tree or reads both trees at one size.
_LOCK = 7_209_114
#: Events in one transaction. More is hardly faster, and a transaction stays well below a second.
BATCH = 500


def sequence(*, limit: int = 100_000, batch: int = BATCH) -> int:
    """Give committed events their place; return how many, at most `limit`.

    Returns 0 at once where another sequencer is at work.
    """
    taken = 0
    while taken < limit:
        wanted = min(batch, limit - taken)
        with staff_transaction():
            done = _take(wanted) if _try_lock() else 0
        taken += done
        if done < wanted:
            break
    return taken


def checkpoint() -> Checkpoint | None:
    """Sign the tree as it stands, where it grew since the last checkpoint; return the newest checkpoint.

    None for an empty log. Waits for a sequencer at work.
    """
    with staff_transaction():
        return checkpoint_here()


def checkpoint_here() -> Checkpoint | None:
    """`checkpoint` within the caller's transaction, which then sees both trees at this checkpoint's size:
    until it ends, nothing is sequenced."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    size = log_size()
    last = Checkpoint.objects.order_by("-size").first()
    if size == 0 or (last is not None and last.size == size):
        return last
    made = notes.Checkpoint(
        origin=settings.LOCKGATE_ORIGIN,
        size=size,
        root=LogNodes().edge(size).root(),
        scope_count=ScopeHead.objects.count(),
        scope_root=map_root(ScopeMap().read),
    )
    return Checkpoint.objects.create(
        size=size,
        at=timezone.now(),
        root=made.root,
        scope_count=made.scope_count,
        scope_root=made.scope_root,
        note=notes.write_checkpoint(made, verifier_key(), sign),
    )


def log_size() -> int:
    """How many leaves the log has."""
    last = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    return 0 if last is None else last + 1


def _try_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])


def _take(limit: int) -> int:
    """One batch, in the open transaction that holds the lock."""
    events = _next_events(limit)
    if not events:
        return 0
    size = log_size()
    placed = _place(events, size)
    edge, nodes = LogNodes().edge(size).extend(leaf.hash for leaf in placed.leaves)
    Leaf.objects.bulk_create(placed.leaves)
    ScopeLeaf.objects.bulk_create(placed.numbers)
    Node.objects.bulk_create([Node(level=n.level, index=n.index, hash=n.hash) for n in nodes if n.level])
    _write_heads(placed.heads)
    return edge.size - size


def _next_events(limit: int) -> list[Event]:
    """The next committed events in the order of the log.

    `xid < pg_snapshot_xmin`: every transaction below has ended, so no earlier event can appear any more.
    The place of the last leaf saves reading all earlier events. Numbers of transactions begin anew where a
    database was restored from a dump: then that place says nothing, and events whose number is yet to come
    are old ones; both are seen by comparing with the snapshot, so that a restored log loses no event.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH now AS (SELECT pg_snapshot_xmin(s) AS horizon, pg_snapshot_xmax(s) AS next
                         FROM pg_current_snapshot() AS s),
            last AS (SELECT e.xid, e.id FROM audit_event e JOIN audit_leaf l ON l.event_id = e.id
                     ORDER BY l.index DESC LIMIT 1)
            SELECT last.xid::text, last.id, last.xid < now.horizon FROM now LEFT JOIN last ON true
            """
        )
        xid, last_id, usable = cursor.fetchone()
        after, parameters = "", []
        if xid is not None and usable:
            after, parameters = "AND (e.xid, e.id) > (%s::xid8, %s)", [xid, last_id]
        cursor.execute(
            f"""
            SELECT e.id FROM audit_event e
            WHERE (e.xid < pg_snapshot_xmin(pg_current_snapshot())
                   OR e.xid >= pg_snapshot_xmax(pg_current_snapshot()))
                  {after} AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id)
            ORDER BY e.xid, e.id LIMIT %s
            """,  # noqa: S608 - `after` is one of the two constants above
            [*parameters, limit],
        )
        order = [identifier for (identifier,) in cursor.fetchall()]
    found = Event.objects.in_bulk(order)
    return [found[identifier] for identifier in order]


@dataclass(frozen=True)
class _Placed:
    leaves: list[Leaf]
    numbers: list[ScopeLeaf]
    heads: list[Head]


def _place(events: list[Event], size: int) -> _Placed:
    """Number each event in its scopes and write its leaf."""
    names = {name for event in events for name in event.scopes}
    heads = {
        head.scope: Head(head.scope, head.number, bytes(head.digest).hex())
        for head in ScopeHead.objects.filter(scope__in=names)
    }
    leaves: list[Leaf] = []
    numbers: list[ScopeLeaf] = []
    for index, event in enumerate(events, size):
        positions: list[ScopePosition] = []
        for name in sorted(event.scopes):
            head = heads.get(name) or Head(name, 0, "")
            positions.append({"name": name, "number": head.number + 1, "previous": head.digest})
        data = encode_leaf(leaf_event(event, positions))
        digest = hash_leaf(data)
        leaves.append(Leaf(index=index, event=event, hash=digest, data=data))
        for position in positions:
            name, number = position["name"], position["number"]
            heads[name] = Head(name, number, digest.hex())
            numbers.append(ScopeLeaf(scope=name, number=number, leaf_id=index))
    return _Placed(leaves, numbers, list(heads.values()))


def _write_heads(heads: list[Head]) -> None:
    update = update_heads(heads, ScopeMap(head.name for head in heads).read)
    ScopeHead.objects.bulk_create(
        [ScopeHead(scope=h.name, number=h.number, digest=bytes.fromhex(h.digest)) for h in heads],
        update_conflicts=True,
        unique_fields=["scope"],
        update_fields=["number", "digest"],
    )
    ScopeNode.objects.bulk_create(
        [ScopeNode(path=path, node=node) for path, node in update.nodes.items()],
        update_conflicts=True,
        unique_fields=["path"],
        update_fields=["node"],
    )
