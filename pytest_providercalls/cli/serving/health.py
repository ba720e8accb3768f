"""The health check of a server in a container: `python -m pytest_providercalls.cli.serving.health PORT`."""

from __future__ import annotations

import socket
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

_TIMEOUT: Final = 2.0


def is_healthy(port: int) -> bool:
    """Return whether a server on this machine responds on the port, with or without TLS."""
    # Nobody else can serve this port, so the certificate is not verified.
    context = ssl._create_unverified_context()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    for url in _urls(port):
        # Any failure: refused, another protocol, an error status.
        with suppress(OSError, ValueError), opener.open(f"{url}/ping", timeout=_TIMEOUT):
            return True
    return False


def _urls(port: int) -> Iterator[str]:
    """Yield the URLs at which the server may listen: it may be bound to a single address."""
    addresses = ["127.0.0.1", "[::1]"]
    with suppress(OSError):
        addresses.append(socket.gethostbyname(socket.gethostname()))
    for address in addresses:
        yield from (f"{scheme}://{address}:{port}" for scheme in ("http", "https"))


if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(sys.argv[1])) else 1)
