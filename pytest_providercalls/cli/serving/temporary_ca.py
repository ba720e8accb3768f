"""The temporary CA of `serve --tls`: the server's certificate, and the files for clients."""

from __future__ import annotations

import re
import ssl
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import UsageError
from .published_file import CA_MARK, PublishedFile
from .shutdown import Shutdown

_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\n?")


@dataclass(frozen=True, slots=True)
class TemporaryCa:
    """A CA: the TLS context of the server, the file with the CA alone, and the variables for child processes.

    The variables name a file that also has the CAs that were trusted before, because most clients read no other one.
    """

    server: ssl.SSLContext
    file: Path
    environment: Mapping[str, str]


@contextmanager
def temporary_ca(names: tuple[str, ...], ca_file: Path | None, shutdown: Shutdown) -> Iterator[TemporaryCa]:
    """Provide a CA and a certificate for these names, and remove its files at the end. Raises UsageError."""
    try:
        import trustme

        from ...fixtures.trusted_cas import TRUST_VARIABLES, trusted_files
    except ImportError as error:
        raise UsageError(f"--tls requires {error.name}: pip install 'pytest-providercalls[tls]'") from None
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    own = ca.cert_pem.bytes().decode("ascii")
    before = "".join(certificates(file) for file in trusted_files())
    with tempfile.TemporaryDirectory(prefix="providercalls-") as folder:
        alone = PublishedFile(ca_file or Path(folder, "ca.pem"), CA_MARK + own, "--ca-file")
        bundle = PublishedFile(Path(folder, "bundle.pem"), own + before, "--tls")
        shutdown.leftovers += [alone, bundle]
        with alone, bundle:
            yield TemporaryCa(context, alone.path, dict.fromkeys(TRUST_VARIABLES, str(bundle.path)))


def certificates(file: Path) -> str:
    """Return the certificates of a bundle without its comments, which may be in any encoding."""
    return "".join(f"{one.strip()}\n" for one in _CERTIFICATE.findall(file.read_text("latin-1")))
