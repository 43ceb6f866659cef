"""Exports of an examiner, and bundles that are sent in to be verified."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from lxml import html

from accounts import disclosure
from accounts.models import Organisation
from accounts.roles import Kind, Role
from audit import export as exports
from audit.models import Event, Export
from audit.proof.archive import pack
from audit.proof.bundle import EVENTS, MANIFEST, MANIFEST_TYPE, SIGNATURE, describe
from audit.proof.dsse import sign_envelope
from audit.proof.leaf import canonical_json
from audit.record import SYSTEM, record
from audit.signer import sign, verifier_key
from audit.verbs import Verb
from core.scope import staff_transaction
from tests import builders
from tests.audit.proof.builders import flipped
from tests.console.operator.story import read
from tests.console.spaced import words

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def office(settings, tmp_path):
    """An office that may read Singapore, where five things happened."""
    settings.LOCAL_DIR = tmp_path
    with staff_transaction():
        tenant, approver = builders.a_tenant(), builders.renwick()
        for _ in range(5):
            record(Verb.TENANT_RATED, [tenant], by=SYSTEM, payload={"level": "low"})
        found = Organisation.objects.create(
            kind=Kind.REGULATOR, name="Compute Oversight Office", country="SG"
        )
        disclosure.grant(
            recipient=found,
            scope="jurisdiction:SG",
            legal_basis="Order CO-2026-041",
            user=approver,
            by=builders.actor(approver),
        )
    return found


@pytest.fixture
def examiner(office, sign_in_committed):
    with staff_transaction():
        user = builders.person("adnantara", Role.EXAMINER, at=office)
    return sign_in_committed(user)


@pytest.fixture
def bundle(examiner):
    """The bytes of a bundle that the examiner asked for and took."""
    examiner.post("/oversight/exports/new/", {"scope": "jurisdiction:SG"})
    exports.build_open()
    with staff_transaction():
        export = Export.objects.get()
    taken = examiner.get(f"/oversight/exports/{export.pk}/bundle.zip")
    return b"".join(taken.streaming_content)


def sent(client, data, name="E-0101.zip"):
    answer = client.post("/oversight/verify/", {"bundle": SimpleUploadedFile(name, data)})
    return words(html.fromstring(answer.content.decode()).xpath("//main")[0])


def test_an_export_of_a_scope_is_watched_and_taken_which_is_recorded(examiner, office, bundle):
    assert bundle.startswith(b"PK")
    text = words(read(examiner, "/oversight/exports/"))
    assert "Singapore" in text
    assert "Ready" in text
    assert "1 to 5 without a gap" in words(read(examiner, "/oversight/"))
    opened = words(read(examiner, "/oversight/opened/"))
    assert "Took the bundle E-" in opened
    assert "An export was built, 5 events" in opened


def test_a_foreign_scope_is_not_there_and_the_attempt_is_recorded(examiner, office):
    for scope in ("jurisdiction:IE", "all", ""):
        assert examiner.post("/oversight/exports/new/", {"scope": scope}).status_code == 404
    with staff_transaction():
        assert Export.objects.count() == 0
        assert Event.objects.filter(verb="export.refused").count() == 3


def test_an_export_of_somebody_else_is_not_there(examiner, office):
    with staff_transaction():
        user = builders.halloway()
    foreign = disclosure.export(user=user, scope="all", by=builders.actor(user))
    exports.build_open()
    assert examiner.get(f"/oversight/exports/{foreign.pk}/").status_code == 404
    assert examiner.get(f"/oversight/exports/{foreign.pk}/bundle.zip").status_code == 404
    assert examiner.post(f"/oversight/exports/{foreign.pk}/stop/").status_code == 404


def test_a_day_that_is_none_is_refused_in_words(examiner, office):
    answer = examiner.post("/oversight/exports/new/", {"scope": "jurisdiction:SG", "since": "soon"})
    assert answer.status_code == 422
    assert "A day is expected." in answer.content.decode()


def test_a_good_bundle_is_valid_and_the_page_says_by_which_key(examiner, bundle):
    text = sent(examiner, bundle)
    assert "Valid Complete and unchanged" in text
    assert "this installation's own key" in text
    assert verifier_key().fingerprint in text
    assert "No event left out 1 to 5 without a gap" in text
    assert "Events in the tree 5 of 5" in text
    assert "python -m audit.verify E-0101.zip" in text
    with staff_transaction():
        assert Event.objects.get(verb="bundle.verified").payload["valid"] is True


@pytest.mark.parametrize("place", [0.05, 0.3, 0.6, 0.9])
def test_one_flipped_bit_is_not_valid_and_says_what_is_wrong(examiner, bundle, place):
    text = sent(examiner, flipped(bundle, place))
    assert "Not valid" in text
    assert "expected" in text
    assert "found" in text
    assert "Complete and unchanged" not in text
    with staff_transaction():
        told = Event.objects.get(verb="bundle.verified").payload
    assert told["valid"] is False
    assert 1 <= told["step"] <= 9


def test_a_truncated_bundle_and_no_bundle_at_all_say_so(examiner, bundle):
    text = sent(examiner, bundle[: len(bundle) // 2])
    assert "Not valid Step 1, archive:" in text
    assert "Archive wrong" in text
    assert "Events in the tree not reached" in text
    answer = examiner.post("/oversight/verify/", {})
    assert answer.status_code == 422
    assert "Choose a bundle" in answer.content.decode()


def unpacked(bundle):
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_changed_file_is_not_as_the_manifest_lists_it(examiner, bundle):
    files = unpacked(bundle)
    files[EVENTS] = files[EVENTS].replace(b'"low"', b'"LOW"', 1)
    assert "Not valid Step 2, files:" in sent(examiner, pack(files))


def test_the_first_wrong_event_is_named_even_where_the_log_itself_signed_the_change(examiner, bundle):
    files = unpacked(bundle)
    lines = files[EVENTS].splitlines(keepends=True)
    lines[2] = lines[2].replace(b'"low"', b'"LOW"')
    files[EVENTS] = b"".join(lines)
    manifest = json.loads(files[MANIFEST])
    manifest["files"][EVENTS] = describe(files[EVENTS])
    files[MANIFEST] = canonical_json(manifest)
    files[SIGNATURE] = sign_envelope(MANIFEST_TYPE, files[MANIFEST], verifier_key(), sign)
    text = sent(examiner, pack(files))
    assert "Event 2 is the first that is wrong. Step 7, inclusion in the tree:" in text
    assert "No event left out" in text


def test_verifying_is_not_a_strangers(sign_in_committed, office):
    with staff_transaction():
        stranger = builders.stranger()
    assert sign_in_committed(stranger).get("/oversight/verify/").status_code == 403
