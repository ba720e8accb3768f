"""Run the fake VoIPbin as a stand-alone server, for programs in any language."""

from __future__ import annotations

import argparse
import ipaddress
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from ..contracts.visible_text import visible_line
from . import fake_options
from .errors import UsageError
from .serving.published_file import CA_MARK, PublishedFile, remove_stale_ca_file, remove_stale_port_file
from .serving.shutdown import Shutdown, Stopped

if TYPE_CHECKING:
    import ssl

    from ..fake_server.control.api import ControlApi

_LAST_PORT: Final = 65535
_API: Final = "api.voipbin.net"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8080, help="0 picks a free port (default: 8080)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    parser.add_argument("--allow-remote", action="store_true", help="allow access from other machines")
    parser.add_argument("--tls", action="store_true", help="serve HTTPS with a certificate from a temporary CA")
    parser.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="where to write the CA (default: a temporary file)"
    )
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="write the port here once the server is ready")
    parser.add_argument("--json", action="store_true", help="print the URL, credentials and ids as one line of JSON")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append a line of JSON per request (default: stderr)")
    fake_options.arguments(parser)
    fake_options.add_access(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    if options.ca_file and not options.tls:
        raise UsageError("--ca-file has no effect without --tls, which serves HTTPS: add --tls")
    if not 0 <= options.port <= _LAST_PORT:
        raise UsageError(f"--port {options.port}: expected 0 to {_LAST_PORT}")
    _check_host(options.host, options.allow_remote)
    # A script that waits for these files must not find those of an earlier server.
    if options.port_file:
        remove_stale_port_file(options.port_file, options.host)
    if options.ca_file:
        remove_stale_ca_file(options.ca_file)
    with suppress(Stopped), Shutdown() as shutdown:
        _serve(options, shutdown)
    return 0


def _serve(options: argparse.Namespace, shutdown: Shutdown) -> None:
    from ..fake_server.access_log import write_unbuffered

    # A client that reaches the server as api.voipbin.net has mapped that name to it, which no website can.
    served = (options.host, *((_API,) if options.tls else ()))
    access = fake_options.access_policy(options, *served)
    control = fake_options.build_fake(options)
    with ExitStack() as stack:
        context, ca = stack.enter_context(_tls(options, shutdown)) if options.tls else (None, None)
        log = stack.enter_context(_appending(options.log)) if options.log else sys.stderr
        listener = stack.enter_context(
            fake_options.run_server(control, options.host, options.port, log=log, tls=context, access=access)
        )
        # Before the description, since a script that waits for the file may not read the output.
        if options.port_file:
            file = PublishedFile(options.port_file, f"{listener.port}\n", "--port-file")
            # Before it exists: a script may send a signal as soon as it does.
            shutdown.leftovers.append(file)
            stack.enter_context(file)
        description = describe(control, listener.url, ca)
        text = json.dumps(description) if options.json else format_text(description)
        write_unbuffered(sys.stdout, text + "\n")
        shutdown.wait()


def describe(control: ControlApi, url: str, ca: Path | None) -> dict[str, Any]:
    """Return everything that a client needs: the URLs, the credentials, the ids and the environment variables."""
    from ..fake_server.control import views
    from ..fake_server.env_vars import variables

    base_url = f"{url}/v1.0"
    return {
        "base_url": base_url,
        "inspector": f"{url}/_fake/ui",
        "ca_file": ca and str(ca),
        "environment": variables(base_url, control.fake),
        **views.info(control.fake, control.seeded).model_dump(),
    }


def format_text(description: dict[str, Any]) -> str:
    """Return the description as text."""
    lines = [
        f"Fake VoIPbin listening on {description['base_url']} (no phone rings)",
        f"Inspector: {description['inspector']}",
        f"edition {description['edition']}, lifecycle {description['lifecycle']}, seed {description['seed']}",
    ]
    if description["ca_file"]:
        lines.append(f"CA for clients: {description['ca_file']} (curl --cacert, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS)")
    for name, identity in description["identities"].items():
        lines += ["", f"{name}", *(f"  {key:<12} {value}" for key, value in identity.items())]
    for kind in ("providers", "flows"):
        if description[kind]:
            lines += ["", kind, *(f"  {name:<12} {id}" for name, id in description[kind].items())]
    lines += ["", "shell", *(f"  export {name}={value}" for name, value in description["environment"].items())]
    lines.append('  curl "$VOIPBIN_BASE_URL/providers?accesskey=$VOIPBIN_ACCESSKEY"')
    return "\n".join([*map(visible_line, lines), ""])


def _check_host(host: str, allow_remote: bool) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise UsageError(f"--host {host!r} is not an address of this machine, such as 127.0.0.1 or ::1") from None
    if not (loopback or allow_remote):
        raise UsageError(
            f"listening on {host} would expose the fake to other machines, and its tokens are not secret;"
            " pass --allow-remote to allow it"
        )


@contextmanager
def _tls(options: argparse.Namespace, shutdown: Shutdown) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """Yield a context with a certificate, and the file with the CA that signed it."""
    import ssl

    try:
        import trustme
    except ImportError:
        raise UsageError("--tls requires trustme: pip install 'pytest-providercalls[tls]'") from None
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*dict.fromkeys(("localhost", "127.0.0.1", "::1", _API, options.host))).configure_cert(context)
    with tempfile.TemporaryDirectory(prefix="providercalls-") as folder:
        path = options.ca_file or Path(folder, "ca.pem")
        file = PublishedFile(path, CA_MARK + ca.cert_pem.bytes().decode("ascii"), "--ca-file")
        shutdown.leftovers.append(file)
        with file:
            yield context, path


@contextmanager
def _appending(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    with file:
        yield file
