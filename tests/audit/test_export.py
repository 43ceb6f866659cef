import os
import stat
import subprocess
import sys
import zipfile

import pytest
from django.utils import timezone

from accounts import disclosure
from accounts.models import Organisation
from accounts.roles import Kind, Role
from audit import export, report
from audit.models import Event, Export
from audit.proof.bundle import EVENTS, HTML, PDF
from audit.proof.verifier import verify_bundle
from audit.record import SYSTEM, record
from audit.signer import verifier_key
from audit.verbs import Verb
from config.services import BASE_DIR
from core.erasure import erase
from core.errors import Absent, InvalidInput, NotAllowed
from core.models import DataKey
from core.scope import acting_in, examiner_scope, staff_transaction
from tests import builders
from tests.audit import log
from tests.audit.proof.builders import flipped
from tests.waiting import until

PDF_OF_THE_PRODUCT = report.pdf

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.LOCAL_DIR = tmp_path
    return tmp_path / "exports"


@pytest.fixture(autouse=True)
def quick_pdf(monkeypatch):
    """Laying a PDF out takes longer than everything else here."""
    monkeypatch.setattr(report, "pdf", lambda content: b"%PDF-")


@pytest.fixture
def real_pdf(quick_pdf, monkeypatch):
    monkeypatch.setattr(report, "pdf", PDF_OF_THE_PRODUCT)


def bundle(scope="all", *, recipient="Compute Oversight Office", **more):
    with staff_transaction():
        asked = export.ask(recipient=recipient, scope=scope, by=SYSTEM, queued=False, **more)
    return export.build(asked.pk)


def verdict_of(built):
    verdict = verify_bundle(export.file_of(built).read_bytes(), [verifier_key()])
    assert verdict.exit_code == 0, verdict.summary()
    return verdict


def content(built, name):
    with zipfile.ZipFile(export.file_of(built)) as archive:
        return archive.read(name)


def python_m_audit_verify(path, *arguments):
    run = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; sys.path.insert(0, sys.argv.pop(1)); "
         "from audit.verify import main; sys.exit(main())", str(BASE_DIR), str(path), *arguments],
        capture_output=True, text=True, env={"LOCKGATE_PINNED_KEYS": str(path.parent / "pins"), "PATH": ""},
    )  # fmt: skip
    return run.returncode, run.stdout


def test_a_recipient_verifies_the_bundle_on_its_own(tmp_path):
    log.happen(log.tenant(), 3)
    path = export.file_of(bundle())
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    key = tmp_path / "log.pub"
    key.write_text(f"{verifier_key()}\n")

    code, said = python_m_audit_verify(path)
    assert (code, "ORIGIN NOT VERIFIED" in said) == (3, True)
    code, said = python_m_audit_verify(path, "--public-key", str(key))
    assert (code, "all: all 4 events, none missing" in said) == (0, True)

    whole = path.read_bytes()
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(whole[:-1000])
    assert python_m_audit_verify(damaged, "--public-key", str(key))[0] == 1
    damaged.write_bytes(flipped(whole, 1 / 2))
    assert python_m_audit_verify(damaged, "--public-key", str(key))[0] == 1


