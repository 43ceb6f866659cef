"""Domain errors: one typed error inside, problem details or exit codes only at the edge."""

from __future__ import annotations


class LockgateError(Exception):
    """Base of every error that Lockgate raises on purpose."""


class InvalidInput(LockgateError):
    """The caller's fault: names the field and the reason. HTTP 422, exit code 2."""

    def __init__(self, field: str, reason: str, *, line: int | None = None) -> None:
        self.field = field
        self.reason = reason
        self.line = line
        where = f"line {line}: " if line is not None else ""
        super().__init__(f"{where}{field}: {reason}")


class NotAllowed(LockgateError):
    """The actor may not do this. HTTP 403."""


class Absent(LockgateError):
    """No such object, or one that the actor may not see: the two look the same. HTTP 404."""


class Conflict(LockgateError):
    """The state does not allow this act now. HTTP 409."""


class Misconfigured(LockgateError):
    """The installation is wrong: a key or a setting is missing. Stops the start."""
