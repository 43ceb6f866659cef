"""Which word of one name stands for which word of the other.

Symmetric: `compare_names(a, b)` and `compare_names(b, a)` give one score and mirrored pairs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from kyc.screening.alike import alike
from kyc.screening.names import ABJAD, NAME, NUMBER, NameForm, Token
from kyc.screening.spelling import may_begin, reads_as, skeleton
from kyc.screening.weights import Weights

GLUED = 0.96
GLUED_CLOSE = 0.82
#: Glued words may differ by two letters from this length.
GLUED_TWO, GLUED_TWO_EDITS = 9, 0.76
READ_GROUP = 0.85
PHRASE, PHRASE_OF_TRADE = 0.93, 0.80
INITIALS = 0.78
#: What a word that only one side has costs, as a share of its weight, while the other side has none over.
OMITTED = 0.50
#: Each further missing word costs less.
OMITTED_POWER = 0.85
#: The same where only one word of substance is in common: a single name is weak evidence.
OMITTED_SINGLE = 1.0
#: Words over on both sides contradict; against a long name a contradiction counts more than its share.
CONTRADICTION = 1.02
CONTRADICTION_LONG = 0.28
#: Words in common that weigh less than this prove little: a missing word costs so much more for each point.
ENOUGH, OMITTED_COMMON = 2.2, 0.30
#: Where the words that agree weigh less than this, others that are only close prove less, too.
EXACT, ENOUGH_EXACT, DOUBT = 0.90, 1.2, 0.40
DOUBTFUL = frozenset({"initial", "close spelling", "close consonants", "same meaning"})
#: A missing patronymic costs this share: Western forms have no place for it.
PATRONYMIC = 0.70
#: Words left over may be compared as one string from this many letters.
REST_LETTERS, REST_EDIT = 6, 1.4
#: Pairs of words kept in memory with their similarity, at most.
MOST_KNOWN = 1 << 17


@dataclass(frozen=True, slots=True)
class Pair:
    """Words that stand for each other; `query` or `candidate` is empty where a word has no partner."""

    query: tuple[str, ...]
    candidate: tuple[str, ...]
    similarity: float
    weight: float
    how: str


@dataclass(frozen=True, slots=True)
class NameMatch:
    """Two names compared: the score is the sum of similarity × weight over the pairs (weights sum to 1)."""

    score: float
    pairs: tuple[Pair, ...]
    query: NameForm
    candidate: NameForm


#: A group of words against a group: (order, left from, to, right from, to, similarity, why).
_Edge = tuple[tuple[float, int, str], int, int, int, int, float, str]


@dataclass(slots=True)
class Alignment:
    """Two names aligned; `match` tells it word by word."""

    score: float
    query: NameForm
    candidate: NameForm
    weights: Weights
    #: (left from, to, right from, to, similarity, weight, why)
    together: list[tuple[int, int, int, int, float, float, str]]
    over_left: list[int]
    over_right: list[int]
    #: What a word without partner counts, as a share of its weight.
    share: float
    total: float
    substance: int
    #: The words left over on both sides are one string: its similarity and weight.
    rest: tuple[float, float] | None

    def match(self) -> NameMatch:
        """The pairs of words, with weights that sum to 1."""
        left, right = self.query.forms, self.candidate.forms
        total = self.total
        pairs = [
            Pair(left[i:i_end], right[j:j_end], similarity, weight / total, how)
            for i, i_end, j, j_end, similarity, weight, how in self.together
        ]
        if self.rest:
            ours = tuple([left[x] for x in self.over_left])
            theirs = tuple([right[x] for x in self.over_right])
            pairs.append(Pair(ours, theirs, self.rest[0], self.rest[1] / total, "as one string"))
        else:
            left_weights, right_weights = self.weights.vector(self.query), self.weights.vector(self.candidate)
            for x in self.over_left:
                pairs.append(Pair((left[x],), (), 0.0, left_weights[x] * self.share / total, "no partner"))
            for x in self.over_right:
                pairs.append(Pair((), (right[x],), 0.0, right_weights[x] * self.share / total, "no partner"))
        if not self.substance:
            pairs = [Pair(p.query, p.candidate, 0.0, p.weight, "proves nothing alone") for p in pairs]
        return NameMatch(self.score, tuple(pairs), self.query, self.candidate)


def compare_names(query: NameForm, candidate: NameForm, weights: Weights, person: bool = True) -> NameMatch:
    """Align two names word by word and score them, 0..1. `person`: initials stand for given names."""
    return align(query, candidate, weights, person).match()


def align(query: NameForm, candidate: NameForm, weights: Weights, person: bool) -> Alignment:
    """Align two names: equal words first, then what is most alike and weighs most."""
    left, right = query.tokens, candidate.tokens
    left_forms, right_forms = query.forms, candidate.forms
    left_weights, right_weights = weights.vector(query), weights.vector(candidate)
    chosen: list[tuple[int, int, int, int, float, float, str]] = []
    used_left = used_right = 0
    sum_weight = sum_alike = 0.0
    substance = 0
    for i, form in enumerate(left_forms):
        if form in right_forms:
            j = right_forms.index(form)
            while used_right >> j & 1:
                if form not in right_forms[j + 1 :]:
                    j = -1
                    break
                j = right_forms.index(form, j + 1)
            if j >= 0:
                used_left |= 1 << i
                used_right |= 1 << j
                weight = left_weights[i] if left_weights[i] > right_weights[j] else right_weights[j]
                sum_weight += weight
                sum_alike += weight
                if not left[i].frame:
                    substance += 1
                chosen.append((i, i + 1, j, j + 1, 1.0, weight, "equal"))
    over_left = [x for x in range(len(left)) if not used_left >> x & 1]
    over_right = [x for x in range(len(right)) if not used_right >> x & 1]
    if over_left and over_right:
        edges: list[_Edge] = []
        known = weights.pairs
        for i in over_left:
            a = left[i]
            for j in over_right:
                b = right[j]
                found = known.get((a, b))
                if found is None:
                    if len(known) >= MOST_KNOWN:
                        known.clear()
                    found = known[a, b] = alike(a, b, weights.slip(a, b))
                similarity, how = found
                if similarity:
                    weight = left_weights[i] if left_weights[i] > right_weights[j] else right_weights[j]
                    first = (-similarity * weight, i - j if i > j else j - i, min(a.form, b.form))
                    edges.append((first, i, i + 1, j, j + 1, similarity, how))
    else:
        edges = []
    if (over_left or over_right) and (len(left) > 1 or len(right) > 1):
        _several(query, candidate, left_weights, right_weights, edges, person, over_left, over_right)
    if edges:
        edges.sort()
        for _, i, i_end, j, j_end, similarity, how in edges:
            mask_left, mask_right = (1 << i_end) - (1 << i), (1 << j_end) - (1 << j)
            if used_left & mask_left or used_right & mask_right:
                continue
            used_left |= mask_left
            used_right |= mask_right
            choose = max if i_end - i == j_end - j else min
            weight = choose(sum(left_weights[i:i_end]), sum(right_weights[j:j_end]))
            sum_weight += weight
            sum_alike += weight * similarity
            framed = all(t.frame for t in left[i:i_end]) or all(t.frame for t in right[j:j_end])
            if (not framed or how == "initial") and not (person and how == "initials"):
                substance += 1
            chosen.append((i, i_end, j, j_end, similarity, weight, how))
        over_left = [x for x in over_left if not used_left >> x & 1]
        over_right = [x for x in over_right if not used_right >> x & 1]
    exact = ENOUGH_EXACT
    if edges:
        exact = sum([weight for *_, similarity, weight, _ in chosen if similarity >= EXACT])
    if exact < ENOUGH_EXACT:
        doubt = DOUBT * (ENOUGH_EXACT - exact)
        for x, (i, i_end, j, j_end, similarity, weight, how) in enumerate(chosen):
            if similarity < EXACT and how in DOUBTFUL:
                lower = max(0.0, similarity - doubt * (1.0 - similarity))
                sum_alike -= (similarity - lower) * weight
                chosen[x] = (i, i_end, j, j_end, lower, weight, how)
    missing_left = sum([left_weights[x] for x in over_left])
    missing_right = sum([right_weights[x] for x in over_right])
    rest: tuple[float, float] | None = None
    share = against = omitted = 0.0
    if len(over_left) + len(over_right) > 2 and over_left and over_right:
        similarity = _rest(left, right, over_left, over_right)
        if similarity:
            rest = (similarity, max(missing_left, missing_right))
            sum_weight += rest[1]
            sum_alike += rest[0] * rest[1]
            substance += 1
    if not rest and (missing_left or missing_right):
        against = missing_left if missing_left < missing_right else missing_right
        if against:
            against *= CONTRADICTION + CONTRADICTION_LONG * sum_weight
        rate = OMITTED if substance > 1 else OMITTED_SINGLE
        if substance > 1:
            rate += OMITTED_COMMON * max(0.0, ENOUGH - sum_weight)
            if person and not against and _patronymics(left, over_left) and _patronymics(right, over_right):
                rate *= PATRONYMIC
        omitted = abs(missing_left - missing_right) ** OMITTED_POWER * rate
        share = (against + omitted) / (missing_left + missing_right)
    total = sum_weight + against + omitted or 1.0
    score = round(min(1.0, sum_alike / total), 6) if substance else 0.0
    return Alignment(
        score, query, candidate, weights, chosen, over_left, over_right, share, total, substance, rest
    )


#: Endings of Russian and Ukrainian patronymics in Latin spellings.
_PATRONYMIC = re.compile("[a-z]{2,}(?:[oey]v[iy](?:ch|c|cz)|[oeiy]vn[ay]|ichna)")


def _patronymics(tokens: tuple[Token, ...], over: list[int]) -> bool:
    """Whether all of these words are patronymics."""
    return all(_PATRONYMIC.fullmatch(tokens[x].form) for x in over)


def _rest(
    left: tuple[Token, ...], right: tuple[Token, ...], over_left: list[int], over_right: list[int]
) -> float:
    """Similarity of the words that are over on both sides, each side as one string; 0 where it is none.

    Catches a space that moved (`TAMBOVSK YBAKERY`) or was lost together with a typing error.
    """
    ours = "".join([left[x].form for x in over_left])
    theirs = "".join([right[x].form for x in over_right])
    long = max(len(ours), len(theirs))
    if min(len(ours), len(theirs)) < REST_LETTERS or any(left[x].kind == NUMBER for x in over_left):
        return 0.0
    budget = 1 if long < 12 else 2
    edits = OSA.distance(ours, theirs, score_cutoff=budget)
    return GLUED - REST_EDIT * edits / long if edits <= budget else 0.0


def _several(
    query: NameForm,
    candidate: NameForm,
    left_weights: tuple[float, ...],
    right_weights: tuple[float, ...],
    edges: list[_Edge],
    person: bool,
    over_left: list[int],
    over_right: list[int],
) -> None:
    """Edges between groups of neighbouring words: spaces lost or added, phrases of one meaning, initials."""
    least = 2 if person else 3
    across = query.abjad != candidate.abjad
    for swap, one, many, over in (
        (False, query, candidate, over_left),
        (True, candidate, query, over_right),
    ):
        if len(many.tokens) < 2:
            continue
        for x in over:
            word = one.tokens[x]
            form = word.form
            if (word.kind != NAME or len(form) < 2) and not (many.phrases and word.kind == NUMBER):
                continue
            found: list[tuple[int, int, float, str]] = []
            if word.kind == NUMBER:
                pass
            elif across:
                found = _read_groups(word, many.tokens)
            elif form[0] in many.heads:
                found = _groups(word, many.tokens, least)
            for start, end, symbols in many.phrases:
                if end - start > 1 and not symbols.isdisjoint(word.symbols):
                    found.append((start, end, *_phrase(symbols & word.symbols)))
            for start, end, similarity, how in found:
                i, i_end, j, j_end = (start, end, x, x + 1) if swap else (x, x + 1, start, end)
                choose = min if how == "initials" else max
                weight = choose(sum(left_weights[i:i_end]), sum(right_weights[j:j_end]))
                edges.append(((-similarity * weight - 1e-6, 0, form), i, i_end, j, j_end, similarity, how))
    if query.phrases and candidate.phrases:
        for i, i_end, ours in query.phrases:
            for j, j_end, theirs in candidate.phrases:
                if not ours.isdisjoint(theirs):
                    similarity, how = _phrase(ours & theirs)
                    weight = max(sum(left_weights[i:i_end]), sum(right_weights[j:j_end]))
                    edges.append(((-similarity * weight - 1e-6, 0, ""), i, i_end, j, j_end, similarity, how))


def _read_groups(word: Token, tokens: tuple[Token, ...]) -> list[tuple[int, int, float, str]]:
    """Groups of neighbouring words that read as the one word, one side being in a vowelless script."""
    found: list[tuple[int, int, float, str]] = []
    for start in range(len(tokens) - 1):
        # A group reads as the word only where its first word may begin it.
        begins = tokens[start].skeleton
        if not word.skeleton or not begins:
            continue
        if not may_begin(*((word.skeleton, begins) if word.script == ABJAD else (begins, word.skeleton))):
            continue
        for end in range(start + 2, min(start + 4, len(tokens)) + 1):
            text = skeleton("".join([each.form for each in tokens[start:end]]), word.script == ABJAD)
            written, read = (word.skeleton, text) if word.script == ABJAD else (text, word.skeleton)
            if len(read) > 4 and reads_as(written, read):
                found.append((start, end, READ_GROUP, "same consonants, spaces differ"))
    return found


def _phrase(shared: frozenset[str]) -> tuple[float, str]:
    if any(symbol.startswith(("NAME:", "NUM:")) for symbol in shared):
        return PHRASE, "same name, other form"
    return PHRASE_OF_TRADE, "same meaning"


def _groups(word: Token, tokens: tuple[Token, ...], least: int) -> list[tuple[int, int, float, str]]:
    """Groups of neighbouring words that make one word: glued, or by the first letters of `least` words."""
    found: list[tuple[int, int, float, str]] = []
    form = word.form
    size = len(form)
    for start in range(len(tokens) - 1):
        text = tokens[start].form
        if text[0] != form[0]:
            continue
        letters = text[0]
        size_least = len(text)
        for end in range(start + 1, min(start + 5, len(tokens))):
            text += tokens[end].form
            letters += tokens[end].form[0]
            size_least = min(size_least, len(tokens[end].form))
            if (
                letters == form
                and size >= least
                and len(text) > size
                and not any(t.form == form for t in tokens)
            ):
                found.append((start, end + 1, INITIALS, "initials"))
            if text == form:
                found.append((start, end + 1, GLUED, "spaces differ"))
            elif size > 5 and size_least > 1 and abs(len(text) - size) <= 2:
                edits = OSA.distance(text, form, score_cutoff=2)
                if edits <= (1 if size < GLUED_TWO else 2):
                    close = GLUED_CLOSE if edits == 1 else GLUED_TWO_EDITS
                    found.append((start, end + 1, close, "spaces differ, close spelling"))
            if len(text) > size + 1 and len(letters) >= size:
                break
    return found