@pytest.mark.usefixtures("real_pdf")
def test_a_tenants_bundle_is_whole_and_shows_nothing_of_another():
    one, two = log.tenant("One", "SG"), log.tenant("Otherwise GmbH", "DE")
    mine = log.happen(one, 2) + log.happen(one, 1)
    theirs = log.happen(two, 3)
    built = bundle(f"tenant:{one.pk}")
    (scope,) = verdict_of(built).scopes
    assert (scope.total, scope.is_whole) == (3, True)
    with zipfile.ZipFile(export.file_of(built)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert all(str(event.pk).encode() in everything for event in mine)
    for foreign in [str(two.pk), "Otherwise", *(str(event.pk) for event in theirs)]:
        assert foreign.encode() not in everything


def test_the_scope_of_a_country_holds_its_tenants_alone():
    log.happen(log.tenant("One", "SG"), 2)
    log.happen(log.tenant("Two", "DE"), 3)
    assert verdict_of(bundle("jurisdiction:DE")).events == 3


def test_a_scope_without_events_is_proved_to_have_none():
    log.happen(log.tenant())
    verdict = verdict_of(bundle("jurisdiction:NZ"))
    assert (verdict.events, verdict.scopes[0].total) == (0, 0)


def test_a_second_export_proves_that_the_log_only_grew():
    tenant = log.tenant()
    log.happen(tenant, 3)
    first = bundle()
    assert verdict_of(first).previous_size is None
    log.happen(tenant, 20)
    second = bundle(recipient="COMPUTE Oversight Office", scope=f"tenant:{tenant.pk}")
    assert verdict_of(second).previous_size == first.tree_size
    assert verdict_of(bundle(recipient="Somebody else")).previous_size is None
    kept = content(first, "checkpoint.txt")
    archive = export.file_of(second).read_bytes()
    assert verify_bundle(archive, [verifier_key()], previous=kept).exit_code == 0


def test_a_window_of_time_holds_consecutive_numbers_and_says_that_it_is_one():
    tenant = log.tenant()
    log.happen(tenant, 2)
    begin = timezone.now()
    log.happen(tenant, 3)
    end = timezone.now()
    log.happen(tenant, 4)
    (scope,) = verdict_of(bundle(f"tenant:{tenant.pk}", since=begin, until=end)).scopes
    assert (scope.first, scope.last, scope.total) == (3, 5, 9)
    (scope,) = verdict_of(bundle(f"tenant:{tenant.pk}", since=end)).scopes
    assert (scope.first, scope.last) == (6, 9)
    (scope,) = verdict_of(bundle(f"tenant:{tenant.pk}", since=timezone.now())).scopes
    assert (scope.first, scope.last) == (10, 9)


def with_person(tenant):
    with staff_transaction():
        key = DataKey.objects.make("party", tenant.pk, tenant_id=tenant.pk)
        record(Verb.PARTY_ENTERED, [tenant], by=SYSTEM, personal=[(key, {"name": "Konrad Eszterlund"})])
    return key


def test_personal_values_are_disclosed_only_where_asked_for():
    with_person(log.tenant())
    covered = bundle()
    assert verdict_of(covered).disclosed == 0
    assert b"Eszterlund" not in content(covered, EVENTS)
    disclosed = bundle(with_personal=True, legal_basis="Order CO-2026-041")
    assert verdict_of(disclosed).disclosed == 1
    assert "Eszterlund" in content(disclosed, EVENTS).decode()
    assert b"Eszterlund" not in content(disclosed, HTML)


def test_personal_values_need_a_legal_basis():
    with pytest.raises(InvalidInput, match="legal"):
        bundle(with_personal=True)


def test_an_erased_persons_values_are_absent_and_the_bundle_stays_valid():
    key = with_person(log.tenant())
    with staff_transaction():
        erase(key, now=timezone.now())
    built = bundle(with_personal=True, legal_basis="Order CO-2026-041")
    assert verdict_of(built).disclosed == 0
    assert b"Eszterlund" not in content(built, EVENTS)
    assert verdict_of(built).events == 2


@pytest.mark.usefixtures("real_pdf")
def test_reports_say_the_same_and_load_nothing():
    tenant = log.tenant()
    log.happen(tenant, 2, reason="名前の確認 <script>")
    built = bundle(f"tenant:{tenant.pk}", recipient="Office <b>")
    html = content(built, HTML).decode()
    assert "Veldmarin Robotics" in html
    assert "all 2 events of the scope, none missing" in html
    assert "<script>" not in html
    assert "Office &lt;b&gt;" in html
    assert not [part for part in ("src=", "href=", "url(", "@import") if part in html]
    pdf = content(built, PDF)
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_what_was_asked_built_and_refused_stands_in_the_log():
    built = bundle()
    assert built.state == Export.State.READY
    with staff_transaction():
        asked, done = Event.objects.filter(
            subjects__contains=[{"kind": "export", "id": str(built.pk)}]
        ).order_by("id")
    assert (asked.verb, done.verb) == ("export.asked", "export.built")
    assert done.payload["digest"] == f"sha256:{built.digest}"


def test_an_export_is_built_once_however_often_a_worker_looks():
    with staff_transaction():
        export.ask(recipient="Office", by=SYSTEM, queued=False)
    assert (export.build_open(), export.build_open()) == (1, 0)


def test_an_export_that_a_killed_worker_left_is_built_by_the_next():
    with staff_transaction():
        asked = export.ask(recipient="Office", by=SYSTEM, queued=False)
        Export.objects.filter(pk=asked.pk).update(state=Export.State.BUILDING, stage="collecting proofs")
    assert export.build_open() == 1


def test_a_stopped_export_leaves_no_file(folder):
    log.happen(log.tenant(), 2)
    with staff_transaction():
        asked = export.ask(recipient="Office", by=SYSTEM, queued=False)

    def stop(stage, done, total):
        if stage == "signing":
            with staff_transaction():
                export.stop(asked, by=SYSTEM)

    built = export.build(asked.pk, progress=stop)
    assert built.state == Export.State.STOPPED
    assert not folder.exists() or not list(folder.iterdir())


def test_a_failed_build_says_so_and_hands_nothing_out(folder, monkeypatch):
    with staff_transaction():
        asked = export.ask(recipient="Office", by=SYSTEM, queued=False)
    monkeypatch.setattr(export, "sign", lambda message: bytes(64))
    with pytest.raises(Exception, match="signature"):
        export.build(asked.pk)
    with staff_transaction():
        asked.refresh_from_db()
    assert asked.state == Export.State.FAILED
    assert not folder.exists()


def test_old_files_are_deleted_and_the_checkpoint_stays_known():
    built = bundle()
    assert export.expire(now=timezone.now() + export.KEPT) == 1
    with staff_transaction():
        built.refresh_from_db()
    with pytest.raises(Absent):
        export.file_of(built)
    assert verdict_of(bundle()).previous_size == built.tree_size


@pytest.fixture
def office():
    with staff_transaction():
        return Organisation.objects.create(kind=Kind.REGULATOR, name="Compute Oversight Office", country="SG")


@pytest.fixture
def examiner(office):
    with staff_transaction():
        officer = builders.person("halima", Role.DATA_PROTECTION_OFFICER)
        disclosure.grant(
            recipient=office,
            scope="jurisdiction:SG",
            legal_basis="Order CO-2026-041",
            user=officer,
            by=SYSTEM,
        )
        return builders.person("hadnan", Role.EXAMINER, at=office)


def test_an_examiner_exports_its_own_scope_on_the_legal_basis_of_its_disclosure(examiner):
    with_person(log.tenant())
    with acting_in(examiner_scope(("jurisdiction:SG",))):
        asked = disclosure.export(user=examiner, scope="jurisdiction:SG", by=builders.actor(examiner))
        assert export.build_open() == 1
        (mine,) = disclosure.exports_of(examiner)
        path = disclosure.bundle_of(examiner, asked.pk)
    assert (mine, mine.legal_basis, mine.with_personal) == (asked, "Order CO-2026-041", True)
    verdict = verify_bundle(path.read_bytes(), [verifier_key()])
    assert (verdict.exit_code, verdict.disclosed) == (0, 1)


def test_a_foreign_scope_looks_absent_and_the_refusal_is_recorded(examiner):
    with acting_in(examiner_scope(("jurisdiction:SG",))), pytest.raises(Absent):
        disclosure.export(user=examiner, scope="jurisdiction:MY", by=builders.actor(examiner))
    with staff_transaction():
        refused = Event.objects.get(verb=Verb.EXPORT_REFUSED)
        assert not Export.objects.exists()
    assert refused.payload == {"scope": "jurisdiction:MY"}
    assert refused.actor_id == str(examiner.pk)


def test_another_regulator_and_a_tenant_find_no_export(examiner):
    built = bundle()
    with staff_transaction():
        stranger = builders.stranger()
    for person in (examiner, stranger):
        assert disclosure.exports_of(person) == []
        with pytest.raises(Absent):
            disclosure.find_export(person, built.pk)
    with pytest.raises(NotAllowed):
        disclosure.export(user=stranger, scope="all", by=SYSTEM)


def test_personal_values_go_to_no_tenant(examiner):
    tenant = log.tenant()
    with staff_transaction():
        officer = builders.renwick()
    arguments = {
        "recipient": tenant.organisation,
        "scope": f"tenant:{tenant.pk}",
        "legal_basis": "art. 15 GDPR",
    }
    asked = disclosure.export(user=officer, by=SYSTEM, **arguments)
    assert asked.with_personal is False
    with pytest.raises(InvalidInput):
        disclosure.export(user=officer, by=SYSTEM, with_personal=True, **arguments)


def test_a_worker_builds_what_was_asked_for(worker, cluster):
    with staff_transaction():
        asked = export.ask(recipient="Office", by=SYSTEM)

    def ready():
        with staff_transaction():
            return Export.objects.filter(pk=asked.pk, state=Export.State.READY).first()

    built = until(ready)
    assert built.tree_size == 1
    assert (cluster.local / "state" / "exports" / built.file).exists()  # where the worker keeps its files
