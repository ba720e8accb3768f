"""Print the OpenAPI document of an edition."""

from __future__ import annotations

import argparse
import json

from . import fake_options
from .errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    fake_options.add_edition(parser, "what to describe")
    version = parser.add_argument(
        "--version", default="3.1", metavar="VERSION", help="the version of OpenAPI: 3.1 or 3.0 (default: 3.1)"
    )
    fake_options.offer(version, ("3.1", "3.0"))


def run(options: argparse.Namespace) -> int:
    from ..contracts.openapi_document import openapi

    try:
        document = openapi(options.edition, options.version)
    except ValueError as error:
        raise UsageError(str(error)) from None
    print(json.dumps(document, indent=2))
    return 0
