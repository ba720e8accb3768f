"""Run the fake VoIPbin as a stand-alone server, for programs in any language."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from ..contracts.visible_text import visible_line
from . import fake_options
from .errors import UsageError
from .serving.published_file import PublishedFile, remove_stale_ca_file, remove_stale_port_file
from .serving.shutdown import Shutdown, Stopped
from .serving.temporary_ca import TemporaryCa, temporary_ca

if TYPE_CHECKING:
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
        ca = stack.enter_context(_certified(options, shutdown)) if options.tls else None
        log = stack.enter_context(_appending(options.log)) if options.log else sys.stderr
        listener = stack.enter_context(
            fake_options.run_server(
                control,
                options.host,
                options.port,
                log=log,
                notes=options.notes,
                tls=ca.server if ca else None,
                access=access,
            )
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


def _certified(options: argparse.Namespace, shutdown: Shutdown) -> AbstractContextManager[TemporaryCa]:
    names = tuple(dict.fromkeys(("localhost", "127.0.0.1", "::1", _API, options.host)))
    return temporary_ca(names, options.ca_file, shutdown)


def describe(control: ControlApi, url: str, ca: TemporaryCa | None) -> dict[str, Any]:
    """Return everything that a client needs: the URLs, the credentials, the ids and the environment variables."""
    from ..fake_server.control import views
    from ..fake_server.env_vars import variables

    base_url = f"{url}/v1.0"
    return {
        "base_url": base_url,
        "inspector": f"{url}/_fake/ui",
        "ca_file": ca and str(ca.file),
        "environment": {**variables(base_url, control.fake), **(ca.environment if ca else {}), **_proxies(url)},
        **views.info(control.fake, control.seeded).model_dump(),
    }


def _proxies(url: str) -> Mapping[str, str]:
    """Return the variables that make clients bypass a configured proxy for the server, which no proxy can reach."""
    if not getproxies_environment().keys() - {"no"}:
        return {}
    hosts = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    host = urlsplit(url).hostname or ""
    return dict.fromkeys(("NO_PROXY", "no_proxy"), hosts if hosts == "*" else f"{hosts},{host}".strip(","))


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
    lines.append('  curl "$VOIPBIN_BASE_URL/calls?accesskey=$VOIPBIN_ACCESSKEY"')
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
def _appending(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    with file:
        yield file
