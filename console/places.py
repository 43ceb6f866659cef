"""Countries by name, for lists to choose from."""

from __future__ import annotations

from functools import cache

import pycountry

from console.parts import Option
from console.say import country_name


@cache
def country_options() -> tuple[Option, ...]:
    """Every country by its name, the empty choice first."""
    named = sorted((country_name(c.alpha_2), c.alpha_2) for c in pycountry.countries)
    return (Option("", ""), *(Option(code, name) for name, code in named))
