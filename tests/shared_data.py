"""The one door to the real public lists beside the checkout; never shipped with the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared_data(name: str) -> Path:
    """Path of one data file, or a skip that says what is absent."""
    folder = Path(os.environ.get("LOCKGATE_SHARED_DATA", _BESIDE))
    if not folder.is_dir():
        pytest.skip(f"real data is not beside this checkout: {folder} (set LOCKGATE_SHARED_DATA)")
    path = folder / name
    if not path.exists():
        pytest.skip(f"real data lacks {name}")
    return path
