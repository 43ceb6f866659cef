"""Files that people hand in for an import: an upload, or one of the installation's mirror folder."""

from __future__ import annotations

import re
import uuid
from datetime import date
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from audit.record import Actor
from core.errors import InvalidInput
from core.scope import STAFF
from kyc.lists.reading import read_source
from kyc.lists.sources import SOURCES

TASK = "kyc.tasks.import_list"


def folder() -> Path:
    return Path(settings.LOCAL_DIR) / "files" / "imports"


def mirror() -> Path | None:
    """The folder that an administrator of the machine fills; none where it is not set."""
    return Path(settings.LOCKGATE_LIST_MIRROR).resolve() if settings.LOCKGATE_LIST_MIRROR else None


def kept(upload: UploadedFile) -> Path:
    """The upload in a file that a worker can read. Its name keeps its ending only: layouts are told by it."""
    name = re.sub(r"[^A-Za-z0-9._-]", "_", Path(upload.name or "list").name)[-80:]
    path = folder() / f"{uuid.uuid4().hex}-{name}"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
    return path


def in_mirror(typed: str) -> Path:
    """A path below the mirror folder. Raises InvalidInput for one that leads out of it or is not there."""
    root = mirror()
    if root is None:
        raise InvalidInput("path", _("this installation has no folder to import from"))
    path = (root / typed.strip().lstrip("/")).resolve()
    if root not in (path, *path.parents) or not path.exists():
        raise InvalidInput("path", _("no such file in the folder to import from"))
    return path


def start(*, source: str, path: Path, as_of: date | None, by: Actor, own: bool) -> None:
    """Look at the file's layout now, let a worker import it. Raises InvalidInput; then an own file goes."""
    try:
        if source not in SOURCES:
            raise InvalidInput("source", _("choose a list"))
        read_source(source, path)
    except InvalidInput:
        if own:
            path.unlink(missing_ok=True)
        raise
    current_app.send_task(
        TASK,
        queue="default",
        kwargs={
            "source": source,
            "path": str(path),
            "as_of": as_of.isoformat() if as_of else None,
            "by": {"kind": by.kind, "id": by.id, "session": by.session, "address": by.address},
            "remove": own,
        },
        headers={"lockgate_scope": STAFF.to_header()},
        retry=False,
    )
