"""What a word of a name counts: rare words much, common ones little, legal forms nearly nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kyc.screening.arrays import Array
from kyc.screening.names import ABDUL, LEGAL, NUMBER, STOP, NameForm, Token

#: What a word of these kinds counts, whatever its frequency.
FIXED = {LEGAL: 0.06, STOP: 0.08, NUMBER: 0.70}
#: What the most common name word still counts, and a rare one: the span of the inverse frequency.
LEAST, MOST = 0.25, 1.0
#: A name of persons that rigour knows is common among people, however rare it is on a list.
KNOWN = 0.80
#: So are business words and places, however few entries of a list bear them.
TRADE = 0.65
#: Without a list: words that rigour knows as business words or places are common.
_COMMON = ("SYMBOL:", "DOMAIN:", "LOC:", "NUM:")
_COMMON_WEIGHT, _NAME_WEIGHT, _UNKNOWN_WEIGHT = 0.45, 0.80, 1.0
#: Weights of words and of whole names kept in memory, at most.
_MOST_TOKENS, _MOST_VECTORS = 60_000, 60_000


@dataclass(frozen=True)
class Weights:
    """Token weights, 0..1. `table` comes from a list; without one the built-in rule decides.

    The built-in rule is ours: it looks at what rigour knows of the word, at no corpus.
    """

    table: Mapping[str, float] = field(default_factory=dict)
    #: Similarities of pairs of words, kept by `alignment.align`: they depend on what the list has.
    pairs: dict[tuple[Token, Token], tuple[float, str]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _tokens: dict[Token, float] = field(default_factory=dict, repr=False, compare=False)
    _seen: dict[Token, bool] = field(default_factory=dict, repr=False, compare=False)
    _vectors: dict[NameForm, tuple[float, ...]] = field(default_factory=dict, repr=False, compare=False)

    def of(self, token: Token) -> float:
        """The weight of one token, 0..1."""
        found = self._tokens.get(token)
        if found is None:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            found = self._tokens[token] = self._weigh(token)
        return found

    def _weigh(self, token: Token) -> float:
        fixed = FIXED.get(token.kind)
        if fixed is not None:
            return fixed
        if self.table:
            weight = self.table.get(token.form, MOST)
            if token.known:
                weight = min(weight, KNOWN)
            elif any(symbol.startswith(_COMMON) and symbol != ABDUL for symbol in token.symbols):
                weight = min(weight, TRADE)
        elif any(symbol.startswith(_COMMON) and symbol != ABDUL for symbol in token.symbols):
            weight = _COMMON_WEIGHT
        else:
            weight = _NAME_WEIGHT if token.symbols else _UNKNOWN_WEIGHT
        return weight * 0.5 if len(token.form) == 1 else weight

    def slip(self, a: Token, b: Token) -> int:
        """Whether one word is likely the other with a slip of the pen: 1 likely, -1 unlikely, 0 unknown.

        A slip seldom makes a word that is in use: of two words of the list, or two names that people
        bear, neither is; a word that the list does not have anywhere may be.
        """
        if self._is_seen(a) and self._is_seen(b):
            return -1
        return 1 if self.table else 0

    def _is_seen(self, token: Token) -> bool:
        found = self._seen.get(token)
        if found is None:
            if len(self._seen) >= _MOST_TOKENS:
                self._seen.clear()
            found = self._seen[token] = token.known or token.form in self.table
        return found

    def vector(self, name: NameForm) -> tuple[float, ...]:
        """The weights of a name's tokens, in their order."""
        found = self._vectors.get(name)
        if found is None:
            if len(self._vectors) >= _MOST_VECTORS:
                self._vectors.clear()
            found = self._vectors[name] = tuple([self.of(token) for token in name.tokens])
        return found


def inverse_frequency(seen: Array, names: int) -> Array:
    """Weights of words that stand in `seen` of `names` names (Spärck Jones 1972), scaled to 0.25..1."""
    top = math.log1p(max(1, names))
    rare: Array = np.log1p(names / np.maximum(1, seen) - 1) / top
    return LEAST + (MOST - LEAST) * rare


#: The frequencies that ship with the scorer: none of a list, the built-in rule.
BUILT_IN = Weights()
