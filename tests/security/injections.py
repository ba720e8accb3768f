"""Secrets to inject into a session: where they stand, how they are written there, and of what kind they are.

Each secret is different, so what is known from one place cannot hide a leak at another one.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus

KINDS: Final[dict[str, Callable[[str], str]]] = {
    "opaque": "0paque-{}".format,
    "word": "sword{}".format,
    "token": "eyJhbGciOiJIUzI1NiJ9.{}cGF5bG9hZA.c2lnbmF0dXJl".format,
    "key": "vb_{}R3alAccessKey0fSomebody".format,
    "separators": "a&b={}/x?y#z+%41".format,
    "phrase": "my pass {} phrase".format,
    "letters": "p\u00e4ss{}w\u00f6rd".format,
    "quotes": 'it\'s "{}" \\x'.format,
}
"""How a secret of each kind is made from the letters that identify it."""
PLAIN: Final = ("opaque", "word", "token", "key")
"""The kinds that can stand in running text as they are: nothing in them looks like the end of the value."""


class Place(NamedTuple):
    """A text with a secret in it."""

    text: str
    write: Callable[[str], str]
    kinds: tuple[str, ...] = tuple(KINDS)

    def __call__(self, secret: str) -> str:
        return self.text.replace("@@", self.write(secret))


def _percent(secret: str) -> str:
    return quote(secret, safe="")


def _twice(secret: str) -> str:
    return _percent(_percent(secret))


def _every_letter(secret: str) -> str:
    return "".join(f"%{byte:02x}" for byte in secret.encode())


def _base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode()


def _basic(secret: str) -> str:
    return _base64(f"user:{secret}")


def _go_json(secret: str) -> str:
    return json.dumps(secret).replace("&", "\\u0026")


def _json_in_bytes(secret: str) -> str:
    return repr(json.dumps({"token": secret}).encode())


def _json_in_json(secret: str) -> str:
    return json.dumps({"data": json.dumps({"token": secret}, ensure_ascii=False)})


URL: Final = "https://api.voipbin.net/v1.0/calls"
NAMED: Final[dict[str, Place]] = {
    "query": Place(f"cannot GET {URL}?page_size=1&token=@@&page_token=1", _percent),
    "form": Place("sent username=u&password=@@", quote_plus),
    "every letter escaped": Place(f"{URL}?token=@@", _every_letter),
    "question mark escaped": Place(f"{URL}%3Ftoken%3D@@", _twice),
    "array": Place(f"{URL}?token[]=@@", _percent),
    "escaped name": Place(f"{URL}?%74oken=@@", _percent),
    "assignment": Place("cannot log in (token=@@)", str, PLAIN),
    "assignment, spaced": Place("cannot log in: password = @@", str, PLAIN),
    "mapping": Place("password: @@", str, PLAIN),
    "QueryParams": Place("QueryParams('token=@@')", quote_plus),
    "urllib3": Place("Url(scheme='https', path='/v1.0/calls', query='accesskey=@@', fragment=None)", _percent),
    "cookie jar": Place("<Cookies[<Cookie token=@@ for api.voipbin.net />]>", str, PLAIN),
    "cookie": Place("Cookie(version=0, name='token', value=@@, port=None)", repr),
    "cookie header": Place("Cookie: token=@@; theme=dark", str, PLAIN),
    "pairs": Place("[('token', @@), ('page_size', '1')]", repr),
    "headers": Place("Headers([('authorization', @@)])", repr),
    "header": Place("{'X-Auth-Token': @@, 'Accept': '*/*'}", repr),
    "environment": Place("environ({'HOME': '/', 'VOIPBIN_TOKEN': @@})", repr),
    "shell": Place("export VOIPBIN_ACCESSKEY=@@", str, PLAIN),
    "arguments": Place("Command '['dial', '--token', @@]' returned non-zero exit status 1.", repr),
    "command line": Place("dial --token @@ --verbose", str, PLAIN),
    "curl": Place("curl -u me:@@ https://api.voipbin.net", str, PLAIN),
    "basic": Place("Authorization: Basic @@", _basic),
    "basic, in prose": Place("sent the header Basic @@", _basic),
    "bearer": Place("Authorization: Bearer @@", str, PLAIN),
    "auth": Place("request(auth=('me', @@))", repr),
    "keyword": Place("login(username='u', password=@@)", repr),
    "bytes": Place("{'password': b'@@'}", lambda secret: repr(secret.encode())[2:-1]),
    "JSON": Place('{"username": "u", "password": @@}', json.dumps),
    "JSON of Go": Place('{"token":@@}', _go_json),
    "JSON in bytes": Place("sent @@", _json_in_bytes),
    "JSON in JSON": Place("sent @@", _json_in_json),
    "lists": Place("{'token': [@@], 'page_size': ['1']}", repr),
    "quoted mapping": Place("cannot log in: { token: @@ }", repr),
    "arrow": Place("{:token=>@@}", json.dumps),
    "form of HTML": Place('<input name="token" value="@@">', html.escape),
    "element": Place("<response><token>@@</token></response>", str, PLAIN),
    "user of a URL": Place("https://me:@@@api.voipbin.net/", _percent),
}
"""Texts that name a secret."""
SHOWN: Final[dict[str, Place]] = {
    "as it is": Place("the server said @@!", str),
    "in a URL": Place("https://example.com/@@", _percent),
    "in a form": Place("sent name=@@&x=y", quote_plus),
    "in JSON": Place('{"name": @@}', json.dumps),
    "in JSON of Go": Place('{"name":@@}', _go_json),
    "in a repr": Place("Record(name=@@)", repr),
    "in bytes": Place("@@", lambda secret: repr(secret.encode())),
    "in base64": Place("sent @@ there", lambda secret: _base64(f"x{secret}")),
    "in HTML": Place("<p>@@</p>", html.escape),
}
"""Texts in which only its value tells that a secret is one."""
SENT: Final = (
    *("query", "repeated query", "escaped name", "JSON", "form", "provider", "bearer", "basic", "cookie", "API key"),
)
"""How a request can carry a secret, see `request`."""
KNOWN_KINDS: Final = tuple(kind for kind in KINDS if kind != "word")
"""A single word is redacted by name only."""


class Injection(NamedTuple):
    """One secret: the letters to search for, the text that contains it, and how a request carries it, if one does."""

    name: str
    letters: str
    secret: str
    text: str
    sent: str = ""


def _letters(number: int) -> str:
    """Return letters that appear nowhere else; ordinary ones, so that they make no secret remarkable."""
    return "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03}").join(("qz", "xq"))


def _injections() -> Iterator[tuple[str, str, Place, str]]:
    for name, place in NAMED.items():
        yield from ((name, kind, place, "") for kind in place.kinds)
    shown = list(SHOWN.items())
    for index, sent in enumerate(SENT):
        for offset, kind in enumerate(KNOWN_KINDS):
            name, place = shown[(index + offset) % len(shown)]
            yield f"{name}, after {sent}", kind, place, sent


def table() -> list[Injection]:
    """Return all injections."""
    injections = []
    for number, (name, kind, place, sent) in enumerate(_injections()):
        letters = _letters(number)
        secret = KINDS[kind](letters)
        injections.append(Injection(f"{name}: {kind}", letters, secret, place(secret), sent))
    return injections


def request(sent: str, secret: str) -> tuple[str, str, tuple[tuple[str, str], ...], bytes]:
    """Return the method, target, headers and body of a request that carries a secret."""
    method, target, headers, body = "GET", "/v1.0/calls", dict[str, str](), ""
    if sent == "query":
        target += f"?page_size=1&accesskey={_percent(secret)}"
    elif sent == "repeated query":
        target += f"?token=first&token={quote_plus(secret)}"
    elif sent == "escaped name":
        target += f"?%74oken[]={_every_letter(secret)}"
    elif sent == "JSON":
        method, target, body = "POST", "/auth/login", json.dumps({"username": "u", "password": secret})
    elif sent == "form":
        method, target, body = "POST", "/auth/login", f"username=u&password={quote_plus(secret)}"
    elif sent == "provider":
        method, target, body = "POST", "/v1.0/providers", json.dumps({"tech_headers": {"X-Auth-Token": secret}})
    elif sent == "bearer":
        headers["Authorization"] = f"Bearer {secret}"
    elif sent == "basic":
        headers["authorization"] = f"Basic {_basic(secret)}"
    elif sent == "cookie":
        headers["Cookie"] = f"theme=dark; accesskey={secret}"
    elif sent == "API key":
        headers["X-Api-Key"] = secret
    else:
        raise ValueError(sent)
    return method, target, tuple(headers.items()), body.encode()


def leaks(output: str, injections: list[Injection]) -> list[str]:
    """Return where an output contains an injected secret, as it is or in base64: the injection, and the line."""
    found = []
    for one in injections:
        for form in _forms(one.letters):
            if (at := output.find(form)) >= 0:
                found.append(f"{one.name}: {output[max(0, at - 60) : at + 40]!r}")
    return found


def _forms(letters: str) -> set[str]:
    forms = {letters, _every_letter(letters)}
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + letters.encode() + bytes(2)).decode()
        forms.add(encoded[-(-8 * offset // 6) : 8 * (offset + len(letters)) // 6])
    return forms
