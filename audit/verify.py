"""python -m audit.verify BUNDLE.zip [--public-key FILE]: verifies an export of the audit log.

It imports the standard library, `cryptography` and audit.proof, nothing else of Lockgate. What is checked,
step by step, stands in audit/proof/verifier.py.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from audit.proof.archive import MAX_ARCHIVE
from audit.proof.checkpoint import MAX_NOTE, VerifierKey
from audit.proof.errors import ProofError
from audit.proof.verifier import verify_bundle

USAGE = 2
#: Environment variable that names the file of pinned keys.
PIN_VARIABLE = "LOCKGATE_PINNED_KEYS"

_EPILOG = """\
exit codes:
  0  everything agrees, and the signer is a key that you gave or pinned earlier
  1  something is wrong: the step, what was expected and what was found are printed
  2  wrong usage: a file that cannot be read, or is no key
  3  everything agrees, but no key was given or pinned: ORIGIN NOT VERIFIED, with
     the fingerprint to compare; a key out of the bundle itself proves nothing

With --public-key a bundle that verifies also pins the key: it is added to the pin
file, and later bundles of the same log need no --public-key.
"""


class _Unusable(Exception):
    """A file that the caller named cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    pin_file = options.pin_file or default_pin_file(os.environ)
    try:
        archive = _read(options.bundle, MAX_ARCHIVE)
        given = read_keys(options.public_key) if options.public_key else []
        if options.public_key and not given:
            raise _Unusable(f"{options.public_key}: no key in it")
        pinned = read_keys(pin_file, missing_ok=True) if pin_file else []
        previous = _read(options.previous, MAX_NOTE) if options.previous else None
    except _Unusable as error:
        print(f"audit.verify: {error}", file=sys.stderr)
        return USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names in any script, also where the terminal cannot show them.
        sys.stdout.reconfigure(errors="backslashreplace")
    verdict = verify_bundle(archive, given, pinned=pinned, previous=previous)
    print("\n".join(verdict.summary()))
    if given and verdict.exit_code == 0 and verdict.key and verdict.key not in pinned:
        _pin(verdict.key, pinned, pin_file)
    return verdict.exit_code


def default_pin_file(environment: Mapping[str, str]) -> Path | None:
    """Where pinned keys are kept: as the environment says, else in the user's configuration folder."""
    if named := environment.get(PIN_VARIABLE):
        return Path(named)
    folder = environment.get("APPDATA") if os.name == "nt" else environment.get("XDG_CONFIG_HOME")
    try:
        base = Path(folder) if folder else Path.home() / ".config"
    except RuntimeError:  # A user without a home folder pins nothing.
        return None
    return base / "lockgate" / "pinned-keys"


def read_keys(path: Path, *, missing_ok: bool = False) -> list[VerifierKey]:
    """Verifier keys, one a line; empty lines and lines that begin with # are skipped."""
    if missing_ok and not os.path.lexists(path):
        return []
    try:
        lines = _read(path, MAX_NOTE).decode().splitlines()
        return [VerifierKey.parse(line) for line in lines if line.strip() and not line.startswith("#")]
    except (ProofError, UnicodeDecodeError) as error:
        raise _Unusable(f"{path}: {error}") from None


def write_keys(path: Path, keys: Iterable[VerifierKey]) -> None:
    """Replaces the pin file at once, so that an interruption never leaves half of it. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}.new")
    new.write_text(
        "# Keys of audit logs that were verified with --public-key.\n" + "".join(f"{k}\n" for k in keys)
    )
    new.replace(path)


def _pin(key: VerifierKey, pinned: Sequence[VerifierKey], path: Path | None) -> None:
    try:
        if path is None:
            raise OSError("no home folder")
        write_keys(path, [*pinned, key])
    except OSError as error:
        print(f"audit.verify: the key was not pinned: {error}", file=sys.stderr)
    else:
        print(f"key pinned in {path}")


def _read(path: Path, limit: int) -> bytes:
    """One byte more than `limit` at most: enough for the reader to refuse the rest."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise _Unusable(f"{path}: {error.strerror}") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audit.verify",
        description="Verifies an export of a Lockgate audit log.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE.zip")
    parser.add_argument(
        "--public-key",
        type=Path,
        metavar="FILE",
        help="the log's verifier key; pins it if the bundle verifies",
    )
    parser.add_argument(
        "--pin-file",
        type=Path,
        metavar="PATH",
        help=f"where keys are pinned (default: ${PIN_VARIABLE}, else the user's configuration folder)",
    )
    parser.add_argument(
        "--previous",
        type=Path,
        metavar="FILE",
        help="the checkpoint.txt that you kept from an earlier bundle: the log must have grown from it",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
