"""No credential appears in the journal, in a transcript or in a repr."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields

import pytest
from pytest_providercalls.contracts import redaction
from pytest_providercalls.contracts.http import Request
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.world.journal import Exchange

from ..scenario import responses

SECRET = "S3cr3t-value"
TARGETS = [
    f"/v1.0/calls?token={SECRET}",
    f"/v1.0/calls?accesskey={SECRET}",
    f"/v1.0/calls?page_size=1&token={SECRET}&x=y",
    f"/v1.0/calls?%74oken={SECRET}",
    f"/v1.0/calls?%74%6f%6B%65%6e={SECRET}",
    f"/v1.0/calls?acces%73key={SECRET}",
    f"/v1.0/calls?TOKEN={SECRET}&AccessKey={SECRET}",
    f"/v1.0/calls?token%3D{SECRET}",
    f"/v1.0/calls?a=b;token={SECRET}",
    f"/v1.0/calls&token={SECRET}",
    f"/v1.0/calls?x?token={SECRET}",
    f"/v1.0/nothing?token={SECRET}",
    f"/v1.0/calls/?token={SECRET}",
    f"/v1.0/calls%?token={SECRET}",
]


def shown(fake: FakeVoipbin) -> str:
    """Return everything that a fake shows of its requests."""
    return "\n".join([fake.transcript(), repr(fake.requests), *map(str, fake.requests), repr(fake)])


@pytest.mark.parametrize("target", TARGETS)
def test_credential_in_the_target_is_redacted(fake: FakeVoipbin, target: str) -> None:
    fake.handle(Request("GET", target))
    assert SECRET not in shown(fake)
    assert "***" in fake.requests[-1].url


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (f"/v1.0/calls?page_size=1&token={SECRET}", "/v1.0/calls?page_size=1&token=***"),
        (f"/v1.0/calls?accesskey={SECRET}&page_size=1", "/v1.0/calls?accesskey=***&page_size=1"),
        ("/v1.0/calls?page_token=2026&x=token", "/v1.0/calls?page_token=2026&x=token"),
        ("/v1.0/calls?q=%20", "/v1.0/calls?q=%20"),
    ],
)
def test_rest_of_the_target_is_unchanged(fake: FakeVoipbin, url: str, kept: str) -> None:
    fake.handle(Request("GET", url))
    assert fake.requests[-1].url == kept


BODIES = [
    f'{{"username": "a", "password": "{SECRET}"}}',
    f'{{"PASSWORD":"{SECRET}"}}',
    f'{{"Password"  :\n\t"{SECRET}"}}',
    f'{{"pASSwoRD":"{SECRET}", "x": 1}}',
    f'{{"token":"{SECRET}"}}',
    f'{{"TOKEN":"{SECRET}"}}',
    f'{{"toKeN" : "{SECRET}"}}',
    f'{{"webhook_secret": "{SECRET}"}}',
    f'{{"p\\u0061ssword": "{SECRET}"}}',
    f'{{"\\u0050ASSWORD": "{SECRET}"}}',
    f'{{"t\\u006Fken": "{SECRET}"}}',
    f'{{"pa\u017f\u017fword": "{SECRET}"}}',
    f'{{"to\u212aen": "{SECRET}"}}',
    f'{{"password": "a\\"{SECRET}"}}',
    f'{{"password": "{SECRET}',
    f'{{"a": {{"password": "{SECRET}"}}}}',
    f'{{"password": "x", "password": "{SECRET}"}}',
    f"username=a&password={SECRET}",
    f"password={SECRET}",
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("path", ["/auth/login", "/v1.0/flows", "/v1.0/nothing"])
def test_credential_in_a_body_is_redacted(fake: FakeVoipbin, path: str, body: str) -> None:
    token = fake.super_admin.token
    fake.handle(Request("POST", path, (("Authorization", f"Bearer {token}"),), body.encode()))
    assert SECRET not in shown(fake)
    assert b"***" in fake.requests[-1].request_body


def test_body_without_a_credential_is_unchanged(fake: FakeVoipbin) -> None:
    body = '{"text": "say token, password: x", "token_prefix": "vb_", "\u00e9": "\\u0061"}'.encode()
    fake.handle(Request("POST", "/v1.0/flows", (), body))
    assert fake.requests[-1].request_body == body


def test_number_as_password_is_redacted(fake: FakeVoipbin) -> None:
    fake.handle(Request("POST", "/auth/login", (), b'{"password": 20260421, "username": "a"}'))
    assert fake.requests[-1].request_body == b'{"password": "***", "username": "a"}'


def test_headers_are_not_recorded(fake: FakeVoipbin) -> None:
    headers = (("Authorization", f"Bearer {SECRET}"), ("Cookie", f"token={SECRET}; accesskey={SECRET}"))
    fake.handle(Request("GET", "/v1.0/calls", headers))
    assert SECRET not in shown(fake)


def test_credentials_of_the_fake_are_not_shown(fake: FakeVoipbin) -> None:
    responses(fake)
    secrets = [
        secret for agent in fake.state.agents.values() for secret in (agent.password, agent.token, agent.accesskey)
    ]
    secrets += [*fake.state.tokens, *fake.state.secrets]
    text = "\n".join(
        [
            shown(fake),
            *map(repr, (fake.super_admin, fake.customer_admin, fake.snapshot(), fake.state)),
            *(
                repr(record)
                for table in fake.state.parts().values()
                if isinstance(table, Mapping)
                for record in table.values()
            ),
        ]
    )
    # A deleted agent of a probe has no credentials.
    assert [secret for secret in secrets if secret and secret in text] == []


@pytest.mark.parametrize(
    "read",
    [
        repr,
        lambda entry: repr(copy.deepcopy(entry)),
        lambda entry: repr(asdict(entry)),
        lambda entry: repr([getattr(entry, one.name) for one in fields(entry)]),
        lambda entry: repr(entry.__reduce_ex__(2)),
        lambda entry: repr(entry.json()),
    ],
)
def test_an_entry_is_redacted_however_it_is_read(fake: FakeVoipbin, read: Callable[[Exchange], str]) -> None:
    fake.handle(Request("POST", f"/v1.0/providers?token={SECRET}", (), b'{"password": "%b"}' % SECRET.encode()))
    assert SECRET not in read(fake.requests[-1])


def test_a_credential_in_a_body_is_known_before_the_next_output(fake: FakeVoipbin) -> None:
    fake.handle(Request("POST", "/v1.0/providers?token=Vt8_eWq5Kn3-hB6c", (), b'{"password": "Xk9_dQz7Lm2-pR4v"}'))
    assert redaction.redact_values("sent Xk9_dQz7Lm2-pR4v and Vt8_eWq5Kn3-hB6c") == "sent *** and ***"


def test_credentials_of_many_requests_are_known(fake: FakeVoipbin) -> None:
    for number in range(6000):
        redaction.learn_request("/v1.0/providers", b'{"password": "Hq7_zWd2Xm%04d"}' % number)
    assert redaction.redact_values("sent Hq7_zWd2Xm5999") == "sent ***"


def test_a_token_that_a_client_keeps_sending_stays_known(fake: FakeVoipbin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction.KNOWN, "_half", 50)
    for turn in range(4):
        fake.handle(Request("GET", "/v1.0/providers", (("X-Api-Key", "Zp6_mTk1Vb9-wQ3x"),)))
        assert redaction.redact_known("Zp6_mTk1Vb9-wQ3x") == "***"
        redaction.KNOWN.add(*(f"0paque-{turn}-{other}" for other in range(60)))


def test_headers_may_be_lists(fake: FakeVoipbin) -> None:
    headers = [["Authorization", f"Bearer {fake.super_admin.token}"]]
    response = fake.handle(Request("GET", "/v1.0/providers", headers))  # type: ignore[arg-type]
    assert response.status == 200
