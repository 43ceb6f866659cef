import json

import pytest
from django.core.management import call_command

from audit import sequencer
from audit.proof.checkpoint import VerifierKey
from audit.proof.verifier import verify_bundle
from audit.signer import verifier_key
from tests.audit import log

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.LOCAL_DIR = tmp_path / "local"


def run(capsys, *arguments):
    """The exit code and what stood on each stream."""
    try:
        call_command(*arguments)
        code = 0
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    return code, out, err


def test_the_key_is_one_line_that_verifiers_read(capsys):
    code, out, _ = run(capsys, "audit_key")
    assert code == 0
    assert VerifierKey.parse(out) == verifier_key()
    assert out.count("\n") == 1


def test_a_bundle_is_written_for_a_tenant_by_its_number(capsys, tmp_path):
    tenant = log.tenant()
    log.happen(tenant, 2)
    log.happen(log.tenant("Two", "MY"), 2)
    out = tmp_path / "out.zip"
    code, said, _ = run(capsys, "export_audit", str(out), "--tenant", tenant.label, "--recipient", "Office")
    told = json.loads(said)
    verdict = verify_bundle(out.read_bytes(), [verifier_key()])
    assert (code, verdict.exit_code, verdict.events, told["events"]) == (0, 0, 2, 2)
    assert verdict.manifest.recipient == "Office"


def test_dates_bound_the_bundle(capsys, tmp_path):
    log.happen(log.tenant(), 2)
    out = tmp_path / "out.zip"
    assert run(capsys, "export_audit", str(out), "--until", "2020-01-01")[0] == 0
    assert verify_bundle(out.read_bytes(), [verifier_key()]).events == 0


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--tenant", "T-999999"], "tenant"),
        (["--tenant", "nobody"], "tenant"),
        (["--jurisdiction", "Singapore"], "jurisdiction"),
        (["--since", "yesterday"], "since"),
        (["--since", "2026-13-01"], "since"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "until"),
        (["--personal"], "legal_basis"),
        (["--recipient", " "], "recipient"),
    ],
)
def test_bad_input_is_named_and_writes_nothing(capsys, tmp_path, arguments, field):
    out = tmp_path / "out.zip"
    code, _, err = run(capsys, "export_audit", str(out), *arguments)
    assert (code, err.count("\n")) == (2, 1)
    assert f"{field}: " in err
    assert not out.exists()


def test_a_folder_that_is_not_there_is_bad_input(capsys, tmp_path):
    assert run(capsys, "export_audit", str(tmp_path / "none" / "out.zip"))[0] == 2


def test_a_whole_log_checks_and_a_changed_one_does_not(capsys, as_superuser):
    log.happen(log.tenant(), 2)
    sequencer.sequence()
    code, out, _ = run(capsys, "verify_audit")
    assert (code, json.loads(out)["leaves"]) == (0, 2)
    with log.tampering(as_superuser()) as link:
        link.execute("UPDATE audit_event SET reason = 'cleared'")
    code, out, err = run(capsys, "verify_audit")
    assert (code, out) == (1, "")
    assert "leaf 0" in err
