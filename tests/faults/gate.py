"""Holds work up at one exact place, from outside: a trigger that the superuser lays on the log.

No code of the product knows of it: whoever writes a `party.rescreened` event waits for an advisory lock.
"""

from __future__ import annotations

from types import TracebackType

from tests.faults.conftest import DATABASE, Place
from tests.waiting import until

_KEY = 4711
_FUNCTION = """
CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF (SELECT count(*) FROM audit_event WHERE verb = 'party.rescreened') >= {after} THEN
        PERFORM pg_advisory_xact_lock_shared({key});
    END IF;
    RETURN NEW;
END $$
"""
_TRIGGER = """
CREATE TRIGGER gate BEFORE INSERT ON audit_event FOR EACH ROW
WHEN (NEW.verb = 'party.rescreened') EXECUTE FUNCTION gate()
"""


class Gate:
    """Closed within the block, once `after` such events are there; `open` lets everybody through."""

    def __init__(self, place: Place, *, after: int) -> None:
        self._link = place.superuser()
        self._after = after

    def __enter__(self) -> Gate:
        self._link.execute("SELECT pg_advisory_lock(%s)", [_KEY])
        self._link.execute(_FUNCTION.format(after=self._after, key=_KEY))
        self._link.execute(_TRIGGER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()
        self._link.close()

    def wait_for(self, waiting: int) -> None:
        """Until so many transactions stand before the gate."""
        until(lambda: self._backends("wait_event = 'advisory'") >= waiting, within=90)

    def open(self) -> None:
        """Let everybody through, and wait until whoever stood there has ended or goes on."""
        self._link.execute("SELECT pg_advisory_unlock_all()")
        until(lambda: self._backends("wait_event = 'advisory'") == 0)
        self._link.execute("DROP FUNCTION IF EXISTS gate() CASCADE")

    def _backends(self, condition: str) -> int:
        found = self._link.execute(
            f"SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND {condition}", [DATABASE]
        ).fetchone()
        assert found is not None
        return int(found[0])
