"""An immutable index of entities: which of them could be the party that is asked for.

The same type holds the entries of lists (forward search: a party asks) and our own parties (reverse search:
a changed entry asks). Retrieval is a soft cosine (Cohen, Ravikumar, Fienberg 2003): every word of the
question is widened to the words of the index that resemble it, in letters, sound or meaning, and those meet
the names that hold them, each word with its weight. It is symmetric, so that both directions find the same
pairs.

Everything lies in flat arrays: in a file that processes map together (`write`, `open`), or in memory alone
(an index of our own parties, whose names are encrypted at rest).
"""

from __future__ import annotations

import copy
import json
import mmap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sparse_dot_topn import sp_matmul_topn

from kyc.screening import arrays as files
from kyc.screening.arrays import Array, Lists, Strings
from kyc.screening.building import Builder
from kyc.screening.evidence import identifiers
from kyc.screening.letters import BINS, LEAST_TOGETHER, bag, can_tell, overlap
from kyc.screening.names import FRAME, Analysed, NameForm, Token, token
from kyc.screening.schemata import Kind
from kyc.screening.score import Match, Pairing, most_lift, order, score, worth_comparing
from kyc.screening.vocabulary import Vocabulary, key
from kyc.screening.weights import Weights

#: A name is a candidate at this soft cosine; lower finds more and costs more.
FLOOR = 0.50
#: Names per name asked that go on to the scorer, and pairs of names per entity.
MOST_NAMES, MOST_PAIRS = 40, 6
#: Words kept in memory with what resembles them.
MOST_NEIGHBOURS = 40_000
#: Questions that are worked on together.
BATCH = 256

#: Per question: position of an entity → (cosine, name asked, number of the name found); empty: all pairs.
_Found = dict[int, list[tuple[float, NameForm, int]]]


