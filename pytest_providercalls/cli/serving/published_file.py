"""Files that exist while a server runs. They never replace a file of the user, and only their own file is removed."""

from __future__ import annotations

import os
import re
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..errors import UsageError

CA_MARK: Final = "# Temporary CA of providercalls serve. Do not trust it anywhere else.\n"
"""The first line of a CA file. Programs that read certificates skip it."""
_PORT: Final = re.compile(rb"([0-9]{1,5})\n", re.ASCII)
_LONGEST: Final = 2**16
"""Both kinds of files are shorter."""
_CONNECT_TIMEOUT: Final = 5.0


class PublishedFile:
    """A file that exists inside a block, complete from the start.

    Entering the block raises UsageError if the path exists or cannot be written. `remove` may be called at any time,
    by a signal handler too: it recognises the file even if its creation was interrupted.
    """

    def __init__(self, path: Path, text: str, option: str) -> None:
        self.path = path
        self._data = text.encode("ascii")
        self._option = option
        self._identity: tuple[int, int] | None = None

    def __enter__(self) -> Path:
        try:
            file, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        except OSError as error:
            raise _not_writable(self._option, self.path, error) from None
        try:
            with os.fdopen(file, "wb") as temporary:
                temporary.write(self._data)
            self._identity = _identity(Path(name))
            self._link(name)
        except FileExistsError:
            raise _exists(self._option, self.path) from None
        except OSError as error:
            raise _not_writable(self._option, self.path, error) from None
        finally:
            os.unlink(name)
        return self.path

    def __exit__(self, *_: object) -> None:
        self.remove()

    def _link(self, name: str) -> None:
        """Give the complete file its name. Unlike os.replace, this fails if the path exists, even as a broken link."""
        try:
            os.link(name, self.path)
        except FileExistsError:
            raise
        except OSError:
            # Some file systems have no hard links.
            with self.path.open("xb") as file:
                self._identity = _identity(self.path)
                file.write(self._data)

    def remove(self) -> None:
        """Remove the file, unless it is no longer the one that was written. Calling it again has no effect."""
        with suppress(OSError):
            if _identity(self.path) == self._identity and self.path.read_bytes() == self._data:
                self.path.unlink()


def remove_stale_port_file(path: Path, host: str) -> None:
    """Remove the port file of a server that was killed: it contains only a port, at which no server listens.

    Raises UsageError for any other file.
    """
    data = _contents("--port-file", path)
    port = _PORT.fullmatch(data or b"")
    if data is None:
        return
    if port is None:
        raise _exists("--port-file", path)
    if _is_listening(host, int(port[1])):
        server = f"a server that listens on port {int(port[1])}"
        raise UsageError(f"--port-file {path} belongs to {server}: stop it, or choose another path")
    _unlink("--port-file", path)


def remove_stale_ca_file(path: Path) -> None:
    """Remove the CA file of a server that was killed, which its first line identifies.

    Raises UsageError for any other file.
    """
    data = _contents("--ca-file", path)
    if data is None:
        return
    if not data.startswith(CA_MARK.encode()):
        raise _exists("--ca-file", path)
    _unlink("--ca-file", path)


def _contents(option: str, path: Path) -> bytes | None:
    """Return the contents of a file, or None if there is none. Raises UsageError if it is not a short, regular file."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1 or found.st_size > _LONGEST:
            raise _exists(option, path)
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _not_writable(option, path, error) from None


def _unlink(option: str, path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _not_writable(option, path, error) from None


def _is_listening(host: str, port: int) -> bool:
    with suppress(OSError, OverflowError), socket.create_connection((host, port), _CONNECT_TIMEOUT):
        return True
    return False


def _identity(path: Path) -> tuple[int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino


def _exists(option: str, path: Path) -> UsageError:
    return UsageError(f"{option} {path} exists, and no server has written it: remove it, or choose another path")


def _not_writable(option: str, path: Path, error: OSError) -> UsageError:
    return UsageError(f"{option}: cannot write {path}: {error.strerror}")
