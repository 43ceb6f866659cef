"""Refreshing lists from a server of our own, and from a mirror's folder."""

import json
from datetime import UTC, datetime

import pytest

from audit.record import SYSTEM
from core.errors import InvalidInput
from core.scope import STAFF, acting_in
from kyc.lists import fetch, store
from kyc.models import ListDownload, ListVersion
from tests.kyc.commands.lists import KONRAD, OSTAP, lines, run
from tests.kyc.lists.written import ADD, ALT, END, SDN
from tests.publisher import UN, publishing

pytestmark = pytest.mark.django_db
SDN_FILES = {"SDN.CSV": SDN + END, "ADD.CSV": ADD + END, "ALT.CSV": ALT + END, "SDN_COMMENTS.CSV": END}


@pytest.fixture
def publisher():
    with publishing() as server:
        yield server


@pytest.fixture
def waited():
    return []


@pytest.fixture
def refresh(publisher, waited):
    def call(source, **options):
        options = {"mirror": publisher.url, "by": SYSTEM, "wait": waited.append, **options}
        with acting_in(STAFF):
            return fetch.refresh(source, **options)

    return call


def test_a_list_is_downloaded_once_and_then_asked_for_by_its_state(publisher, refresh):
    publisher.serve("un_sc", {"consolidated.xml": UN})
    first = refresh("un_sc")
    assert (first.state, first.result.entities) == ("in_force", 1)
    assert refresh("un_sc").state == "unchanged"
    assert publisher.log == [200, 304]
    with acting_in(STAFF):
        assert ListDownload.objects.get().source == "un_sc"
        assert ListVersion.objects.count() == 1


def test_a_list_of_several_files_is_taken_whole_when_one_changed(publisher, refresh):
    publisher.serve("us_ofac_sdn", SDN_FILES)
    assert refresh("us_ofac_sdn").result.entities == 3
    changed = ALT.replace("TWT", "TWTX")
    publisher.serve("us_ofac_sdn", {**SDN_FILES, "ALT.CSV": changed + END})
    publisher.log.clear()
    second = refresh("us_ofac_sdn")
    assert (second.state, second.result.changed, second.result.removed) == ("in_force", 1, 0)
    assert sorted(publisher.log) == [200, 200, 200, 200, 304, 304, 304]


def test_a_download_that_is_cut_off_every_time_is_refused(publisher, refresh, waited):
    publisher.serve("un_sc", {"consolidated.xml": UN})
    refresh("un_sc")
    publisher.serve("un_sc", {"consolidated.xml": UN.replace("OSTAP", "OSTAPP")})
    publisher.faults = ["cut"] * 9
    refused = refresh("un_sc")
    assert refused.state == "failed"
    assert "without sending complete message body" in refused.error
    assert waited == list(fetch.BACK_OFF)
    with acting_in(STAFF):
        assert [entry.caption for entry in store.entries_in_force()] == ["OSTAP VERKHOVYNA"]
    publisher.faults = []
    assert refresh("un_sc").state == "in_force"


def test_a_busy_server_is_asked_again(publisher, refresh, waited):
    publisher.serve("un_sc", {"consolidated.xml": UN})
    publisher.faults = ["busy", "cut", "busy"]
    assert refresh("un_sc").state == "in_force"
    assert waited == list(fetch.BACK_OFF)


def test_a_file_that_is_no_list_is_refused_and_asked_for_again(publisher, refresh):
    publisher.serve("un_sc", {"consolidated.xml": "<html>down for maintenance</html>"})
    assert refresh("un_sc").error.startswith("refused: ")
    assert refresh("un_sc").state == "failed"
    assert publisher.log == [200, 200]


def test_an_answer_larger_than_the_limit_is_refused(publisher, refresh, monkeypatch):
    publisher.serve("un_sc", {"consolidated.xml": UN})
    monkeypatch.setattr(fetch, "MAX_FILE", 100)
    assert "larger than 100 bytes" in refresh("un_sc").error


def test_a_server_without_etags_is_asked_by_the_files_date(publisher, refresh):
    publisher.serve("un_sc", {"consolidated.xml": UN})
    publisher.etags, publisher.changed_at = False, datetime(2026, 2, 1, 6, tzinfo=UTC)
    assert refresh("un_sc").state == "in_force"
    assert refresh("un_sc").state == "unchanged"
    assert publisher.log == [200, 304]
    with acting_in(STAFF):
        assert ListVersion.objects.get().published_at == publisher.changed_at


def test_a_date_to_come_is_no_date_of_publication(publisher, refresh):
    publisher.serve("un_sc", {"consolidated.xml": UN})
    publisher.changed_at = datetime(2199, 2, 1, 6, tzinfo=UTC)
    refresh("un_sc")
    with acting_in(STAFF):
        assert ListVersion.objects.get().published_at is None


def test_an_absent_file_fails_at_once(publisher, refresh, waited):
    assert "answer 404" in refresh("un_sc").error
    assert waited == []


def test_a_redirect_to_a_host_that_nobody_configured_is_not_followed(publisher, refresh):
    publisher.redirect = "http://169.254.169.254/latest/meta-data"
    answer = refresh("un_sc")
    assert "169.254.169.254 is no configured host" in answer.error
    assert publisher.log == [302]


def test_the_mirror_of_an_unencrypted_host_elsewhere_is_refused(refresh):
    assert "fetched over https" in refresh("un_sc", mirror="http://lists.example").error


def test_a_list_that_comes_only_as_a_document_says_so(refresh):
    with pytest.raises(InvalidInput, match="import_list"):
        refresh("au_dfat")


def test_a_folder_is_a_mirror_too(tmp_path, settings):
    settings.LOCKGATE_LIST_MIRROR = str(tmp_path)
    lines(tmp_path / "ftm.json", OSTAP)
    (tmp_path / "un_sc").mkdir()
    (tmp_path / "un_sc" / "un.xml").write_text(UN)
    first, code, _ = run("refresh_lists")
    assert code == 0
    assert {line["source"]: line["state"] for line in first} == {"un_sc": "in_force", "ftm": "in_force"}
    lines(tmp_path / "ftm.json", OSTAP, KONRAD)
    second, _, _ = run("refresh_lists")
    assert {line["source"]: line["state"] for line in second} == {"un_sc": "unchanged", "ftm": "in_force"}
    missing, code, _ = run("refresh_lists", "us_csl")
    assert (missing[0]["state"], code) == ("failed", 1)
    assert json.dumps(missing[0]["error"])


def test_an_unknown_source_is_bad_input(capsys):
    _, code, _ = run("refresh_lists", "mars")
    assert code == 2
    assert "source: mars is none of" in capsys.readouterr().err
