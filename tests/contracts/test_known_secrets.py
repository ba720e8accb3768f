"""Secrets that are known: where they are found, how they may be written, and which values are too ordinary."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_providercalls.contracts import redaction
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.contracts.redaction import learning, texts
from pytest_providercalls.contracts.redaction.known_values import KnownValues, is_ordinary
from pytest_providercalls.contracts.redaction.readings import readings
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.seed_files import Seed, apply_seed
from pytest_providercalls.fake_server.world.credential_owner import CredentialOwner, CredentialRegistry

SENT = [
    (b"username=u&password=ab%26SECRET1", b"username=u&password=***", "ab&SECRET1"),
    (b"username=u&password=ab;SECRET2&x=y", b"username=u&password=***&x=y", "ab;SECRET2"),
    (b"password=my%20own%20phrase&x=y", b"password=***&x=y", "my own phrase"),
    (b"pass%77ord=ab%26SECRET3", b"pass%77ord=***", "ab&SECRET3"),
    (b'{"password": "ab\\u0026SECRET4"}', b'{"password": "***"}', "ab&SECRET4"),
    (b'{"tech_headers": {"Cookie": "id=0paque-1"}}', b'{"tech_headers": {"Cookie": "***"}}', "id=0paque-1"),
    (b'{"data": "{\\"token\\": \\"ab\\\\u0026SECRET5\\"}"}', b'{"data": "{\\"token\\": \\"***\\"}"}', "ab&SECRET5"),
    (
        b'{"uri": "https://x.example/?token%5B%5D=ab%2526SECRET6"}',
        b'{"uri": "https://x.example/?token%5B%5D=***"}',
        "ab&SECRET6",
    ),
]


@pytest.mark.parametrize(("body", "kept", "secret"), SENT)
def test_a_body_is_redacted_as_it_was_sent_and_its_secret_is_known(body: bytes, kept: bytes, secret: str) -> None:
    assert redaction.redact_body(body) == kept
    assert redaction.redact_known(f"<{secret}>") == "<***>"


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/v1.0/calls?password=my%20pass%20phrase", "/v1.0/calls?password=***"),
        ("/v1.0/calls?token=ab%26SECRET7&page_token=1", "/v1.0/calls?token=***&page_token=1"),
        ("/v1.0/calls?%74oken=ab%26SECRET8", "/v1.0/calls?%74oken=***"),
        ("/v1.0/calls?token[]=a%3Bb%23SECRET9&x=y", "/v1.0/calls?token[]=***&x=y"),
        ("/v1.0/calls?accesskey=it's%22SECRET0", "/v1.0/calls?accesskey=***"),
    ],
)
def test_decoding_a_target_never_ends_a_secret(target: str, kept: str) -> None:
    assert redaction.redact_target(target) == kept


HEADERS = [
    ("Authorization", "Bearer 0paque-bearer-1", "0paque-bearer-1"),
    ("authorization", "Token 0paque-scheme-2", "0paque-scheme-2"),
    ("Authorization", "0paque-bare-3", "0paque-bare-3"),
    ("Authorization", f"Basic {base64.b64encode(b'user:0paque-basic-4').decode()}", "0paque-basic-4"),
    ("Proxy-Authorization", "Basic 0paque-proxy-5", "0paque-proxy-5"),
    ("Cookie", "theme=dark; token=0paque-cookie-6", "0paque-cookie-6"),
    ("Cookie", 'session="0paque-session-7"', "0paque-session-7"),
    ("X-Api-Key", "0paque-key-8", "0paque-key-8"),
    ("X-VoIPbin-Token", "0paque-own-9", "0paque-own-9"),
    ("X-Api-Key", "p\u00e4ssw\u00f6rd-10".encode().decode("latin-1"), "p\u00e4ssw\u00f6rd-10"),
]


@pytest.mark.parametrize(("name", "value", "secret"), HEADERS)
def test_a_secret_in_a_header_is_known_from_then_on(name: str, value: str, secret: str) -> None:
    fake = FakeVoipbin()
    fake.handle(Request("GET", f"/v1.0/calls?name={quote(secret)}"))
    fake.handle(Request("GET", "/v1.0/calls", ((name, value),)))
    fake.handle(Request("POST", "/v1.0/flows", (), json.dumps({"name": secret}).encode()))
    shown = "\n".join([fake.transcript(), repr(fake.requests), *map(str, fake.requests)])
    assert secret not in shown
    assert quote(secret) not in shown
    assert json.dumps(secret)[1:-1] not in shown


@pytest.mark.parametrize("name", ["X-Idempotency-Key", "X-Request-Id", "Idempotency-Key", "User-Agent", "Host"])
def test_other_headers_are_no_secrets(name: str) -> None:
    FakeVoipbin().handle(Request("GET", "/v1.0/calls", ((name, "0rdinary-header-1"),)))
    assert redaction.redact_known("0rdinary-header-1") == "0rdinary-header-1"
    assert redaction.redact_message(f"{name}: 0rdinary-header-1") == f"{name}: 0rdinary-header-1"


def issued() -> Iterator[str]:
    owner = CredentialOwner("a test", CredentialRegistry())
    seeded = FakeVoipbin()
    customer = seeded.add_customer(webhook_secret="chosen-webhook-s3cret")
    seed = {"agents": [{"username": "u", "permission": "customer_admin", "password": "chosen-passw0rd"}]}
    apply_seed(seeded, Seed.model_validate(seed))
    yield from (customer.webhook_secret, seeded.add_accesskey().secret)
    for fake in (FakeVoipbin(), FakeVoipbin(owner=owner), seeded):
        fake.issue_token(next(iter(fake.state.agents.values())))
        yield from (customer.webhook_secret for customer in fake.state.customers.values())
        yield from (*fake.state.secrets, *fake.state.tokens)
        yield from (agent.password for agent in fake.state.agents.values())


def test_every_credential_that_a_fake_issues_is_known() -> None:
    secrets = list(issued())
    assert "chosen-passw0rd" in secrets
    for secret in secrets:
        for written in (secret, quote(secret, safe=""), base64.b64encode(f"u:{secret}".encode()).decode()):
            # The characters before a token in base64 need not be part of it.
            assert redaction.redact_values(f"say {written} now") in ("say *** now", "say dTp*** now")


def test_variables_of_the_environment_are_known() -> None:
    redaction.learn_variables(
        {"VOIPBIN_TOKEN": "0paque-variable-1", "PATH": "0paque-path-1", "VOIPBIN_URL": "http://x.y/z1"}
    )
    assert redaction.redact_known("0paque-variable-1 0paque-path-1 http://x.y/z1") == "*** 0paque-path-1 http://x.y/z1"


ORDINARY = [
    "",
    "a",
    "abc12",
    "test",
    "secret",
    "Password",
    "not-a-token",
    "wrong.token",
    "ADMIN",
    "20260421",
    "super-admin",
]
ORDINARY += ["7d35e1b4-4998-431f-aa16-258c3a232f55", "voipbin", "test_token", "***", "*", "x" * 16, "x" * 10_000]
EXTRAORDINARY = [
    "hunter2",
    "$ecret123",
    "test_1x9",
    "my pass",
    "ab&cde",
    "correcthorsebatterystaple",
    "12345678901234567890",
    "paSSword",
]


@pytest.mark.parametrize(
    "value", ["<token>", "<your access key>", "{token}", "{{token}}", "$VOIPBIN_TOKEN", "${VOIPBIN_TOKEN}"]
)
def test_what_a_client_should_have_replaced_is_no_secret(value: str) -> None:
    FakeVoipbin().handle(Request("GET", f"/v1.0/calls?token={quote(value)}"))
    assert redaction.redact_values(f"say {value} now") == f"say {value} now"


@pytest.mark.parametrize("value", ORDINARY)
def test_an_ordinary_value_is_redacted_only_where_it_is_named(value: str) -> None:
    assert is_ordinary(value)
    redaction.redact_target(f"/v1.0/calls?token={value}&x=y")
    text = f"the {value} of test-a at https://x.example/{value}/a"
    assert redaction.redact_known(text) == text
    assert redaction.redact_message(f"?token={value}") == "?token=" + ("***" if value else "")


@pytest.mark.parametrize("value", ["Bearer ", "token=", " test "])
def test_what_surrounds_an_ordinary_value_is_no_secret(value: str) -> None:
    FakeVoipbin().handle(Request("GET", "/v1.0/calls", (("Authorization", value), ("X-Api-Key", value))))
    assert redaction.redact_known(f"say {value} now") == f"say {value} now"


@pytest.mark.parametrize("value", EXTRAORDINARY)
def test_any_other_value_is_redacted_everywhere(value: str) -> None:
    assert not is_ordinary(value)
    known = KnownValues()
    known.add(value)
    assert list(known.spans(f"a {value}!")) == [(2, 2 + len(value))]


def test_a_field_that_one_test_fills_is_readable_in_the_next() -> None:
    FakeVoipbin().handle(Request("GET", "/v1.0/calls?token=" + "x" * 300, (("Authorization", "Bearer " + "x" * 70),)))
    filled = json.dumps({"name": "x" * 255, "detail": base64.b64encode(b"x" * 90).decode()})
    assert redaction.redact_known(filled) == filled


def test_a_short_value_counts_only_as_a_whole_word() -> None:
    known = KnownValues()
    known.add("test_1x", "a-longer-value-2")
    assert list(known.spans("test_1xy mytest_1x test_1x.")) == [(19, 26)]
    assert list(known.spans("xa-longer-value-2x")) == [(1, 17)]


def test_the_oldest_values_are_forgotten_and_those_in_use_are_not() -> None:
    known = KnownValues(remembered=100)
    for number in range(1000):
        known.add(f"0paque-{number:04}-value", "0paque-always-1")
    assert not list(known.spans("0paque-0001-value"))
    assert all(list(known.spans(f"0paque-{number:04}-value")) for number in range(951, 1000))
    assert list(known.spans("0paque-always-1"))


def test_a_token_that_a_client_still_sends_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction.KNOWN, "_half", 50)
    for number in range(4):
        redaction.learn_headers([("Authorization", "Bearer 0paque-in-use-1")])
        redaction.redact_target("/v1.0/calls?token=0paque-in-use-2")
        assert redaction.redact_known("0paque-in-use-1 0paque-in-use-2") == "*** ***"
        redaction.KNOWN.add(*(f"0paque-{number}-{other}" for other in range(60)))


def test_a_value_that_continues_a_shorter_one_is_redacted_whole() -> None:
    known = KnownValues()
    known.add("0paque-value", "0paque-value-and-more", "0paque-value-" + "x1" * 100)
    assert list(known.spans("0paque-value-and-more")) == [(0, 21)]
    assert list(known.spans("0paque-value-" + "x1" * 100)) == [(0, 213)]


WRITTEN = [
    quote,
    quote_plus,
    json.dumps,
    repr,
    str,
    lambda text: repr(text.encode()),
    lambda text: json.dumps(json.dumps(text)),
]
WRITTEN += [lambda text: quote(quote(text)), lambda text: base64.b64encode(f"u:{text}".encode()).decode()]


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=80),
    st.sampled_from(WRITTEN),
    st.text(max_size=9),
)
def test_a_known_value_is_found_however_it_is_written(value: str, write: object, around: str) -> None:
    assert callable(write)
    known = KnownValues()
    # As redaction learns it: a value may itself contain what looks like an escape.
    known.add(*(reading.text for reading in readings(value)))
    text = f"{around}<{write(value)}>{around}"
    found = [one.origin(*span) for one in readings(text) for span in known.spans(one.text)]
    assert found or is_ordinary(value)


@given(st.text(alphabet="%26\\ux0cafn\"'&amp;# d8") | st.text())
def test_every_part_of_a_reading_has_an_origin(text: str) -> None:
    for reading in readings(text):
        places = [reading.origin(at, at + 1) for at in range(len(reading.text))]
        starts = [start for start, _ in places]
        assert [end for _, end in places] == [*starts[1:], len(text)][: len(places)]
        assert starts[:1] == [0][: len(places)]


HARMLESS = [
    "invalid token: expired",
    "the token is required",
    "--token is required",
    "Basic authentication is required",
    "login() got an unexpected keyword argument 'token'",
    "next_page_token=2026-04-22T00:00:00Z&page-token: 1",
    "assert token == 'x'",
    "token=None, password=None",
    "use ?token=<token>, ?token={token} or Authorization: Bearer $VOIPBIN_TOKEN",
    "refused by AU-02: A token is valid for 7 days.",
    "{'token_prefix': 'vb_abc', 'tokens': 3, 'monkey': 'x'}",
    "invalid accesskey: it has expired; dial(token: 'str')",
    "the token 'expire' and the password 'detail' are fields",
    "the keys ('token', ) and ['accesskey']",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_messages_are_unchanged(text: str) -> None:
    assert redaction.redact_message(text) == text


def test_a_command_is_redacted_word_by_word() -> None:
    command = [
        "dial",
        "--token",
        "swordfish",
        "--password=swordfish",
        "-u",
        "me:swordfish",
        "--verbose",
        "--api-key",
        "-x",
    ]
    expected = ["dial", "--token", "***", "--password=***", "-u", "***", "--verbose", "--api-key", "-x"]
    assert redaction.redact_command(command) == expected


@pytest.mark.parametrize(
    "value",
    [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1LXNlci0xIn0.c2lnbmF0dXJlLXRva2Vu",
        "eyJhbGciOiJIUzI1NiIsdG9rZW4tdXNlci1wYXNzd29yZA",
        "vb_0123456789abcdefghij_token-secret_key",
    ],
)
@pytest.mark.parametrize("scheme", ["", "Bearer "])
def test_no_pattern_finds_more_in_an_ordinary_token(scheme: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[set[str]] = []
    for is_one_token in (texts._IS_ONE_TOKEN, lambda _value: None):
        known = KnownValues()
        for module in (learning, texts):
            monkeypatch.setattr(module, "KNOWN", known)
        monkeypatch.setattr(texts, "_IS_ONE_TOKEN", is_one_token)
        learning._learn_header.cache_clear()
        redaction.learn_headers([("Authorization", scheme + value)])
        assert known.count
        learned.append(set(known._new.values))
    assert learned[0] == learned[1] != set()


def test_values_that_are_added_later_are_found_and_counted() -> None:
    known = KnownValues()
    known.add_later(lambda: known.add("s3cret-Value-1"))
    assert known
    assert list(known.spans("a s3cret-Value-1")) == [(2, 16)]
    known.add_later(lambda: known.add("s3cret-Value-2"))
    assert known.count == 2


def test_values_that_are_added_later_are_forgotten_like_others() -> None:
    known = KnownValues(remembered=10)
    for number in range(29):
        known.add_later(lambda number=number: known.add(f"s3cret-Value-{number}"))  # type: ignore[misc]
    found = [number for number in range(29) if list(known.spans(f"s3cret-Value-{number}"))]
    assert found[-5:] == [24, 25, 26, 27, 28]
    assert len(found) <= 10


def test_a_header_is_read_when_a_text_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(learning, "_read_header", lambda value: read.append(value) or redaction.KNOWN.add(value[7:]))
    redaction.learn_headers([("Authorization", "Bearer 0paque-Token-7")])
    assert not read
    assert redaction.redact_text("sent 0paque-Token-7") == "sent ***"
    assert read == ["Bearer 0paque-Token-7"]
