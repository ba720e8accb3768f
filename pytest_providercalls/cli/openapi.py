"""Print the API as an OpenAPI 3.1 document, as one edition has it."""

from __future__ import annotations

import argparse
import json

from .errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edition", default="documented", help="which documents or servers it follows")


def run(options: argparse.Namespace) -> int:
    from ..contracts.openapi_document import openapi

    try:
        document = openapi(options.edition)
    except ValueError as why:
        raise UsageError(str(why)) from None
    print(json.dumps(document, indent=2))
    return 0
