"""How alike two words are, and why."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from kyc.screening.names import ABJAD, EAST_ASIAN, LEGAL, NAME, NUMBER, Token
from kyc.screening.spelling import reads_as, syllables

#: Alike by meaning: name variants across scripts and spellings, legal forms, numbers and other words.
SAME_NAME = 0.93
#: Short names share a meaning by chance (syllables that write many characters).
SHORT, SAME_NAME_SHORT, SAME_NAME_EAST = 5, 0.64, 0.56
NICKNAME = 0.80
SAME_MEANING = 0.60
SAME_LEGAL = 0.97
CLOSE_LEGAL = 0.85
#: One skeleton, by its length: two letters, three, more.
SAME_SPELLING = (0.0, 0.0, 0.60, 0.80, 0.94)
SAME_SOUND, LEAST_SOUND = 0.72, 0.62
INITIAL = 0.66
#: A vowelless script read as a Latin spelling, by the number of consonants.
READ_AS = (0.55, 0.66, 0.75, 0.88)
READ_CLOSE = 0.62
#: Words that differ are never as good as equal: a slip in one of two words stays below what acts by itself.
CLOSE_MOST = 0.88
#: What one edit costs, as a share of the word; more than one cost more each.
EDIT = 0.65
EDITS_MORE = 0.10
#: An edit between skeletons counts this much less than one between spellings.
SKELETON_LOSS, SKELETON_LETTERS = 0.16, 4
#: What an unlikely slip of the pen costs, and what share of the loss a likely one is spared.
BOTH_SEEN, NOT_SEEN, LEAST_BOTH_SEEN = 0.24, 0.33, 0.55
#: Below this a pair is no pair.
LEAST_ALIKE = 0.42
#: Shortest word, in letters, that may differ by one, two and three edits.
ONE, TWO, THREE = 4, 7, 12
#: The same where a slip of the pen is likely: these words do not find each other, but others of a name do.
ONE_LIKELY, TWO_LIKELY = 3, 6
#: Transliterated syllables are exact: one edit against a Latin spelling, from this many letters.
EAST_ASIAN_EDIT = 6
#: A name written in syllables and its Latin spelling, where both leave the same when syllables cannot tell.
SAME_SYLLABLES = 0.76


def alike(a: Token, b: Token, slip: int = 0) -> tuple[float, str]:
    """Similarity of two words, 0..1, with the reason in words; (0, "") where they are no pair. Symmetric.

    `slip`: how likely words that differ by a few letters are one (`Weights.slip`).
    """
    if a.form == b.form:
        return 1.0, "equal"
    if a.kind == NUMBER or b.kind == NUMBER:
        return (1.0, "same number") if a.symbols & b.symbols else (0.0, "")
    if a.kind == LEGAL or b.kind == LEGAL:
        if a.kind == b.kind:
            return (SAME_LEGAL, "same legal form") if a.symbols & b.symbols else (0.0, "")
        slip = min(len(a.form), len(b.form)) > 2 and OSA.distance(a.form, b.form, score_cutoff=1) == 1
        return (CLOSE_LEGAL, "close to a legal form") if slip else (0.0, "")
    if not a.symbols.isdisjoint(b.symbols):
        return _same_meaning(a, b, a.symbols & b.symbols)
    if len(a.form) == 1 or len(b.form) == 1:
        if a.form[0] == b.form[0] and a.kind == NAME and b.kind == NAME:
            return INITIAL, "initial"
        return 0.0, ""
    if ABJAD in (a.script, b.script):
        return _by_consonants(a, b)
    if EAST_ASIAN in (a.script, b.script):
        close = a.script != b.script and min(len(a.form), len(b.form)) >= EAST_ASIAN_EDIT
        similarity = _edits(a.form, b.form, 1) if close else 0.0
        if close and similarity < SAME_SYLLABLES and syllables(a.form) == syllables(b.form):
            return SAME_SYLLABLES, "same syllables"
    elif a.skeleton == b.skeleton:
        similarity = SAME_SPELLING[min(4, len(a.skeleton))]
        return (similarity, "other spelling") if similarity else (0.0, "")
    else:
        similarity = _edits(a.form, b.form, likely=slip > 0)
        if min(len(a.skeleton), len(b.skeleton)) > SKELETON_LETTERS:
            similarity = max(similarity, _edits(a.skeleton, b.skeleton) - SKELETON_LOSS)
        if len(a.sound) > 2 and a.sound == b.sound and similarity < SAME_SOUND:
            near = OSA.normalized_similarity(a.form, b.form) >= LEAST_SOUND
            similarity = SAME_SOUND if near else similarity
        if similarity and slip < 0:
            similarity = similarity - BOTH_SEEN if similarity >= LEAST_BOTH_SEEN else 0.0
        elif slip > 0 and similarity:
            similarity += NOT_SEEN * (1.0 - similarity)
    if similarity < LEAST_ALIKE:
        return 0.0, ""
    return min(similarity, CLOSE_MOST), "close spelling"


def _same_meaning(a: Token, b: Token, shared: frozenset[str]) -> tuple[float, str]:
    spelled = SAME_SPELLING[min(4, len(a.skeleton))] if a.skeleton == b.skeleton else 0.0
    if any(symbol.startswith("NAME:") for symbol in shared):
        if max(len(a.form), len(b.form)) > SHORT or ABJAD in (a.script, b.script):
            return SAME_NAME, "same name, other form"
        short = SAME_NAME_EAST if EAST_ASIAN in (a.script, b.script) else SAME_NAME_SHORT
        return max(short, spelled), "same name, other form"
    if any(symbol.startswith("NICK:") for symbol in shared):
        return max(NICKNAME, spelled), "nickname"
    if spelled > SAME_MEANING:
        return spelled, "other spelling"
    return SAME_MEANING, "same meaning"


def _edits(a: str, b: str, most: int = 3, likely: bool = False) -> float:
    """Similarity by edits (optimal string alignment), 0 where there are too many for the length."""
    long = max(len(a), len(b))
    one, two = (ONE_LIKELY, TWO_LIKELY) if likely else (ONE, TWO)
    budget = min(most, 3 if long >= THREE else 2 if long >= two else 1 if long >= one else 0)
    if not budget or abs(len(a) - len(b)) > budget:
        return 0.0
    edits = OSA.distance(a, b, score_cutoff=budget)
    if edits > budget:
        return 0.0
    return 1.0 - (EDIT + EDITS_MORE * (edits - 1)) * edits / long


def _by_consonants(a: Token, b: Token) -> tuple[float, str]:
    """Where one word comes from a script that writes few vowels."""
    if a.script != b.script:
        written, read = (a, b) if a.script == ABJAD else (b, a)
        if len(written.skeleton) > 1 and len(read.skeleton) > 2 and reads_as(written.skeleton, read.skeleton):
            return READ_AS[min(3, len(written.bones))], "same consonants"
        close = len(written.bones) > 3 and written.bones == read.bones
        return (READ_CLOSE, "close consonants") if close else (0.0, "")
    similarity = _edits(a.form, b.form, 1)
    return (similarity, "close spelling") if similarity >= LEAST_ALIKE else (0.0, "")
