"""Secrets that no request has carried, next to a name: in source code, in assertions, in formats of other tools."""

from __future__ import annotations

import json

import pytest
from pytest_providercalls.contracts import redaction

from pytest_providercalls.redaction.report_parts import redact_lines

CODE = [
    'token = r"HIDDEN"',
    "token = '''HIDDEN'''",
    'token = """HIDDEN"""',
    "(token := 'HIDDEN')",
    "token = ['HIDDEN']",
    "Client(token=('HIDDEN',), name='x')",
    "headers['Authorization'] = 'HIDDEN'",
    'os.environ["VOIPBIN_TOKEN"] = "HIDDEN"',
    "token: str = 'HIDDEN'",
    "password: Optional[str] = 'HIDDEN'",
    "def login(token: str | None = 'HIDDEN', name: str = 'x'):",
    "monkeypatch.setattr(client, 'token', 'HIDDEN')",
    "httpx.BasicAuth('me', 'HIDDEN')",
    'HTTPBasicAuth("me", "HIDDEN")',
    "{'secret_key': 'HIDDEN', 'privateKey': 'HIDDEN', 'passphrase': 'HIDDEN'}",
    "{'key': 'accesskey', 'value': 'HIDDEN'}",
    '<input name="token" type="hidden" value="HIDDEN">',
    "SplitResult(scheme='https', netloc='me:HIDDEN@example.com', path='')",
    "ParseResult(scheme='https', userinfo='me:HIDDEN', host='example.com')",
    "https://me:p@HIDDEN@example.com/",
    "https://HIDDEN:@example.com/",
    "https://HIDDEN@example.com/",
    "sip:alice:HIDDEN@example.com",
]
MESSAGES = [
    "token=SecretStr('HIDDEN')",
    "Login(password=Secret(value='HIDDEN'))",
    "token `HIDDEN` is invalid",
    "the token is 'HIDDEN'",
    "{'token': {'value': 'HIDDEN', 'more': {'deep': 'HIDDEN'}}, 'x': 1}",
    "<ns:token>HIDDEN</ns:token>",
    '<token type="x">HIDDEN</token>',
    "<token><![CDATA[HIDDEN]]></token>",
    "b'Content-Disposition: form-data; name=\"token\"\\r\\n\\r\\n@\\r\\n--x'",
    "BEARER HIDDEN",
    "\x1b[36mtoken\x1b[0m=\x1b[35mHIDDEN\x1b[0m \x1b[36mpage\x1b[0m=\x1b[35m5\x1b[0m",
    "\\x1b[36mtoken\\x1b[0m=\\x1b[35mHIDDEN\\x1b[0m",
    "E       token: 'x1' != 'HIDDEN'",
    "E        +  where 'HIDDEN' = <Client>.token",
    "E        +    where 'HIDDEN' = Client(name='x').access_token",
    "E       1 validation error for Settings\nE       voipbin.api_token\nE         Input should be valid"
    " [type=int_parsing, input_value='HIDDEN', input_type=str]",
    "1 validation error for Settings\npassword\n  Input [type=x, input_value=Secret('HIDDEN', 1), input_type=Secret]",
]


def secret_in(number: int) -> str:
    """Return the secret of one text: what a text reveals is known from then on."""
    return f"Zq{number}xYv8Kp0Wt"


@pytest.mark.parametrize("number", range(len(CODE)))
def test_source_code_has_no_secrets(number: int) -> None:
    secret = secret_in(number)
    assert secret not in redaction.redact_text(CODE[number].replace("HIDDEN", secret))


@pytest.mark.parametrize("number", range(len(MESSAGES)))
def test_messages_have_no_secrets(number: int) -> None:
    secret = secret_in(100 + number)
    assert secret not in redact_lines(MESSAGES[number].replace("HIDDEN", secret))


def test_what_an_explanation_reveals_is_known_in_the_assertion() -> None:
    redact_lines("E    +  where 'Zq200xYv8Kp0Wt' = <Client>.token")
    assert redact_lines("E   assert 'Zq200xYv8Kp0Wt' == 'x'") == "E   assert '***' == 'x'"


