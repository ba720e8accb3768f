"""What is redacted before it is recorded or printed, and what stays unchanged."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest
from _pytest._io.saferepr import saferepr
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts import CLIENT_RULES, RULES, redaction
from pytest_providercalls.contracts.models.requests import ActionRequest, AddressRequest, ProviderCallRequest

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJyZWFsIn0.c2lnbmF0dXJl_a-b"
KEY = "vb_Sup3rS3cretAccessKeyValue01234567"
WORD = "hunter2-S3cret"

TARGETS = [
    f"/v1.0/calls%3Ftoken={WORD}",
    f"/v1.0/calls%3Ftoken%3D{WORD}",
    f"/v1.0/calls%253Ftoken%253D{WORD}",
    f"/v1.0/callstoken={WORD}",
    f"/v1.0/calls/{JWT}",
    f"/v1.0/calls/{KEY}",
    f"/v1.0/calls?page_token={JWT}",
    f"/v1.0/calls?api_key={WORD}",
    f"/v1.0/calls?access_token={WORD}",
    f"/v1.0/calls?Authorization=Bearer%20{WORD}",
    f"/v1.0/calls?token[]={WORD}",
    f"/v1.0/calls#token={WORD}",
    f"http://user:{WORD}@api.voipbin.net/v1.0/calls",
]


@pytest.mark.parametrize("target", TARGETS)
def test_malformed_targets_are_redacted(target: str) -> None:
    assert not is_readable(redaction.redact_target(target))


BODIES = [
    f'{{"actions":[{{"option":{{"url":"https://x.example/?token={WORD}"}}}}]}}',
    f'{{"webhook_uri":"https://user:{WORD}@x.example/"}}',
    f'{{"tech_headers":{{"Authorization":"Basic {WORD}"}}}}',
    f'{{"tech_headers":{{"X-Auth-Token":"{WORD}"}}}}',
    f'{{"access_token":"{WORD}"}}',
    f'{{"token":["{WORD}"]}}',
    f'{{"token":{{"value":"{WORD}"}}}}',
    f'{{"name":"{JWT}"}}',
    f'{{"name":"{KEY}"}}',
    f'{{"detail":"Authorization: Bearer {WORD}"}}',
    f'{{"data":"{{\\"token\\": \\"{WORD}\\"}}"}}',
    JWT,
    f'"{KEY}"',
    f"{{'token': '{WORD}'}}",
    f"username=a&pass%77ord={WORD}",
    f"username=a;password={WORD}",
    f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{WORD}\r\n--x--',
    f'{{"name":"\u00e9","token":"{WORD}"}}',
    f'{{"token":"{WORD}',
]


@pytest.mark.parametrize("body", BODIES)
def test_bodies_are_redacted_anywhere(body: str) -> None:
    assert not is_readable(redaction.redact_body(body.encode()).decode())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"password": 1, "a": 2}', {"password": "***", "a": 2}),
        ('{"token": ["x"], "a": "\\""}', {"token": "***", "a": '"'}),
        ('{"data": "{\\"token\\": \\"x\\", \\"b\\": 1}", "a": 2}', {"data": '{"token": "***", "b": 1}', "a": 2}),
        ('{"token": "it\'s \\"x\\"", "a": "b"}', {"token": "***", "a": "b"}),
    ],
)
def test_json_remains_json(body: str, expected: object) -> None:
    assert json.loads(redaction.redact_body(body.encode())) == expected


WORDS = [
    f"httpx.HTTPStatusError: 401 for url 'https://api.voipbin.net/v1.0/calls?page_size=1&token={WORD}'",
    f"headers = {{'Authorization': 'Bearer {WORD}', 'Accept': '*/*'}}",
    f"token      = '{WORD}'",
    f"E   AssertionError: {JWT[:30]}...",
    f'requests.post(url, json={{"password": "{WORD}"}})',
    f"b'GET / HTTP/1.1\\r\\nAuthorization: Bearer {WORD}\\r\\n\\r\\n'",
    f"url = 'https://me:{WORD}@x.example/'",
    KEY,
]


@pytest.mark.parametrize("text", WORDS)
def test_texts_are_redacted(text: str) -> None:
    assert not is_readable(redaction.redact_text(text))


LOCALS = [
    {"json": {"a": 1}, "headers": {"Authorization": f"Bearer {WORD}", "X-Api-Key": KEY}, "params": {"token": JWT}},
    {"headers": {"X-Api-Key": KEY}, "json": {"password": WORD}, "timeout": 5},
    {"headers": {"X-Auth-Token": WORD, "Accept": "*/*"}},
    [f"https://api.voipbin.net/v1.0/calls?token={JWT}&page_size=1", KEY],
    {"password": WORD, "more": {"Authorization": f"Bearer {WORD}"}},
    {JWT: "super-admin", KEY: "7d35e1b4-4998-431f-aa16-258c3a232f55", "more": 5},
]


@pytest.mark.parametrize("value", LOCALS)
def test_truncated_reprs_are_redacted_wherever_pytest_cuts(value: object) -> None:
    secrets = [secret.removeprefix("vb_") for secret in (WORD, KEY, *JWT.split(".")[1:])]
    pieces = {secret[start : start + 8] for secret in secrets for start in range(len(secret) - 7)}
    for size in range(20, len(repr(value)) + 10):
        text = redaction.redact_text(saferepr(value, size))
        assert not [piece for piece in pieces if piece in text], text


CODE = [
    "token = voipbin.super_admin.token",
    '    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, params={"token": token})',
    "url = f'{base}/calls?page_token={next}'",
    "assert body['next_page_token'] == '2026-04-22T00:00:00Z'",
    """curl -H "Authorization: Bearer $VOIPBIN_TOKEN" "$VOIPBIN_BASE_URL"/providercalls""",
    "assert {'error': {'m...', 'status': 'x'}} == {'id': '...', 'target': '+12025550143'}",
    "url = 'https://api.voipb...ple/v1.0/providercalls'",
    "Log in and send the token as ?token= or as Authorization: Bearer <token>.",
]


# All fields of a request, in which pytest cuts most often.
FIELDS = [*ProviderCallRequest.model_fields, *AddressRequest.model_fields, *ActionRequest.model_fields]


@pytest.mark.parametrize("quote", ["'", '"', '\\"'])
@pytest.mark.parametrize("field", FIELDS)
def test_the_rest_of_a_harmless_field_is_unchanged_wherever_pytest_cuts(field: str, quote: str) -> None:
    for start in range(len(field)):
        text = redaction.redact_text(f"{{'target_na...{field[start:]}{quote}: {quote}yes{quote}}}")
        # A short rest may be that of `password`; then the value is redacted, and never the name.
        assert text.startswith(f"{{'target_na...{field[start:]}{quote}: ")


@pytest.mark.parametrize("text", CODE)
def test_code_and_hints_that_only_name_a_credential_are_unchanged(text: str) -> None:
    assert redaction.redact_text(text) == text


@given(st.binary())
def test_any_body_without_credentials_is_unchanged(body: bytes) -> None:
    assert redaction.redact_body(body) == body or b"***" in redaction.redact_body(body)


@given(
    st.text()
    | st.lists(st.sampled_from(["...", "token", "'", '"', ":", " ", "=", "?", "secret", "rd", "."])).map("".join)
)
def test_redaction_is_idempotent(text: str) -> None:
    for redact in (redaction.redact_text, redaction.redact_target, redaction.redact_message):
        redacted = redact(text)
        assert redact(redacted) == redacted


@pytest.mark.parametrize("redact", [redaction.redact_text, redaction.redact_message, redaction.redact_values])
def test_what_a_redacted_value_makes_look_like_a_credential_is_redacted_too(redact: Callable[[str], str]) -> None:
    redaction.KNOWN.add("0paque-known-1", "name='B")
    for text in (f"0paque-known-1vb_{WORD}abcdefghijkl", "Bearer name='B", f"a0paque-known-1Bearer {WORD}"):
        redacted = redact(text)
        assert redact(redacted) == redacted


PUNCTUATED = [
    ("send it as ?accesskey=, never as ?token= or in a header", None),
    ("POST /v1.0/calls?token= -> 401 (as nobody)", None),
    ("a name is missing: ?token=: it", None),
    ("a URL with ?token= appears in logs", None),
    (f"a URL with ?token= {WORD}", "a URL with ?token= ***"),
    ("a line with token= appears", "a line with token= ***"),
    (f"GET /v1.0/calls?token={WORD}, then", "GET /v1.0/calls?token=***, then"),
    (f"(see https://x.example/?token={WORD}).", "(see https://x.example/?token=***)."),
    (f"[/v1.0/calls?accesskey={WORD}]: 401", "[/v1.0/calls?accesskey=***]: 401"),
    (f"token={WORD} -> 401", "token=*** -> 401"),
]


@pytest.mark.parametrize(("text", "expected"), PUNCTUATED)
def test_the_punctuation_around_a_value_remains(text: str, expected: str | None) -> None:
    assert redaction.redact_message(text) == (expected or text)


def test_all_that_rules_say_is_shown_unchanged() -> None:
    for rule in (*RULES.values(), *CLIENT_RULES.values()):
        values = (getattr(rule, field.name) for field in dataclasses.fields(rule))
        texts = [value for value in values if isinstance(value, str)]
        assert len(texts) > 2
        assert [redaction.redact_message(text) for text in texts] == texts


@pytest.mark.parametrize("name", ["X-Goog-Signature", "x-goog-signature", "X-Goog%2DSignature"])
def test_the_signature_of_a_url_of_googles_storage_is_redacted(name: str) -> None:
    url = f"https://storage.googleapis.com/bucket/recording.wav?X-Goog-Date=20260421T000000Z&{name}={WORD}"
    shown = [redaction.redact_message(url), redaction.redact_text(f"url = '{url}'"), redaction.redact_target(url)]
    shown.append(redaction.redact_body(json.dumps({"location": url}).encode()).decode())
    assert not any(map(is_readable, shown))
    assert all("X-Goog-Date=20260421T000000Z" in text for text in shown)


@given(st.text(alphabet="token=%25\"':{}[]?&@/ey JvbB\\"), st.sampled_from([JWT, KEY]))
def test_a_credential_pattern_is_redacted_in_any_context(around: str, secret: str) -> None:
    text = f"{around}\n{secret}\n{around}"
    assert not is_readable(redaction.redact_text(text) + redaction.redact_body(text.encode()).decode())


STARTS = ["%25", "token=", "word", "a-", '"token":{', "eyJ", "://a:", "Bearer ", "'", '"token" ', "token "]
STARTS += [
    "...",
    "...a",
    ".a",
    "...'",
    "...d':",
    "\\u0026",
    "%74oken=%26",
    "('token', ",
    "--token ",
    "a-",
    "token[",
    "auth=('",
]


@pytest.mark.parametrize("start", STARTS)
def test_redaction_takes_linear_time(start: str) -> None:
    text = start * 3_000
    # Quadratic time would take minutes.
    for redact in (redaction.redact_message, redaction.redact_target):
        assert len(redact(text)) <= 2 * len(text)


def is_readable(text: str) -> bool:
    """Return whether a credential, or most of it, is readable."""
    return any(secret in text for secret in (JWT[20:], JWT[:30], KEY[:20], WORD))
