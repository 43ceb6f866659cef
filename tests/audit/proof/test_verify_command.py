"""python -m audit.verify in a process of its own, as a regulator runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audit.verify import default_pin_file, main
from tests.audit.proof.builders import SigningKey, a_log

LOG = a_log()
ROOT = Path(__file__).parents[3]


@pytest.fixture
def place(tmp_path, monkeypatch):
    (tmp_path / "bundle.zip").write_bytes(LOG.bundle("tenant:t1"))
    (tmp_path / "log.pub").write_text(f"{LOG.key.verifier}\n")
    (tmp_path / "other.pub").write_text(f"{SigningKey(2).verifier}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOCKGATE_PINNED_KEYS", str(tmp_path / "pins" / "keys"))
    return tmp_path


def test_command_imports_the_standard_library_and_cryptography_alone():
    code = (
        "import sys; before = set(sys.modules); import audit.verify\n"
        "allowed = {*sys.stdlib_module_names, 'cryptography', '_cffi_backend', '_openssl'}\n"
        "new = set(sys.modules) - before - {'audit', 'audit.verify'}\n"
        "print([n for n in new if n.split('.')[0] not in allowed and not n.startswith('audit.proof')])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_command_runs_as_a_module(place):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "audit.verify", "bundle.zip"]
    first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (first.returncode, first.stderr) == (3, "")
    assert "ORIGIN NOT VERIFIED" in first.stdout
    assert LOG.key.verifier.fingerprint in first.stdout
    given = subprocess.run(
        [*command, "--public-key", "log.pub"], env=environment, capture_output=True, text=True, check=False
    )
    assert (given.returncode, given.stderr) == (0, "")
    assert given.stdout.startswith("valid: 20 of 20 events stand in the signed tree\n")


def test_summary_is_printed_where_the_terminal_cannot_show_a_name(place):
    log = a_log()
    log.record("tenant:株式会社")
    Path("bundle.zip").write_bytes(log.bundle("tenant:株式会社"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "audit.verify", "bundle.zip", "--public-key", "log.pub"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "scope tenant:\\u682a" in run.stdout


def test_key_once_given_is_pinned_and_later_needs_no_option(place, capsys):
    assert main(["bundle.zip"]) == 3
    assert main(["bundle.zip", "--public-key", "log.pub"]) == 0
    assert "key pinned in" in capsys.readouterr().out
    assert main(["bundle.zip"]) == 0
    assert "pinned" not in capsys.readouterr().out
    assert main(["bundle.zip", "--public-key", "log.pub"]) == 0
    assert (place / "pins" / "keys").read_text().count("\n") == 2


def test_wrong_key_is_refused_and_not_pinned(place, capsys):
    assert main(["bundle.zip", "--public-key", "other.pub"]) == 1
    assert "step 3 (manifest signature): expected" in capsys.readouterr().out
    assert not (place / "pins").exists()


def test_key_that_changed_since_it_was_pinned_is_refused(place):
    main(["bundle.zip", "--pin-file", "mine", "--public-key", "log.pub"])
    forged = a_log()
    forged.key = SigningKey(2)
    Path("forged.zip").write_bytes(forged.bundle("tenant:t1"))
    assert main(["forged.zip", "--pin-file", "mine"]) == 1
    assert main(["forged.zip"]) == 3


def test_damaged_bundle_is_refused_and_not_pinned(place, capsys):
    data = Path("bundle.zip").read_bytes()
    Path("bundle.zip").write_bytes(data[:-1])
    assert main(["bundle.zip", "--public-key", "log.pub"]) == 1
    assert capsys.readouterr().out.startswith("refused: step 1 (archive): expected ")
    assert not (place / "pins").exists()


def test_kept_checkpoint_is_demanded(place, capsys):
    Path("kept.txt").write_text(LOG.checkpoint())
    assert main(["bundle.zip", "--public-key", "log.pub", "--previous", "kept.txt"]) == 1
    assert "step 9" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["bundle.zip", "--nonsense"],
        ["bundle.zip", "--public-key"],
    ],
)
def test_wrong_usage_exits_with_2(place, arguments, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    capsys.readouterr()


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.zip"],
        ["."],
        ["bundle.zip", "--public-key", "missing.pub"],
        ["bundle.zip", "--public-key", "bundle.zip"],
        ["bundle.zip", "--public-key", "empty.pub"],
        ["bundle.zip", "--pin-file", "bundle.zip"],
        ["bundle.zip", "--previous", "missing.txt"],
    ],
)
def test_file_that_cannot_be_used_exits_with_2(place, arguments, capsys):
    Path("empty.pub").write_text("# nothing\n\n")
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("audit.verify: ") and captured.err.count("\n") == 1


def test_bundle_verifies_where_nothing_can_be_pinned(place, capsys):
    Path("file").write_text("")
    assert main(["bundle.zip", "--public-key", "log.pub", "--pin-file", "file/keys"]) == 0
    assert "was not pinned" in capsys.readouterr().err


def test_help_says_that_a_given_key_is_pinned(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert "also pins the key" in text and "ORIGIN NOT VERIFIED" in text


def test_keys_are_pinned_where_the_environment_says_or_in_the_configuration_folder():
    assert default_pin_file({"LOCKGATE_PINNED_KEYS": "/x/keys"}) == Path("/x/keys")
    if os.name != "nt":
        assert default_pin_file({"XDG_CONFIG_HOME": "/c"}) == Path("/c/lockgate/pinned-keys")
        assert default_pin_file({}) == Path.home() / ".config" / "lockgate" / "pinned-keys"
