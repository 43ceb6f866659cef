"""Browsers of examiners, over committed rows."""

from tests.console.operator.committed import sign_in_committed
from tests.console.operator.conftest import plain_static_files

__all__ = ["plain_static_files", "sign_in_committed"]
