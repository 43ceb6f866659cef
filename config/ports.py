"""Ports of this machine for servers of our own."""

from __future__ import annotations

import random
import socket

#: Below the ports that the kernel gives to whoever asks for any (Linux: from 32768 on, others from 49152):
#: one of those could be gone by the time that the server begins to listen.
_OURS = range(20_000, 32_000)


def free_port() -> int:
    """A port for a server that is about to start."""
    return next(port for port in random.sample(_OURS, 200) if port_is_free(port))


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
