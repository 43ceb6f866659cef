"""Entities taken apart into the arrays of an index."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from core.errors import InvalidInput
from kyc.screening import letters, vocabulary
from kyc.screening.arrays import Array, Lists, Strings
from kyc.screening.evidence import COMPARED, identifiers
from kyc.screening.names import (
    ABJAD,
    EAST_ASIAN,
    FRAME,
    LATIN,
    LEGAL,
    LETTER,
    NAME,
    NUMBER,
    STOP,
    NameForm,
    Token,
    analyse,
)
from kyc.screening.schemata import Kind
from kyc.screening.weights import Weights, inverse_frequency

_WORD_KINDS = [NAME, LEGAL, STOP, NUMBER, LETTER]
_SCRIPTS = [LATIN, ABJAD, EAST_ASIAN]
_ENTITY_KINDS = list(Kind)


class Builder:
    """Takes entities one by one; `arrays` when all are in."""

    def __init__(self) -> None:
        self._words: dict[str, int] = {}
        self._tokens: dict[Token, int] = {}
        self._joined: dict[str, int] = {}
        self._datasets: dict[str, int] = {}
        self._entities: list[bytes] = []
        self._ids: dict[str, int] = {}
        self._on, self._on_at = array("i"), array("q", [0])
        self._kinds = array("B")
        self._first_name = array("q", [0])
        self._owner, self._name_tokens, self._name_at = array("i"), array("i"), array("q", [0])
        self._joined_terms, self._joined_at = array("i"), array("q", [0])
        self._weak = array("B")
        self._can_tell = array("B")
        self._originals: list[str] = []
        self._phrases: list[bytes] = []
        self._numbers: list[int] = []
        self._number_of: list[int] = []

    def add(self, entity: Mapping[str, Any]) -> None:
        """One entity more. Raises InvalidInput where it is malformed, has no name or came before."""
        analysed = analyse(entity)
        x = len(self._ids)
        if self._ids.setdefault(analysed.id, x) != x:
            raise InvalidInput("id", f"{analysed.id!r} is given twice: one id is one entry of an index")
        kept = {name: values for name, values in analysed.properties.items() if name in COMPARED and values}
        self._entities.append(
            json.dumps(
                {
                    "id": analysed.id,
                    "schema": analysed.schema,
                    "caption": analysed.caption,
                    "datasets": analysed.datasets,
                    "kind": analysed.kind.value,
                    "properties": kept,
                },
                ensure_ascii=False,
                separators=(",", ":"),
            ).encode()
        )
        listed = [self._datasets.setdefault(d, len(self._datasets)) for d in analysed.datasets]
        self._on.extend(dict.fromkeys(listed))
        self._on_at.append(len(self._on))
        self._kinds.append(_ENTITY_KINDS.index(analysed.kind))
        for name in analysed.names:
            self._add_name(x, name)
        self._first_name.append(len(self._owner))
        for number in identifiers(analysed):
            self._numbers.append(vocabulary.key(number))
            self._number_of.append(x)

    def _add_name(self, x: int, name: NameForm) -> None:
        self._owner.append(x)
        self._weak.append(name.weak)
        self._can_tell.append(letters.can_tell(name))
        self._originals.append(name.original)
        for each in name.tokens:
            self._words.setdefault(each.form, len(self._words))
            self._name_tokens.append(self._tokens.setdefault(each, len(self._tokens)))
        self._name_at.append(len(self._name_tokens))
        phrases = [(start, end, sorted(symbols)) for start, end, symbols in name.phrases]
        self._phrases.append(json.dumps(phrases).encode() if phrases else b"")
        forms = name.forms
        joined = {a + b for a, b in pairwise(forms)}
        if len(forms) > 2:
            joined.add("".join(forms))
        for term in joined.difference(forms):
            self._joined_terms.append(self._joined.setdefault(term, len(self._joined)))
        self._joined_at.append(len(self._joined_terms))

    def notes(self) -> dict[str, Any]:
        """What the arrays refer to."""
        return {"datasets": list(self._datasets), "kinds": _WORD_KINDS, "scripts": _SCRIPTS}

    def arrays(self, weights: Weights | None) -> dict[str, Array]:
        """All arrays. Without `weights` the frequencies of these names give them."""
        tokens = list(self._tokens)
        word_of = np.fromiter((self._words[each.form] for each in tokens), dtype=np.int32, count=len(tokens))
        flat, at = np.array(self._name_tokens, dtype=np.int32), np.array(self._name_at, dtype=np.int64)
        owners = np.repeat(np.arange(len(self._owner), dtype=np.int32), np.diff(at))
        framed = np.fromiter((each.kind in FRAME for each in tokens), dtype=bool, count=len(tokens))
        by_word = (
            np.unique(np.stack([owners, word_of[flat]], axis=1), axis=0)
            if len(flat)
            else np.zeros((0, 2), int)
        )
        seen = np.bincount(by_word[:, 1], minlength=len(self._words))
        term_weight = inverse_frequency(seen, len(self._owner)).astype(np.float32)
        if weights is None:
            table = dict(zip(self._words, term_weight.tolist(), strict=True))
            weights = Weights(table or {"": 1.0})
        values = np.fromiter((weights.of(each) for each in tokens), dtype=np.float32, count=len(tokens))
        others = {
            t: len(self._words) + x for x, t in enumerate(t for t in self._joined if t not in self._words)
        }
        symbols: dict[str, int] = {}
        flags = [sorted(symbols.setdefault(s, len(symbols)) for s in each.symbols) for each in tokens]
        sounds: dict[str, int] = {}
        sound_of = [sounds.setdefault(each.sound, len(sounds)) for each in tokens]
        order = np.argsort(
            ids := np.fromiter(map(vocabulary.key, self._ids), dtype=np.uint64, count=len(self._ids))
        )
        return {
            **vocabulary.build(self._words, others, tokens),
            "term.weight": term_weight,
            **self._postings(flat, at, owners, values, word_of, others, framed),
            "token.word": word_of,
            "token.kind": np.array([_WORD_KINDS.index(each.kind) for each in tokens], dtype=np.uint8),
            "token.script": np.array([_SCRIPTS.index(each.script) for each in tokens], dtype=np.uint8),
            "token.sound": np.array(sound_of, dtype=np.int32),
            "token.symbols": np.array([s for found in flags for s in found], dtype=np.int32),
            "token.symbols.at": np.cumsum([0, *map(len, flags)], dtype=np.int64),
            **Strings.arrays("sound", sounds),
            **Strings.arrays("symbol", symbols),
            "name.owner": np.array(self._owner, dtype=np.int32),
            "name.weak": np.array(self._weak, dtype=np.uint8),
            "name.can_tell": np.array(self._can_tell, dtype=np.uint8),
            "name.letters": letters.bags(list(self._words), word_of[flat], at).ravel(),
            "name.tokens": flat,
            "name.at": at,
            **Strings.arrays("original", self._originals),
            **Strings.arrays("phrases", self._phrases),
            **Strings.arrays("entity", self._entities),
            "entity.names": np.array(self._first_name, dtype=np.int64),
            "entity.kind": np.array(self._kinds, dtype=np.uint8),
            "entity.datasets": np.array(self._on, dtype=np.int32),
            "entity.datasets.at": np.array(self._on_at, dtype=np.int64),
            **Strings.arrays("id", self._ids),
            "id.keys": ids[order],
            "id.numbers": order.astype(np.int32),
            **Lists.arrays(
                "number", np.array(self._numbers, dtype=np.uint64), np.array(self._number_of, dtype=np.int32)
            ),
        }

    def _postings(
        self,
        flat: Array,
        at: Array,
        owners: Array,
        values: Array,
        word_of: Array,
        others: Mapping[str, int],
        framed: Array,
    ) -> dict[str, Array]:
        """Term → names with weights: the same vectors as `index.vector` gives, turned round."""
        squares = np.zeros(len(self._owner), dtype=np.float64)
        np.add.at(squares, owners, values[flat].astype(np.float64) ** 2)
        length = np.sqrt(squares)
        length[length == 0] = 1.0
        joined_term = np.fromiter(
            (self._words.get(t, others.get(t, -1)) for t in self._joined),
            dtype=np.int32,
            count=len(self._joined),
        )
        joined = np.array(self._joined_terms, dtype=np.int32)
        joined_at = np.array(self._joined_at, dtype=np.int64)
        joined_owner = np.repeat(np.arange(len(self._owner), dtype=np.int32), np.diff(joined_at))
        mean = np.zeros(len(self._owner), dtype=np.float64)
        np.add.at(mean, owners, values[flat])
        mean /= np.maximum(1, np.diff(at))
        substance = np.zeros(len(self._owner), dtype=bool)
        substance[owners[~framed[flat]]] = True
        shown = ~framed[flat] | ~substance[owners]
        terms = np.r_[word_of[flat][shown], joined_term[joined] if len(joined) else joined]
        names = np.r_[owners[shown], joined_owner]
        weight = np.r_[(values[flat] / length[owners])[shown], (mean / length)[joined_owner]].astype(
            np.float32
        )
        order = np.lexsort((names, terms))
        terms, names, weight = terms[order], names[order], weight[order]
        first = (
            np.r_[True, (terms[1:] != terms[:-1]) | (names[1:] != names[:-1])]
            if len(terms)
            else np.zeros(0, bool)
        )
        terms, names, weight = terms[first], names[first], weight[first]
        start = np.zeros(len(self._words) + len(others) + 1, dtype=np.int64)
        np.cumsum(np.bincount(terms, minlength=len(start) - 1), out=start[1:])
        kind = np.int32 if len(terms) < 2**31 else np.int64
        return {
            "postings.at": start.astype(kind),
            "postings.name": names.astype(kind),
            "postings.weight": weight,
        }
