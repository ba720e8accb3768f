"""Run the fake VoIPbin as a server, for programs in any language."""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, TextIO

from . import fake_options
from .errors import UsageError

if TYPE_CHECKING:
    import ssl

    from ..fake_server.control.api import ControlApi

_LAST_PORT: Final = 65535
_SECONDS_A_WAIT: Final = 1.0
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8080, help="0 has the system pick one (default: 8080)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    parser.add_argument(
        "--i-know", action="store_true", help="allow an address that other machines can reach, and pages from elsewhere"
    )
    parser.add_argument("--tls", action="store_true", help="https, with a certificate of a throw-away CA")
    parser.add_argument(
        "--ca-file", type=Path, metavar="FILE", help="where its CA is written (default: a temporary one)"
    )
    parser.add_argument("--port-file", type=Path, metavar="FILE", help="holds the port while the server can be used")
    parser.add_argument("--json", action="store_true", help="say what there is as one line of JSON")
    parser.add_argument("--log", type=Path, metavar="FILE", help="a line of JSON for each request (default: stderr)")
    fake_options.arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM."""
    if not 0 <= options.port <= _LAST_PORT:
        raise UsageError(f"--port {options.port}: ports are 0 to {_LAST_PORT}")
    _check_host(options.host, options.i_know)
    control = fake_options.build_fake(options)
    with ExitStack() as stack:
        stop = stack.enter_context(_stopped_by_signal())
        context, ca = stack.enter_context(_tls(options)) if options.tls else (None, None)
        log = stack.enter_context(_appending(options.log)) if options.log else sys.stderr
        listener = stack.enter_context(
            fake_options.run_server(
                control, options.host, options.port, log=log, tls=context, foreign_pages=options.i_know
            )
        )
        said = describe(control, listener.url, ca)
        print(json.dumps(said) if options.json else format_text(said), flush=True)
        if options.port_file:
            stack.enter_context(_written(options.port_file, f"{listener.port}\n"))
        _wait(stop)
    return 0


def describe(control: ControlApi, url: str, ca: Path | None) -> dict[str, Any]:
    """Everything that a client needs: where, by whose leave, through which provider."""
    from ..fake_server.control import views
    from ..fake_server.env_vars import variables

    base_url = f"{url}/v1.0"
    return {
        "base_url": base_url,
        "inspector": f"{url}/_fake/ui",
        "ca_file": ca and str(ca),
        "environment": variables(base_url, control.fake),
        **views.info(control.fake, control.planted).model_dump(),
    }


def format_text(said: dict[str, Any]) -> str:
    """The same for people."""
    lines = [
        f"A fake VoIPbin serves at {said['base_url']}",
        f"and can be watched and moved at {said['inspector']}",
        f"edition {said['edition']}, lifecycle {said['lifecycle']}, seed {said['seed']}; no phone rings",
    ]
    if said["ca_file"]:
        lines.append(f"clients trust it with {said['ca_file']}: curl --cacert, SSL_CERT_FILE, NODE_EXTRA_CA_CERTS")
    for name, identity in said["identities"].items():
        lines += ["", f"{name}", *(f"  {key:<12} {value}" for key, value in identity.items())]
    for kind in ("providers", "flows"):
        if said[kind]:
            lines += ["", kind, *(f"  {name:<12} {id}" for name, id in said[kind].items())]
    lines += ["", "for a shell", *(f"  export {name}={value}" for name, value in said["environment"].items())]
    lines.append('  curl "$VOIPBIN_BASE_URL/providers?accesskey=$VOIPBIN_ACCESSKEY"')
    return "\n".join([*lines, ""])


def _check_host(host: str, i_know: bool) -> None:
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise UsageError(f"--host {host!r} is no address of this machine, such as 127.0.0.1 or ::1") from None
    if not (loopback or i_know):
        raise UsageError(
            f"at {host} other machines could reach the fake, whose tokens are no secret; --i-know says that they may"
        )


@contextmanager
def _stopped_by_signal() -> Iterator[SimpleQueue[int]]:
    """A queue into which a signal that ends the server is put, in place of what the signal would do."""
    # Not an Event: a handler that comes while the Event's own lock is held would wait for itself.
    stop: SimpleQueue[int] = SimpleQueue()
    before = {number: signal.signal(number, lambda number, _: stop.put(number)) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait(stop: SimpleQueue[int]) -> None:
    # On Windows a signal does not interrupt a wait: its handler runs when the wait is over.
    while True:
        with suppress(Empty):
            stop.get(timeout=_SECONDS_A_WAIT)
            return


@contextmanager
def _written(path: Path, text: str) -> Iterator[Path]:
    """A file that is there as a whole or not at all, and goes at the end."""
    try:
        file, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(file, "w", encoding="utf-8", newline="\n") as beside:
            beside.write(text)
        os.replace(name, path)
    except OSError as why:
        raise UsageError(f"{path} cannot be written: {why.strerror}") from None
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _tls(options: argparse.Namespace) -> Iterator[tuple[ssl.SSLContext, Path]]:
    """A context with a certificate, and the file with the CA that has signed it."""
    import ssl

    try:
        import trustme
    except ImportError:
        raise UsageError("--tls needs trustme: pip install 'pytest-providercalls[tls]'") from None
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*dict.fromkeys(("localhost", "127.0.0.1", "::1", "api.voipbin.net", options.host))).configure_cert(
        context
    )
    with tempfile.TemporaryDirectory(prefix="providercalls-") as folder:
        path = options.ca_file or Path(folder, "ca.pem")
        with _written(path, ca.cert_pem.bytes().decode("ascii")):
            yield context, path


@contextmanager
def _appending(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as why:
        raise UsageError(f"{path} cannot be written: {why.strerror}") from None
    with file:
        yield file
