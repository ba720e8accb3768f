"""Print the OpenAPI 3.1 document of an edition."""

from __future__ import annotations

import argparse
import json

from . import fake_options
from .errors import UsageError


def arguments(parser: argparse.ArgumentParser) -> None:
    fake_options.add_edition(parser, "what to describe")


def run(options: argparse.Namespace) -> int:
    from ..contracts.openapi_document import openapi

    try:
        document = openapi(options.edition)
    except ValueError as error:
        raise UsageError(str(error)) from None
    print(json.dumps(document, indent=2))
    return 0
