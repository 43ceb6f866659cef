"""Every right has words, and a refusal says them instead of its name."""

from __future__ import annotations

import pytest

from accounts import access
from accounts.roles import LABELS, Act, lacking, lacks
from core.errors import NotAllowed
from core.scope import STAFF, acting_in
from tests import builders


def test_every_right_has_words_of_its_own():
    assert set(LABELS) == set(Act)
    assert len(set(LABELS.values())) == len(Act)
    assert not [words for words in LABELS.values() if ":" in words or words != words.strip()]


def test_a_refusal_reads_as_a_sentence():
    assert lacks(Act.DECIDE_ALERTS) == "This needs the right to decide alerts."
    assert lacking(Act.SEE_LOG, Act.EXPORT_LOG) == "this needs the right to see the log or to export the log"


@pytest.mark.django_db
def test_who_is_refused_reads_no_name_of_a_right():
    with acting_in(STAFF), pytest.raises(NotAllowed) as refused:
        access.require(builders.renwick(), Act.IMPORT_LISTS)
    assert str(refused.value) == "This needs the right to import lists."