class Snapshot:
    """Entities and everything needed to search them; never changes once built."""

    def __init__(
        self, notes: Mapping[str, Any], arrays: Mapping[str, Array], weights: Weights | None
    ) -> None:
        self._notes = dict(notes)
        self._arrays = arrays
        self._reverse = bool(notes["reverse"])
        self._datasets: list[str] = list(notes["datasets"])
        self._vocabulary = Vocabulary(arrays)
        self._owner = arrays["name.owner"]
        self._can_tell = arrays["name.can_tell"]
        self._letters = arrays["name.letters"].reshape(-1, BINS)
        self._entities = Strings(arrays["entity.text"], arrays["entity.at"])
        self._ids = Strings(arrays["id.text"], arrays["id.at"])
        self._originals = Strings(arrays["original.text"], arrays["original.at"])
        self._phrases = Strings(arrays["phrases.text"], arrays["phrases.at"])
        self._sounds = Strings(arrays["sound.text"], arrays["sound.at"])
        symbols = Strings(arrays["symbol.text"], arrays["symbol.at"])
        self._symbol = lru_cache(maxsize=20_000)(symbols.__getitem__)
        self._numbers = Lists(arrays["number.keys"], arrays["number.at"], arrays["number.values"])
        terms = len(arrays["term.keys"])
        self._by_term = csr_matrix(
            (arrays["postings.weight"], arrays["postings.name"], arrays["postings.at"]),
            shape=(terms, len(self._owner)),
            copy=False,
        )
        self.weights = weights or Weights(_TermWeights(self._vocabulary, arrays["term.weight"]))
        self._neighbours: dict[Token, tuple[Array, Array]] = {}
        self._token = lru_cache(maxsize=60_000)(self._make_token)
        self._name = lru_cache(maxsize=60_000)(self._make_name)
        self._held = lru_cache(maxsize=4_000)(self._make_analysed)
        self._gone: frozenset[int] = frozenset()

    # making -----------------------------------------------------------------------------------------

    @classmethod
    def build(
        cls,
        entities: Iterable[Mapping[str, Any]],
        weights: Weights | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> Snapshot:
        """An index of list entries; without `weights` their own frequencies weigh words. `notes` are kept.

        Raises InvalidInput at a malformed entity, one without a name, or an id given twice.
        """
        return cls._of(entities, weights, {"reverse": False, **(notes or {})})

    @classmethod
    def of_parties(cls, parties: Iterable[Mapping[str, Any]], weights: Weights) -> Snapshot:
        """An index of our own parties for reverse search, under the weights of the list."""
        return cls._of(parties, weights, {"reverse": True})

    @classmethod
    def _of(
        cls, entities: Iterable[Mapping[str, Any]], weights: Weights | None, notes: Mapping[str, Any]
    ) -> Snapshot:
        builder = Builder()
        for entity in entities:
            builder.add(entity)
        return cls({**notes, **builder.notes()}, builder.arrays(weights), weights)

    def write(self, path: str | Path) -> None:
        """Write the file that `open` maps; it appears whole or not at all."""
        files.write(Path(path), self._notes, self._arrays)

    @classmethod
    def open(cls, path: str | Path, weights: Weights | None = None) -> Snapshot:
        """Map a file; its pages are shared by all processes. `weights` for an index of parties.

        Raises InvalidInput where it is no whole snapshot.
        """
        with Path(path).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return cls(*files.read(mapped), weights)

    def to_bytes(self) -> bytes:
        """The same as `write`, in memory: for a caller that encrypts."""
        return b"".join(files.pack(self._notes, self._arrays))

    @classmethod
    def from_bytes(cls, content: bytes, weights: Weights | None = None) -> Snapshot:
        """The index of `to_bytes`. Raises InvalidInput where it is not whole."""
        return cls(*files.read(content), weights)

    def without(self, identities: Iterable[str]) -> Snapshot:
        """The same index, in which these are found no more. It shares all arrays but one."""
        gone = self._gone.union(x for identity in identities if (x := self._position(identity)) is not None)
        kept = copy.copy(self)
        kept._gone = gone
        passed_over = np.zeros(len(self), dtype=bool)
        passed_over[list(gone)] = True
        postings = self._by_term
        weights = np.where(passed_over[self._owner[postings.indices]], np.float32(0), postings.data)
        kept._by_term = csr_matrix(
            (weights, postings.indices, postings.indptr), shape=postings.shape, copy=False
        )
        return kept

    # reading ----------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entities)

    @property
    def notes(self) -> Mapping[str, Any]:
        """What was noted when it was built."""
        return self._notes

    @property
    def names(self) -> int:
        """How many names it holds."""
        return len(self._owner)

    @property
    def nbytes(self) -> int:
        """Size of its arrays in bytes: what processes share."""
        return sum(array.nbytes for array in self._arrays.values())

    def entity(self, identity: str) -> Mapping[str, Any] | None:
        """The entity with this id, with the properties that are compared."""
        x = self._position(identity)
        return None if x is None else json.loads(self._entities.raw(x))

    def _position(self, identity: str) -> int | None:
        keys, wanted = self._arrays["id.keys"], np.uint64(key(identity))
        x = int(np.searchsorted(keys, wanted))
        return int(self._arrays["id.numbers"][x]) if x < len(keys) and keys[x] == wanted else None

    def _make_token(self, x: int) -> Token:
        at = self._arrays["token.symbols.at"]
        numbers = self._arrays["token.symbols"][at[x] : at[x + 1]].tolist()
        return token(
            self._vocabulary.word(int(self._arrays["token.word"][x])),
            self._notes["kinds"][self._arrays["token.kind"][x]],
            frozenset([self._symbol(number) for number in numbers]),
            self._sounds[int(self._arrays["token.sound"][x])],
            self._notes["scripts"][self._arrays["token.script"][x]],
        )

    def _make_name(self, n: int) -> NameForm:
        at = self._arrays["name.at"]
        tokens = tuple([self._token(x) for x in self._arrays["name.tokens"][at[n] : at[n + 1]].tolist()])
        raw = self._phrases.raw(n)
        phrases = tuple((s, e, frozenset(found)) for s, e, found in json.loads(raw)) if raw else ()
        return NameForm.of(self._originals[n], tokens, bool(self._arrays["name.weak"][n]), phrases)

    def _names_of(self, x: int) -> range:
        at = self._arrays["entity.names"]
        return range(int(at[x]), int(at[x + 1]))

    def _make_analysed(self, x: int) -> Analysed:
        entity = json.loads(self._entities.raw(x))
        return Analysed(
            id=entity["id"],
            schema=entity["schema"],
            caption=entity["caption"],
            datasets=tuple(entity["datasets"]),
            kind=Kind(entity["kind"]),
            names=tuple([self._name(n) for n in self._names_of(x)]),
            properties=entity["properties"],
        )

    # searching --------------------------------------------------------------------------------------

    def search(
        self,
        question: Analysed,
        limit: int | None = 20,
        *,
        exclude: Collection[str] = frozenset(),
        datasets: Collection[str] | None = None,
        floor: float = 0.5,
    ) -> list[Match]:
        """The matches of one entity at or above `floor`, best first, at most `limit` (None: all)."""
        return next(self.search_many([question], limit, excluded=[exclude], datasets=datasets, floor=floor))

    def search_many(
        self,
        questions: Iterable[Analysed],
        limit: int | None = 20,
        *,
        excluded: Sequence[Collection[str]] | None = None,
        datasets: Collection[str] | None = None,
        floor: float = 0.5,
    ) -> Iterator[list[Match]]:
        """`search` for many entities, in their order. `excluded[i]` are the ids dismissed for the i-th.

        Dismissed ids and other datasets are left out before anything is cut, so that they never crowd
        out a new hit. In an index of parties (`of_parties`) the match is scored with the party as query
        and names the party in `id`.
        """
        everything = list(questions)
        allowed = self._allowed(datasets)
        for start in range(0, len(everything), BATCH):
            batch = everything[start : start + BATCH]
            outs = [
                {x for identity in out if (x := self._position(identity)) is not None}
                for out in (excluded[start : start + BATCH] if excluded else [()] * len(batch))
            ]
            found = self._candidates(batch, limit is None or limit > MOST_NAMES // 2, outs, allowed)
            for question, positions in zip(batch, found, strict=True):
                lift = most_lift(question)
                matches = [
                    match
                    for x, pairs in positions.items()
                    if (match := self._compare(question, x, pairs, floor, lift)) and match.score >= floor
                ]
                matches.sort(key=order)
                yield matches if limit is None else matches[:limit]

    def _allowed(self, datasets: Collection[str] | None) -> Array | None:
        """Per entity whether it stands on one of the datasets; None where all do."""
        if datasets is None:
            return None
        wanted = [x for x, name in enumerate(self._datasets) if name in set(datasets)]
        owners = np.repeat(np.arange(len(self)), np.diff(self._arrays["entity.datasets.at"]))
        allowed: Array = np.zeros(len(self), dtype=bool)
        allowed[owners[np.isin(self._arrays["entity.datasets"], wanted)]] = True
        return allowed

    def _candidates(
        self, questions: Sequence[Analysed], everything: bool, outs: Sequence[set[int]], allowed: Array | None
    ) -> list[_Found]:
        # scipy reads past the end of a matrix without terms, so an index without names is asked for none.
        named = len(self._owner) > 0
        asks = [(q, name) for q, question in enumerate(questions) for name in question.names if named]
        terms, weights, at = self._questions([name for _, name in asks])
        asked = csr_matrix((weights, terms, at), shape=(len(asks), self._by_term.shape[0]))
        narrow = not (everything or allowed is not None or any(outs))
        if narrow:
            product = sp_matmul_topn(
                asked, self._by_term, top_n=MOST_NAMES, threshold=FLOOR, sort=True, n_threads=1
            )
        else:
            product = (asked @ self._by_term).tocsr()
        found: list[_Found] = [{} for _ in questions]
        indptr = product.indptr.tolist()
        for row, (q, name) in enumerate(asks):
            begin, end = indptr[row], indptr[row + 1]
            if begin == end:
                continue
            names, values = product.indices[begin:end], product.data[begin:end]
            if not narrow:
                kept = values >= FLOOR
                if allowed is not None:
                    kept &= allowed[self._owner[names]]
                names, values = names[kept], values[kept]
                ranked = np.lexsort((names, -values))
                names, values = names[ranked], values[ranked]
            out, here, taken = outs[q], found[q], 0
            near = self._near(name, names, values).tolist()
            owners = self._owner[names].tolist()
            for n, x, cosine, worth in zip(names.tolist(), owners, values.tolist(), near, strict=True):
                if x in out:
                    continue
                if worth:
                    here.setdefault(x, []).append((cosine, name, n))
                taken += 1
                if taken >= MOST_NAMES and not everything:
                    break
        for here in found:
            for x, pairs in here.items():
                if len(pairs) > MOST_PAIRS:
                    here[x] = sorted(pairs, key=self._alike)[:MOST_PAIRS]
        for q, question in enumerate(questions):
            for x in self._numbers.find([key(number) for number in identifiers(question)]).tolist():
                if x not in outs[q] and x not in self._gone and (allowed is None or allowed[x]):
                    found[q][x] = []
        return found

    def _alike(self, pair: tuple[float, NameForm, int]) -> tuple[float, list[str]]:
        """Sorts pairs of names, most alike first; the same in both directions."""
        cosine, name, n = pair
        return (-round(cosine, 4), sorted([name.original, self._originals[n]]))

    def _near(self, name: NameForm, names: Array, cosines: Array) -> Array:
        """Which of the names found for one are worth aligning with it, by their letters."""
        if not can_tell(name):
            return np.ones(len(names), dtype=bool)
        together = overlap(bag("".join(name.forms))[np.newaxis], self._letters[names]) + cosines
        near: Array = (together >= LEAST_TOGETHER) | (self._can_tell[names] == 0)
        return near

    def _questions(self, names: Sequence[NameForm]) -> tuple[Array, Array, Array]:
        """Terms of the index that names ask for, with weights, row by row; a term may stand twice."""
        terms: list[Array] = [_NO_TERMS]
        weights: list[Array] = [_NO_WEIGHTS]
        sizes: list[int] = []
        joined: list[str] = []
        joined_at: list[int] = []
        vectors = [list(vector(name, self.weights)) for name in names]
        self._widen([word for each in vectors for _, _, word in each if word is not None])
        for each in vectors:
            size = 0
            for term, weight, word in each:
                if word is None:
                    joined.append(term)
                    joined_at.append(len(terms))
                    terms.append(_NO_TERMS)
                    weights.append(np.array([weight], dtype=np.float32))
                    size += 1
                else:
                    near, alike = self._neighbours[word]
                    terms.append(near)
                    weights.append(alike * np.float32(weight))
                    size += len(near)
            sizes.append(size)
        for x, number in zip(joined_at, self._vocabulary.numbers(joined).tolist(), strict=True):
            # A term that no name holds asks for term 0 with no weight.
            terms[x] = np.array([max(0, number)], dtype=np.int32)
            if number < 0:
                weights[x] = np.zeros(1, dtype=np.float32)
        at = np.zeros(len(names) + 1, dtype=np.int32)
        np.cumsum(sizes, out=at[1:])
        return np.concatenate(terms), np.concatenate(weights), at

    def _widen(self, asked: Iterable[Token]) -> None:
        """Find what resembles these words, all at once those that were not asked for before."""
        words = dict.fromkeys(asked)
        new = [word for word in words if word not in self._neighbours]
        if len(self._neighbours) + len(new) > MOST_NEIGHBOURS:
            self._neighbours.clear()
            new = list(words)
        if new:
            self._neighbours.update(zip(new, self._vocabulary.resembling(new), strict=True))

    def _compare(
        self,
        question: Analysed,
        x: int,
        pairs: list[tuple[float, NameForm, int]],
        floor: float,
        lift: float,
    ) -> Match | None:
        """The match of a question and the entity at a position, None where the names alone rule it out."""
        if pairs:
            paired = [(name, self._name(n)) for _, name, n in pairs]
        else:
            paired = [(name, self._name(n)) for name in question.names for n in self._names_of(x)]
        pairing = Pairing.best(
            [(theirs, ours) for ours, theirs in paired] if self._reverse else paired,
            self.weights,
            person=Kind.PERSON in (question.kind, self._kind(x)),
        )
        if pairs and not worth_comparing(pairing, floor, lift):
            return None
        held = self._held(x)
        if not self._reverse:
            return score(question, held, self.weights, pairing)
        return score(held, question, self.weights, pairing).of(held)

    def _kind(self, x: int) -> Kind:
        return _KINDS[int(self._arrays["entity.kind"][x])]


_KINDS = list(Kind)
_NO_TERMS, _NO_WEIGHTS = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)


def vector(name: NameForm, weights: Weights) -> Iterator[tuple[str, float, Token | None]]:
    """Terms of a name with weights, at length 1 over its words; joined neighbours come on top, no token.

    `building.Builder` computes the same for all names of an index at once.
    """
    values = weights.vector(name)
    length = sum([value * value for value in values]) ** 0.5 or 1.0
    seen: set[str] = set()
    frame = all(each.kind in FRAME for each in name.tokens)
    for each, value in zip(name.tokens, values, strict=True):
        if each.form not in seen and (frame or each.kind not in FRAME):
            seen.add(each.form)
            yield each.form, value / length, each
    forms = name.forms
    joined = dict.fromkeys([a + b for a, b in pairwise(forms)] + (["".join(forms)] if len(forms) > 2 else []))
    mean = sum(values) / len(values) / length
    for term in joined:
        if term not in seen:
            yield term, mean, None


class _TermWeights(Mapping[str, float]):
    """The weights of a list's words, out of its arrays."""

    def __init__(self, vocabulary: Vocabulary, weights: Array) -> None:
        self._vocabulary, self._weights = vocabulary, weights

    def __getitem__(self, form: str) -> float:
        number = self._vocabulary.number(form)
        if number is None or number >= len(self._weights):
            raise KeyError(form)
        return float(self._weights[number])

    def __len__(self) -> int:
        return len(self._weights)

    def __iter__(self) -> Iterator[str]:
        return iter([self._vocabulary.word(x) for x in range(len(self._weights))])
