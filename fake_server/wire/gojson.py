"""JSON as Go's encoding/json decodes it into a typed struct, and as it prints it (gateway.md 5.1, 5.4)."""

from .go_decoder import decode, decode_fast
from .go_encoder import encode, encode_response, sorted_keys
from .go_syntax import MAX_DEPTH, InvalidJson, TooDeep, utf8

__all__ = [
    "MAX_DEPTH",
    "InvalidJson",
    "TooDeep",
    "decode",
    "decode_fast",
    "encode",
    "encode_response",
    "sorted_keys",
    "utf8",
]
