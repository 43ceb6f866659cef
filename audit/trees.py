"""The two stored trees as the pure code reads them: the log's nodes and the map of the scopes' heads.

The pure code asks for one node at a time. `gather` runs it twice: first to learn which nodes it wants, then,
when one query has fetched them all, for its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db import connection

from audit.models import Leaf, ScopeNode
from audit.proof import merkle
from audit.proof.scopes import path_of

T = TypeVar("T")

#: So many first bits of a scope's path are fetched at once; deeper nodes, which are rare, one by one.
_PREFETCHED_BITS = 32


class LogNodes:
    """Full subtrees of the log, cached: they never change."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """Raises KeyError for a node that was not fetched."""
        return self._known[level, index]

    def gather(self, compute: Callable[[merkle.NodeReader], T]) -> T:
        """`compute(read)` with every node it asks for fetched in two queries at most.

        Which nodes it asks for must not depend on their hashes. Raises LookupError for a missing one.
        """
        wanted: set[tuple[int, int]] = set()

        def note(level: int, index: int) -> bytes:
            wanted.add((level, index))
            return bytes(merkle.HASH_SIZE)

        compute(note)
        self._fetch(wanted - self._known.keys())
        return compute(self.read)

    def edge(self, size: int) -> merkle.Edge:
        return self.gather(lambda read: merkle.edge_at(size, read))

    def keep_only(self, most: int) -> None:
        """Forget everything where more than `most` nodes are kept."""
        if len(self._known) > most:
            self._known.clear()

    def _fetch(self, wanted: set[tuple[int, int]]) -> None:
        leaves = [index for level, index in wanted if level == 0]
        inner = [key for key in wanted if key[0] > 0]
        if leaves:
            for index, digest in Leaf.objects.filter(index__in=leaves).values_list("index", "hash"):
                self._known[0, index] = bytes(digest)
        if inner:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT n.level, n.index, n.hash FROM audit_node n JOIN "
                    "unnest(%s::smallint[], %s::bigint[]) AS w(level, index) "
                    "ON n.level = w.level AND n.index = w.index",
                    [[level for level, _ in inner], [index for _, index in inner]],
                )
                for level, index, digest in cursor.fetchall():
                    self._known[level, index] = bytes(digest)
        if missing := wanted - self._known.keys():
            level, index = min(missing)
            raise LookupError(f"the node ({level}, {index}) of the log is missing")


class ScopeMap:
    """The map of the scopes' heads as it stands in this transaction."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._known: dict[str, bytes | None] = {}
        paths = {path_of(name)[:depth] for name in names for depth in range(_PREFETCHED_BITS + 1)} | {""}
        self._known = dict.fromkeys(paths)
        for path, node in ScopeNode.objects.filter(path__in=paths).values_list("path", "node"):
            self._known[path] = bytes(node)

    def read(self, path: str) -> bytes | None:
        if path not in self._known:
            node = ScopeNode.objects.filter(path=path).values_list("node", flat=True).first()
            self._known[path] = None if node is None else bytes(node)
        return self._known[path]
