"""Files that are there whole or not at all, whoever reads meanwhile and whatever kills the writer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(
    path: Path, content: bytes | Iterable[bytes], *, replace: bool = True, mode: int = 0o600
) -> bool:
    """Write the file in one step, in a folder that is made where it is missing.

    With `replace=False` a file that is already there wins and False is returned, so that of several processes
    that start at once all end with the same file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in (content,) if isinstance(content, bytes) else content:
                file.write(piece)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, path)
            return True
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        return True
    finally:
        Path(temporary).unlink(missing_ok=True)
