"""Normal forms under which two spellings of one value get one blind index. Pure."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Unicode NFKC, case folded, white space collapsed: names, e-mail addresses."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def document_number(text: str) -> str:
    """Letters and digits only, case folded: passport, registration and tax numbers."""
    return "".join(character for character in fold(text) if character.isalnum())
