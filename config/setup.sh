#!/bin/sh
# Make a virtual environment from a hash-locked file:  setup.sh VENV LOCK
# Needs Python 3.11 to 3.13 with venv. No root, no compiler, nothing that is not in the lock.
set -eu
venv=$1
lock=$2
log=$(mktemp)
trap 'rm -f "$log"' EXIT

python=
for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    echo "Lockgate needs Python 3.11, 3.12 or 3.13, and none is on the PATH (PYTHON=/path/to/python names one)." >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "This Python has no venv. On Debian and Ubuntu: apt-get install python$version-venv" >&2
    exit 1
fi

started=$("$python" -c 'import time; print(time.time())')
# One that works is kept; one that was moved or whose Python is gone is made anew.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
[ -t 1 ] && printf ' …     Set-up        .venv from %s\r' "$lock"
if ! "$venv/bin/python" -m pip install --quiet --no-deps --require-hashes --only-binary :all: \
    --requirement "$lock" >"$log" 2>&1; then
    cat "$log" >&2
    echo "Set-up failed: the messages above are pip's." >&2
    exit 1
fi
"$venv/bin/python" - "$started" "$lock" <<'PYTHON'
import importlib.metadata
import sys
import time

names = {d.metadata["Name"] for d in importlib.metadata.distributions()} - {"pip", "setuptools"}
what = f".venv from {sys.argv[2]}, {len(names)} packages, all hashes match"
mark = "✓ " if (sys.stdout.encoding or "").lower().startswith("utf") else "ok"
print(f" {mark}    Set-up        {what:<68}{time.time() - float(sys.argv[1]):>7.1f} s\n")
PYTHON
