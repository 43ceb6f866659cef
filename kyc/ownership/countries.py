"""Country names and codes as registers write them → ISO 3166."""

from __future__ import annotations

import re
from functools import lru_cache

from rigour.territories import lookup_territory

_ALPHA2 = re.compile(r"[A-Za-z]{2}")
_REGION = re.compile(r"[A-Za-z]{2}-[A-Za-z0-9]{1,3}")


@lru_cache(maxsize=4096)
def country_code(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code, a region's code, or a name in use ("England"); None if unknown."""
    text = text.strip()
    if _REGION.fullmatch(text) or _ALPHA2.fullmatch(text):
        code = text[:2].upper()
        return "GB" if code == "UK" else code
    found = lookup_territory(text)
    return None if found is None else found.code[:2].upper()


def region_code(text: str) -> str | None:
    """ISO 3166-2 where `text` is such a code, else None."""
    return text.strip().upper() if _REGION.fullmatch(text.strip()) else None
