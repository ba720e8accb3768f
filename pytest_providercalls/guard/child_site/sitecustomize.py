"""Guards a Python process that a guarded session has started: this folder stands on its PYTHONPATH.

It runs in every Python child, whatever its version and packages. So it imports what Python has imported by then, and
nothing else until the child first has to do with sockets; and Python 2.7 can read it, hence the types in comments.
"""

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_SETTINGS = os.environ.get("PROVIDERCALLS_GUARD", "")
_GUARD = "pytest_providercalls.guard.guard"
_begun = _guarded = False


def _watch(event, arguments):
    # type: (str, tuple[object, ...]) -> None
    global _begun, _guarded
    if _guarded or not event.startswith("socket."):
        return
    with _lock:
        # What is imported here may itself have to do with sockets.
        if not _begun:
            _begun = True
            _install()
            _guarded = True
    if _guarded:
        sys.modules[_GUARD].check(event, arguments)


def _install():
    # type: () -> None
    import json

    if _GUARD not in sys.modules:
        _load()
    sys.modules[_GUARD].Guard(**json.loads(_SETTINGS)).install(outermost=True)


def _load():
    # type: () -> None
    """Load the guard from beside this folder: the child's environment may not have this package."""
    from importlib import util

    spec = util.spec_from_file_location(_GUARD, os.path.join(os.path.dirname(_HERE), "guard.py"))
    assert spec is not None
    assert spec.loader is not None
    sys.modules[_GUARD] = module = util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _make_way():
    # type: () -> None
    """Run the sitecustomize that would have been found without this one."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder) != _HERE]
    this = sys.modules.pop("sitecustomize")
    try:
        __import__("sitecustomize")
    except ImportError as error:
        # Python 2.7 has the name in the message only, at its end.
        if getattr(error, "name", str(error).split()[-1]) != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", this)


# guard.py is written for these; an older one is left alone, in silence.
if _SETTINGS and sys.version_info >= (3, 9):
    from _thread import RLock

    _lock = RLock()
    sys.addaudithook(_watch)
if __name__ == "sitecustomize":
    _make_way()
