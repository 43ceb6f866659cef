"""Words: spellings that are one, scripts read as Latin, and the search for words within a few edits."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, Levenshtein

from kyc.screening.alike import alike
from kyc.screening.index import Snapshot
from kyc.screening.latin import family_and_given, latin
from kyc.screening.legal_words import is_legal_word, unglued
from kyc.screening.names import FRAME, LATIN, NAME, analyse, token
from kyc.screening.spelling import reads_as, skeleton
from kyc.screening.vocabulary import Vocabulary, budget, build
from tests.kyc.screening.people import company, person

letters = st.text("abcdeilmnorstuvz", min_size=4, max_size=14)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("yuriy", "iurii"),
        ("mohammed", "muhammid"),
        ("velidranov", "velidranoff"),
        ("yekaterina", "ekaterina"),
        ("hussein", "husein"),
        ("nooristani", "nuristani"),
        ("sech1n", "sechin"),
        ("abdullah", "abdulla"),
    ],
)
def test_spellings_of_one_word_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("jamal", "kamal"), ("juma", "uma"), ("hasan", "husan"), ("salim", "selma")]
)
def test_different_words_keep_different_skeletons(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize(
    ("arabic", "spelled"), [("نشوان", "nashwan"), ("رحمن", "rahman"), ("مزاحم", "muzahim"), ("لطيف", "latif")]
)
def test_arabic_letters_read_as_latin_spellings(arabic: str, spelled: str) -> None:
    assert reads_as(skeleton(latin(arabic), silent=False), skeleton(spelled))


def test_a_written_long_vowel_must_be_spoken() -> None:
    assert not reads_as(skeleton(latin("حسني"), silent=False), skeleton("hussein"))


def test_a_name_in_han_is_cut_into_family_and_given_name() -> None:
    assert family_and_given("李文昭") == ["李", "文昭"]
    assert family_and_given("Li") == ["Li"]


def test_typing_errors_in_legal_forms_stay_frame() -> None:
    assert is_legal_word("limted")
    assert not is_legal_word("company")
    assert unglued("financelimited") == ["finance", "limited"]
    name = analyse(company("a", "LIMITED LIABILITY COMANY HYPERSPACE")).names[0]
    assert [each.form for each in name.tokens if not each.frame] == ["hyperspace"]


def test_abdul_is_one_name_however_it_is_written() -> None:
    forms = {
        tuple(token.form for token in analyse(person("a", name)).names[0].tokens)
        for name in ("Abdul Rahman", "Abd al-Rahman", "Abdelrahman", "Abdul-Rahman")
    }
    assert forms == {("abd", "al", "rahman")}


@settings(max_examples=100)
@given(letters, letters)
def test_similarity_of_words_is_symmetric_and_bounded(a: str, b: str) -> None:
    one, other = (token(form, NAME, frozenset(), "", LATIN) for form in (a, b))
    there, back = alike(one, other), alike(other, one)
    assert there == back
    assert 0.0 <= there[0] <= 1.0
    assert alike(one, one)[0] == 1.0


@settings(max_examples=100)
@given(st.lists(letters, min_size=1, max_size=30, unique=True), letters, st.data())
def test_every_word_within_the_edits_is_found(words: list[str], asked: str, data: st.DataObject) -> None:
    # A neighbour of one of the words, made by up to its budget of edits, must find that word.
    near = data.draw(st.sampled_from(words))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(near)))
        kind = data.draw(st.sampled_from(["insert", "delete", "replace", "swap"]))
        if kind == "insert":
            near = near[:at] + "q" + near[at:]
        elif kind == "delete":
            near = near[:at] + near[at + 1 :]
        elif kind == "replace":
            near = near[:at] + "w" + near[at + 1 :]
        else:
            near = near[:at] + near[at + 1 : at + 2] + near[at : at + 1] + near[at + 2 :]
    vocabulary = Vocabulary(build({word: x for x, word in enumerate(words)}, {}, []))
    for question in {asked, near} - {""}:
        [(numbers, _)] = vocabulary.resembling([token(question, NAME, frozenset(), "", LATIN)])
        found = {words[x] for x in numbers.tolist()}
        within = {w for w in words if Levenshtein.distance(w, question) <= budget(max(len(w), len(question)))}
        swapped = {w for w in words if OSA.distance(w, question) == 1 and len(question) >= 4}
        assert within | swapped <= found


def test_an_empty_index_answers_nothing() -> None:
    snapshot = Snapshot.build([])
    assert snapshot.search(analyse(person("a", "Viktor Orlinsky"))) == []
    assert len(snapshot) == 0


@pytest.mark.parametrize(
    ("name", "kind", "substance"),
    [
        ("JOINT STCOK COMPANY VELDMARIN", "Company", ["veldmarin"]),
        ("Ltd.Veldmarin", "Company", ["veldmarin"]),
        ("LOS VELDMARINOS", "Company", ["los", "veldmarinos"]),
        ("Kim Jong Un", "Person", ["kim", "jong", "un"]),
        ("\uae40\uc815\uc740", "Person", ["gim", "jeongeun"]),
        ("ABUDL Veldmarin", "Person", ["abd", "veldmarin"]),
    ],
)
def test_words_of_substance(name: str, kind: str, substance: list[str]) -> None:
    found = analyse({"schema": kind, "properties": {"name": [name]}}).names[0]
    assert [each.form for each in found.tokens if each.kind not in FRAME] == substance
