"""Small invented lists on disk, and commands run as the command line runs them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from django.core.management import call_command


def entity(key: str, name: str, schema: str = "Person", **properties: str) -> dict[str, Any]:
    values = {field: [value] for field, value in properties.items()}
    return {
        "id": key,
        "caption": name,
        "schema": schema,
        "datasets": ["demo_list"],
        "properties": {"name": [name], **values},
    }


KONRAD = entity(
    "demo-2", "Konrad Eszterlund", birthDate="1968-02-29", passportNumber="P4417720", nationality="at"
)
OSTAP = entity("demo-1", "Ostap Verkhovyna-Lund", birthDate="1961")


def lines(path: Path, *items: Any) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    return path


def run(*arguments: Any, **options: Any) -> tuple[list[Any], int, str]:
    """(JSON lines of standard output, exit code, standard error)."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err, **options)
    except SystemExit as error:
        code = int(error.code or 0)
    return [json.loads(line) for line in out.getvalue().splitlines()], code, err.getvalue()
