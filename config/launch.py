"""Start one program so that it cannot outlive its supervisor. Run as a script, before the program.

    python -I -S launch.py PARENT SIGNAL UID:GID|- PROGRAM ARGUMENT …

Gives up root for UID:GID where asked, then (Linux) asks the kernel to send SIGNAL when the parent
dies, even by SIGKILL. The order matters: a change of user clears that request. A script of its own,
because the same in a forked child of a threaded Python process may deadlock.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, signal_number, user = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    if user != "-":
        uid, gid = (int(part) for part in user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died between our start and the request
        sys.exit(1)
    try:
        os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606
    except OSError as error:
        sys.exit(f"{sys.argv[4]}: {error.strerror}")


if __name__ == "__main__":
    main()
