"""Check a client in any language against the client rules, through a small program that adapts it."""

from .command import arguments as arguments
from .command import run as run
