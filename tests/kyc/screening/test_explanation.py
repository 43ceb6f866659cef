"""The explanation adds up, and says it in sentences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyc.screening.explain import explanation, result, sentences
from kyc.screening.names import analyse
from kyc.screening.score import score
from tests.kyc.screening.people import ENTRIES, LISTED, VELIDRANOV, company, person

WORDS = [
    "Viktor",
    "Viktoria",
    "Orlinsky",
    "Орлинский",
    "al",
    "J",
    "Trading",
    "LLC",
    "GmbH",
    "Mohammad",
    "محمد",
    "7",
]
names = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
dates = st.sampled_from([[], ["1971"], ["1971-03-14"], ["1971-14-03"], ["1949-03-02"], ["circa 1970"]])
countries = st.sampled_from([[], ["ru"], ["kz"], ["ru", "kz"]])
numbers = st.sampled_from([[], ["N12344417"], ["AB998877"]])


@st.composite
def parties(draw: st.DrawFn) -> dict:
    make = draw(st.sampled_from([person, company]))
    return make(
        draw(st.sampled_from(["x", "y"])),
        draw(names),
        birthDate=draw(dates),
        country=draw(countries),
        idNumber=draw(numbers),
        weakAlias=draw(st.lists(names, max_size=1)),
    )


@settings(max_examples=150)
@given(parties(), parties())
def test_features_add_up_and_scores_are_symmetric(a: dict, b: dict) -> None:
    there, back = score(analyse(a), analyse(b)), score(analyse(b), analyse(a))
    assert 0.0 <= there.score <= 1.0
    assert there.score == pytest.approx(sum(f.score * f.weight for f in there.features), abs=2e-6)
    assert there.name_score == pytest.approx(
        sum(p.similarity * p.weight for p in there.names.pairs), abs=1e-6
    )
    assert there.score == pytest.approx(back.score, abs=1e-9)
    lines = explanation(there)
    assert round(there.score, 4) == pytest.approx(sum(x["score"] * x["weight"] for x in lines), abs=0.001)


@settings(max_examples=50)
@given(parties())
def test_a_party_matches_itself(a: dict) -> None:
    found = score(analyse(a), analyse(a))
    assert found.score >= 0.79 or found.name_score == 0.0


def test_result_has_the_fields_of_the_contract() -> None:
    found = result(score(analyse(VELIDRANOV), analyse(LISTED)), 0.7)
    assert list(found) == ["id", "schema", "caption", "score", "match", "datasets", "explanation"]
    assert {"feature", "score", "weight", "query", "candidate", "detail"} <= set(found["explanation"][0])
    assert found["match"] is True


def test_sentences_name_what_speaks_against() -> None:
    said = sentences(score(analyse(VELIDRANOV), analyse(LISTED)))
    assert any("birth place differs" in sentence for sentence in said)
    assert any("birth date agrees in the year" in sentence for sentence in said)
    assert all(sentence.endswith(".") for sentence in said)


def test_every_pair_of_the_invented_list_has_sentences() -> None:
    for a in ENTRIES:
        for b in ENTRIES[:4]:
            assert sentences(score(analyse(a), analyse(b)))


def test_sentences_name_countries_and_not_their_codes() -> None:
    ours = company("a", "Wyrnholt Maschinenbau", jurisdiction="at")
    theirs = company("b", "Wyrnholt Maschinenbau", jurisdiction=["de", "xk"])
    told = sentences(score(analyse(ours), analyse(theirs)))
    assert "The country differs: Austria against Germany, Kosovo." in told
