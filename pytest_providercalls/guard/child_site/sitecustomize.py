"""Guards a Python process that a guarded session has started with this folder on its PYTHONPATH.

It runs in every Python child process, regardless of its version and packages. So it imports only what Python has
already imported, until the child first uses a socket or starts a process. Python 2.7 must be able to parse it, hence
the type comments.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_SETTINGS = os.environ.get("PROVIDERCALLS_GUARD", "")
_GUARD = "pytest_providercalls.guard.guard"
# Sockets from their creation on, because connecting one looks up its host before the event.
_EVENTS = frozenset(
    ["socket." + name for name in ("__new__", "bind", "connect", "sendto", "sendmsg")]
    + ["socket." + name for name in ("getaddrinfo", "gethostbyaddr", "gethostbyname", "getnameinfo")]
    + ["subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"]
)
# pytest does not show the frames of this module.
__tracebackhide__ = True
_started = False
_check = None


def _watch(event, arguments):
    # type: (str, tuple[object, ...]) -> None
    global _started, _check
    if event not in _EVENTS:
        return
    if _check is None:
        with _lock:
            # The modules imported here may use sockets themselves.
            if not _started:
                _started = True
                try:
                    _install()
                except BaseException:
                    # Such as a module of the child that replaces one of the standard library: nothing may pass.
                    _started = False
                    raise
                _check = sys.modules[_GUARD].check
    if _check is not None:
        _check(event, arguments)


def _install():
    # type: () -> None
    import json

    if _GUARD not in sys.modules:
        _load()
    sys.modules[_GUARD].Guard(**json.loads(_SETTINGS)).install(outermost=True)


def _load():
    # type: () -> None
    """Load the guard from the parent folder, since the child's environment may lack this package."""
    from importlib import import_module
    from types import ModuleType

    name = _GUARD.rpartition(".")[0]
    package = ModuleType(name)
    package.__path__ = [os.path.dirname(_HERE)]
    substitute = sys.modules.setdefault(name, package) is package
    try:
        import_module(_GUARD)
    finally:
        # The child may have this package, and import it later.
        if substitute:
            del sys.modules[name]


def _run_original():
    # type: () -> None
    """Run the sitecustomize module that Python would have found without this one."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != _HERE]
    this = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ImportError as error:
        # In Python 2.7 the name is only at the end of the message.
        if getattr(error, "name", str(error).split()[-1]) != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", this)


# The guard supports only these versions. Older ones run unguarded, without a message.
if _SETTINGS and sys.version_info >= (3, 9):
    from _thread import RLock

    _lock = RLock()
    sys.addaudithook(_watch)
if __name__ == "sitecustomize":
    _run_original()
