"""Lists: fresh or not, how far an import got, and two people for a version that shrank."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import Event
from audit.record import SYSTEM
from console.operator import uploads
from core.numbers import next_number
from core.scope import STAFF, acting_in
from kyc import tasks
from kyc.lists import service
from kyc.models import ListLook, ListVersion
from tests import builders
from tests.console.operator.story import read, words
from tests.kyc.onboarding.test_path import SOMEBODY, a_list

pytestmark = pytest.mark.django_db


def many(tmp_path, count, name):
    entries = [(str(n), f"Invented Person {n:03d}", "Person", {}) for n in range(count)]
    return a_list(tmp_path, *entries, name=name)


@pytest.fixture
def held(tmp_path):
    with acting_in(STAFF):
        service.import_version(source="ftm", path=many(tmp_path, 200, "a.json"), by=SYSTEM)
        result = service.import_version(source="ftm", path=many(tmp_path, 20, "b.json"), by=SYSTEM)
        assert result.state == "held"
        return ListVersion.objects.get(number=result.version)


def test_no_list_says_what_to_do_next(reviewer):
    text = words(read(reviewer, "/lists/"))
    assert "No list is imported." in text
    assert "Nobody can be screened until one is." in text


def test_a_version_in_force_is_fresh(reviewer, tmp_path):
    with acting_in(STAFF):
        service.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY), by=SYSTEM)
    text = words(read(reviewer, "/lists/"))
    assert "1 list is fresh" in text
    assert "In force" in text


def test_an_import_that_runs_shows_how_far_it_is_and_asks_again(reviewer):
    with acting_in(STAFF):
        ListVersion.objects.create(
            number=next_number("list_version"),
            source="ftm",
            as_of=timezone.now().date(),
            stage="reading",
            done=4000,
            imported_by="x",
            imported_at=timezone.now(),
        )
    page = read(reviewer, "/lists/")
    assert page.xpath("//div[@id='live']/@hx-trigger") == ["every 1s"]
    assert "4,000 entries" in words(page)


def test_a_held_version_takes_two_approvers(approver, sign_in, held):
    with acting_in(STAFF):
        halloway = builders.halloway()
    path, reason = f"/lists/versions/{held.pk}/approve/", {"reason": "The publisher removed a programme."}
    approver.post(path, reason)
    again = approver.post(path, reason, follow=True)
    assert "Refused and recorded: the second person must not be the first." in again.content.decode()
    page = read(approver, "/lists/")
    assert "the second person must not be the first" in page.xpath("//button[@disabled]")[0].text_content()
    sign_in(halloway).post(path, reason)
    with acting_in(STAFF):
        assert ListVersion.objects.get(pk=held.pk).state == ListVersion.State.IN_FORCE


def test_one_approver_rejects_a_held_version(approver, reviewer, held):
    assert "Held because 90% of the entries in force are missing from it" in words(read(approver, "/lists/"))
    path = f"/lists/versions/{held.pk}/reject/"
    assert reviewer.post(path, {"reason": "no"}).status_code == 403
    assert "Rejected" in approver.post(path, {"reason": "Half a file."}, follow=True).content.decode()
    text = words(read(approver, "/lists/"))
    assert "The newest version was rejected: Half a file. The version of" in text
    assert "Held versions" not in text


def test_who_may_not_decide_on_held_versions_is_offered_neither(reviewer, held):
    page = read(reviewer, "/lists/")
    assert [b.text_content() for b in page.xpath("//div[@class='held']//button")] == [
        "Propose it, an approver must"
    ]
    assert page.xpath("//dialog[starts-with(@id, 'reject')]") == []


def test_a_look_is_asked_for_and_shows_while_it_runs(reviewer, approver, settings, monkeypatch):
    sent = []
    monkeypatch.setattr(uploads.current_app, "send_task", lambda name, **told: sent.append(name))
    assert read(reviewer, "/lists/").xpath("//form[contains(@action, '/look/')]") == []
    settings.LOCKGATE_LISTS = "un_sc"
    assert read(approver, "/lists/").xpath("//form[contains(@action, '/look/')]") == []
    assert approver.post("/lists/un_sc/look/").status_code == 403
    page = read(reviewer, "/lists/")
    assert "1 is looked for by itself" in words(page)
    (button,) = page.xpath("//form[@action='/lists/un_sc/look/']/button")
    assert button.get("aria-label") == "Look for a new version of UN"
    assert reviewer.get("/lists/un_sc/look/").status_code == 405
    reviewer.post("/lists/un_sc/look/")
    text = words(read(reviewer, "/lists/"))
    assert "Looking for UN" in text and "waits for a worker" in text
    with acting_in(STAFF):
        assert Event.objects.get(verb="list.look_asked").actor_kind == "person"
        row = ListLook.objects.get()
        row.began_at, row.stage, row.done = timezone.now(), "downloading", 3_400_000
        row.save()
    page = read(reviewer, "/lists/")
    assert page.xpath("//div[@id='live']/@hx-trigger") == ["every 1s"]
    assert "3.2\xa0MB" in words(page).replace("3.2 MB", "3.2\xa0MB")


def test_a_list_that_cannot_be_had_or_is_too_old_says_so(reviewer, settings, tmp_path):
    settings.LOCKGATE_LISTS = "ftm,eu_fsf"
    now = timezone.now()
    with acting_in(STAFF):
        service.import_version(source="ftm", path=a_list(tmp_path, SOMEBODY), by=SYSTEM)
        look = ListLook.objects.create(source="ftm", failing_since=now, error="answer 503", failures=2)
    text = words(read(reviewer, "/lists/"))
    assert "Not reached since today" in text and "answer 503. The version of" in text
    assert "No version is in force: no grant is issued or renewed." in text  # the EU's, switched on
    with acting_in(STAFF):
        ListVersion.objects.update(in_force_at=now - timedelta(days=3))
        text = words(read(reviewer, "/lists/"))
        assert "Too old: no grant is issued or renewed. Not reached since today" in text
        look.failing_since, look.confirmed_at = None, now
        look.save()
    text = words(read(reviewer, "/lists/"))
    assert "1 of 2 lists are fresh" in text and "Too old" not in text


def test_an_upload_is_handed_to_a_worker_and_imported(reviewer, tmp_path, settings, monkeypatch):
    settings.LOCAL_DIR = tmp_path
    sent = {}
    monkeypatch.setattr(uploads.current_app, "send_task", lambda name, **told: sent.update(told, name=name))
    file = SimpleUploadedFile("list.json", a_list(tmp_path, SOMEBODY).read_bytes())
    answer = reviewer.post("/lists/import/", {"source": "ftm", "file": file})
    assert answer.status_code == 303
    assert sent["name"] == "kyc.tasks.import_list"
    with acting_in(STAFF):
        assert tasks.import_list.run(**sent["kwargs"]) == "in_force"
    assert list(uploads.folder().iterdir()) == []
    assert tasks.import_list.run(**sent["kwargs"]) == "gone"  # a message that comes twice does nothing twice


def test_a_file_of_no_known_layout_is_refused_at_once(reviewer, tmp_path, settings):
    settings.LOCAL_DIR = tmp_path
    file = SimpleUploadedFile("list.bin", b"\x00\x01nothing")
    answer = reviewer.post("/lists/import/", {"source": "ftm", "file": file})
    assert answer.status_code == 422
    assert list(uploads.folder().iterdir()) == []


def test_a_path_stays_below_the_folder_to_import_from(reviewer, tmp_path, settings):
    settings.LOCKGATE_LIST_MIRROR = str(tmp_path / "mirror")
    (tmp_path / "mirror").mkdir()
    a_list(tmp_path, SOMEBODY, name="outside.json")
    answer = reviewer.post("/lists/import/", {"source": "ftm", "path": "../outside.json"})
    assert answer.status_code == 422
    assert "No such file in the folder to import from." in answer.content.decode()


def test_who_may_not_import_is_not_offered_it(approver, held):
    page = read(approver, "/lists/")
    assert page.xpath("//a[@href='/lists/import/']") == []
    assert approver.get("/lists/import/").status_code == 403
