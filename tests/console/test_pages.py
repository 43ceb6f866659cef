"""Every page renders from its sample, and holds to the rules that all pages share."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from lxml import html

from tests.console.preview import PAGES

pytestmark = pytest.mark.usefixtures("preview")


def _page(name: str) -> html.HtmlElement:
    answer = Client().get(f"/preview/{name}/")
    assert answer.status_code == 200
    return html.document_fromstring(answer.content)


@pytest.mark.parametrize("name", PAGES)
def test_page_holds_nothing_inline(name: str) -> None:
    page = _page(name)
    assert page.xpath("//style") == []
    assert page.xpath("//*[@style]") == []
    assert [s for s in page.xpath("//script") if not s.get("src")] == []
    handlers = [a for e in page.iter() for a in e.attrib if isinstance(a, str) and re.match(r"on[a-z]+$", a)]
    assert handlers == []
    assert [a for a in page.xpath("//@href | //@src") if a.startswith(("javascript:", "http://", "//"))] == []


@pytest.mark.parametrize("name", PAGES)
def test_page_has_one_title_labels_and_unique_ids(name: str) -> None:
    page = _page(name)
    assert len(page.xpath("//h1")) == 1
    ids = Counter(page.xpath("//@id"))
    assert [one for one, count in ids.items() if count > 1] == []
    fields = page.xpath("//input[not(@type='hidden')] | //select | //textarea")
    labelled = set(page.xpath("//label/@for"))
    assert [f.get("name") for f in fields if f.get("id") not in labelled] == []
    described = {one for value in page.xpath("//@aria-describedby") for one in value.split()}
    assert described <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_forms_that_change_something_carry_a_token(name: str) -> None:
    forms = _page(name).xpath("//form[@method='post']")
    assert [f.get("action") for f in forms if not f.xpath(".//input[@name='csrfmiddlewaretoken']")] == []


def test_no_text_is_left_out_of_translation() -> None:
    """A template's own words stand in gettext's tags; what stands outside is signs and units."""
    loose = []
    for path in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        text = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}", "", path.read_text(), flags=re.S)
        text = re.sub(r"{% block body_class %}.*?{% endblock %}", "", text)
        text = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " ", text, flags=re.S)
        # A tag's own attributes may hold ">" only in quotes.
        text = re.sub(r"""<(?:"[^"]*"|'[^']*'|[^>"'])*>""", "|", text)
        for words in re.findall(r"[A-Za-z][A-Za-z ]{3,}", text):
            if words.strip() not in {"Lockgate", "python", "audit"}:
                loose.append((path.name, words))
    assert loose == []


def test_alert_offers_three_equal_decisions_with_their_keys() -> None:
    buttons = _page("alert").xpath("//form[@data-decision]//button")
    assert [(b.get("value"), b.get("data-key")) for b in buttons] == [
        ("false_positive", "c"),
        ("true_match", "t"),
        ("inconclusive", "e"),
    ]
    assert {b.get("class") for b in buttons} == {"btn"}


def test_approval_that_waits_is_shut_and_says_why() -> None:
    button = _page("request").xpath("//button[@disabled]")[0]
    assert "waits for 2 answers" in button.text_content()
    assert _page("request").xpath("//dialog[@id='approve']") == []


def test_grant_is_revoked_by_a_button_that_names_the_effect() -> None:
    dialog = _page("grant").xpath("//dialog[@id='revoke']")[0]
    assert dialog.xpath(".//form/@action") == ["/grants/G-7702/revoke/"]
    assert dialog.xpath(".//button[@type='submit']")[0].text == "Revoke 1 grant, stop 2 jobs"
    assert dialog.xpath(".//input[@name='reason']/@required") != []


def test_empty_home_says_what_to_do_next() -> None:
    text = _page("home_empty").text_content()
    assert "Nothing is yours, nothing is late, no list is imported" in text
    assert "No list is imported." in text
    assert "Import a list" in text


def test_error_beside_a_field_keeps_the_old_value() -> None:
    page = _page("portal_application")
    assert page.xpath("//input[@name='share']/@aria-invalid") == ["true"]
    assert page.xpath("//button[@data-restore]/@data-value") == ["25"]
