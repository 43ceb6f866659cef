"""Browsers of a tenant's people."""

from tests.console.operator.conftest import plain_static_files, sign_in

__all__ = ["plain_static_files", "sign_in"]