@pytest.mark.parametrize(
    "value",
    [["a]b", "HIDDEN"], [["a"], "HIDDEN"], {"a": {"}": "]"}, "b": "HIDDEN"}, [{"a": ["HIDDEN"]}]],
)
def test_a_list_or_an_object_on_the_wire_is_redacted_whole(value: object) -> None:
    body = json.dumps({"token": value, "page_size": [5]}).encode()
    for sent in (body, json.dumps({"data": body.decode()}).encode()):
        assert b"HIDDEN" not in redaction.redact_body(sent)
        assert b"page_size" in redaction.redact_body(sent)
    assert json.loads(redaction.redact_body(body)) == {"token": "***", "page_size": [5]}


HARMLESS_CODE = [
    "token = ''",
    "def login(token: str, password: str = '', name: str = 'x') -> None:",
    'token = f"{prefix}-{number}"',
    'headers["Authorization"] = f"Bearer {token}"',
]
HARMLESS = [
    "nextPageToken = 'CAoQAA12345', page_token='CAoQAA12345'",
    "sip:alice@example.com:5060 and sip:example.com:5060",
    "git clone ssh://git@example.com/x and https://example.com:8080/@x",
    "where 'CAoQAA12345' = <Page>.next_page_token",
    "+  where 'CAoQAA12345' = <Call>.status",
    "token: 5 != 6",
    "SplitResult(scheme='https', netloc='example.com:8080', path='')",
    "{'key': 'status', 'value': 'CAoQAA12345'}",
    "\x1b[31mtoken\x1b[0m expired",
    "1 validation error\ntoken\n  Field required [type=missing]",
]


@pytest.mark.parametrize("text", [*HARMLESS_CODE, *HARMLESS])
def test_harmless_code_is_unchanged(text: str) -> None:
    assert redaction.redact_text(text) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert redact_lines(text) == text


def test_colours_do_not_lengthen_a_value() -> None:
    text = "\x1b[36mtoken\x1b[0m=\x1b[35mZq300xYv8Kp0Wt\x1b[0m page=5"
    assert redact_lines(text) == "\x1b[36mtoken\x1b[0m=***\x1b[0m page=5"


ASSERTIONS = [
    ('client.token == "abc"', "assert 'HIDDEN' == 'abc'"),
    ("'abc' == headers['X-Api-Key']", "assert 'abc' == 'HIDDEN'"),
    ("token in ['a', 'b']", "assert 'HIDDEN' in ['a', 'b']"),
    ("get_token() == 'x', 'wrong'", "AssertionError: wrong\nE       assert 'HIDDEN' == 'x'"),
    ("Client(base_url='x').headers.get(\"authorization\") != 'x'", "assert 'HIDDEN' != 'x'"),
    ("'x' == client.password  # as configured", "assert 'x' == \"HIDDEN\""),
    (
        "token.startswith('x')",
        "assert False\nE        +  where False = <built-in>('x')\nE        +    where <built-in> = 'HIDDEN'.startswith",
    ),
]


@pytest.mark.parametrize("number", range(len(ASSERTIONS)))
@pytest.mark.parametrize("source", [">       assert ", "    assert "])
def test_the_explanation_of_an_assertion_has_no_secrets(number: int, source: str) -> None:
    code, explanation = ASSERTIONS[number]
    secret = secret_in(400 + number + 50 * (source[0] == ">"))
    prefix = "E       " if source[0] == ">" else "" if "\n" not in explanation else "E   "
    text = f"{source}{code}\n{prefix}{explanation.replace('HIDDEN', secret)}\n{prefix}  + {secret}"
    assert secret not in redaction.redact_known(redact_lines(text))


@pytest.mark.parametrize(
    "text",
    [
        "    assert call.status == 'x'\nE   assert '0rdinary-value-1' == 'x'",
        "    assert page_token == 'x'\nE   assert '0rdinary-value-1' == 'x'",
        "    assert token\nE   assert '0rdinary-value-1' == 'x'",
        "    assert 'token' not in body\nE   assert 'token' not in '0rdinary-value-1'",
    ],
)
def test_other_explanations_are_unchanged(text: str) -> None:
    assert redact_lines(text) == text
