"""The one base of everything that a proof can be refused for."""

from __future__ import annotations


class ProofError(Exception):
    """A value of the log is malformed or does not prove what it should. The message says which and why."""
