"""Responses that are read in one step: once a client has read one, it is in each respect the library's own."""

from __future__ import annotations

import asyncio
import copy
import gzip
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock, patch

import pytest
from pytest_providercalls.fake_server.transports import whole_response
from pytest_providercalls.fake_server.transports.whole_response import create_response

URL = "https://api.voipbin.net/v1.0/calls"
BODY = b'{"a": "\xc3\xa9"}'
Create = Callable[..., Any]
Reading = Callable[[Any], Any]


@pytest.fixture
def whole(library: Any) -> Create:
    """Create a response that is read in one step."""
    return lambda status=200, body=BODY: create_response(library, status, [], body, {})


@pytest.fixture
def own(library: Any) -> Create:
    """Create a response that the library reads itself."""
    return lambda status=200, body=BODY: library.Response(status, headers=[], stream=library.ByteStream(body))


@pytest.fixture(params=["sync", "async"])
def use(request: pytest.FixtureRequest, library: Any) -> Any:
    """Use the streamed response of a client, whose transport may change what is created. Return what it leads to."""

    def use(create: Create, function: str, change: Reading = lambda response: response) -> Any:
        class Transport(library.BaseTransport, library.AsyncBaseTransport):  # type: ignore[misc,name-defined]
            def handle_request(self, _: Any) -> Any:
                response = create()
                return change(response) or response

            async def handle_async_request(self, request: Any) -> Any:
                return self.handle_request(request)

        async def run() -> Any:
            async with library.AsyncClient(transport=Transport()) as client, client.stream("GET", URL) as response:
                return await ASYNC[function](response)

        try:
            if request.param == "async":
                return asyncio.run(run())
            with library.Client(transport=Transport()) as client, client.stream("GET", URL) as response:
                return SYNC[function](response)
        except Exception as error:
            return type(error), str(error), getattr(error, "_request", None) is None

    return use


def state(response: Any) -> dict[str, Any]:
    """Return what a response consists of, other than its time and its links."""
    found = dict(vars(response))
    assert found.pop("_elapsed").total_seconds() >= 0
    found["_decoder"] = type(found["_decoder"])
    return {name: value for name, value in found.items() if name not in ("stream", "_request")}


def _read(response: Any) -> Any:
    assert response.read() == response.content == response.read()
    return type(response), state(response)


def _read_after(response: Any, method: str) -> Any:
    getattr(response, method)()
    return response.read()


def _read_parts(response: Any, method: str) -> Any:
    list(getattr(response, method)())
    return response.read()


async def _aread(response: Any) -> Any:
    assert await response.aread() == response.content == await response.aread()
    return type(response), state(response)


async def _aread_after(response: Any, method: str) -> Any:
    await getattr(response, method)()
    return await response.aread()


async def _aread_parts(response: Any, method: str) -> Any:
    [_ async for _ in getattr(response, method)()]
    return await response.aread()


async def _awaited(response: Any, reading: Reading) -> Any:
    return reading(response)


SYNC: dict[str, Reading] = {
    "read": _read,
    "read after close": lambda response: _read_after(response, "close"),
    "read after iter_raw": lambda response: _read_parts(response, "iter_raw"),
    "read after iter_bytes": lambda response: _read_parts(response, "iter_bytes"),
    "read of the other kind": lambda response: asyncio.run(response.aread()),
    "content": lambda response: response.content,
    "elapsed": lambda response: response.elapsed,
    "iter_raw": lambda response: list(response.iter_raw()),
    "iter_lines": lambda response: list(response.iter_lines()),
}
ASYNC: dict[str, Reading] = {
    "read": _aread,
    "read after close": lambda response: _aread_after(response, "aclose"),
    "read after iter_raw": lambda response: _aread_parts(response, "aiter_raw"),
    "read after iter_bytes": lambda response: _aread_parts(response, "aiter_bytes"),
    "read of the other kind": lambda response: _awaited(response, lambda response: response.read()),
    "content": lambda response: _awaited(response, lambda response: response.content),
    "elapsed": lambda response: _awaited(response, lambda response: response.elapsed),
    "iter_raw": lambda response: _aread_parts(response, "aiter_raw"),
    "iter_lines": lambda response: _aread_parts(response, "aiter_lines"),
}


@pytest.mark.parametrize("body", [BODY, b""], ids=["json", "empty"])
@pytest.mark.parametrize("function", SYNC)
def test_each_use_ends_as_with_the_librarys_own(
    whole: Create, own: Create, use: Any, function: str, body: bytes
) -> None:
    assert use(lambda: whole(body=body), function) == use(lambda: own(body=body), function)


def test_the_body_is_read_in_one_step(library: Any, whole: Create, own: Create) -> None:
    assert type(whole()) is not library.Response
    assert isinstance(whole(), library.Response)
    with patch.object(library._decoders.IdentityDecoder, "decode", Mock(side_effect=AssertionError)):
        assert whole(body=b"1").status_code == 200
        with library.Client(transport=library.MockTransport(lambda _: whole(body=b"1"))) as client:
            assert client.get(URL).content == b"1"
        with library.Client(transport=library.MockTransport(lambda _: own())) as client, pytest.raises(AssertionError):
            client.get(URL)


# what a transport around ours may do


class Parts:
    """A stream of some parts, which may fail."""

    def __init__(self, *parts: bytes, error: Exception | None = None, close: Exception | None = None) -> None:
        self.parts, self.error, self.close_error = parts, error, close

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        if self.error:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part

    def close(self) -> None:
        if self.close_error:
            raise self.close_error

    async def aclose(self) -> None:
        self.close()


def with_stream(library: Any, response: Any, *parts: bytes, **errors: Exception) -> None:
    class Stream(Parts, library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc,name-defined]
        pass

    response.stream = Stream(*parts, **errors)


def compress(library: Any, response: Any) -> None:
    response.headers["Content-Encoding"] = "gzip"
    with_stream(library, response, gzip.compress(BODY))


CHANGES: dict[str, Callable[[Any, Any], object]] = {
    "another stream": lambda library, response: with_stream(library, response, b"1", b"2"),
    "a stream that fails": lambda library, response: with_stream(
        library, response, b"1", error=library.ReadError("lost")
    ),
    "a stream that cannot be closed": lambda library, response: with_stream(
        library, response, b"1", close=library.CloseError("lost")
    ),
    "an encoded body": compress,
    "a header that is wrong": lambda library, response: response.headers.update({"Content-Encoding": "gzip"}),
    "a method": lambda library, response: vars(response).update(close=Mock(), aclose=Mock(side_effect=ValueError)),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("function", ["read", "iter_raw"])
def test_what_a_transport_changes_has_its_effect(
    library: Any, whole: Create, own: Create, use: Any, function: str, change: str
) -> None:
    outcomes = []
    for create in (whole, own):
        made: list[Any] = []
        outcome = use(
            create, function, lambda response, made=made: (CHANGES[change](library, response), made.append(response))[1]
        )
        assert type(made[0]) is library.Response or function == "iter_raw"
        outcomes.append((_without_mocks(outcome), made[0].num_bytes_downloaded, made[0].is_closed))
    assert outcomes[0] == outcomes[1]


def _without_mocks(outcome: Any) -> Any:
    if isinstance(outcome, tuple) and isinstance(outcome[1], dict):
        return outcome[0], {name: value for name, value in outcome[1].items() if not isinstance(value, Mock)}
    return outcome


@pytest.mark.parametrize("method", ["read", "iter_bytes", "iter_raw", "close"])
def test_what_patches_a_method_sees_each_response(library: Any, whole: Create, method: str) -> None:
    with library.Client(transport=library.MockTransport(lambda _: whole())) as client:
        for _ in range(2):
            with patch.object(
                library.Response, method, autospec=True, side_effect=getattr(library.Response, method)
            ) as spy:
                assert client.get(URL).content == BODY
            assert spy.call_count == 1
            assert client.get(URL).content == BODY


def test_a_patch_of_the_first_response_has_no_effect_on_later_ones(library: Any, whole: Create) -> None:
    whole_response._types.cache_clear()
    with patch.object(library.Response, "read", autospec=True):
        assert type(whole()) is library.Response
    assert type(whole()) is not library.Response


@pytest.mark.parametrize("first", [False, True], ids=["later", "first"])
def test_another_type_of_responses_is_used_while_it_is_there(library: Any, whole: Create, first: bool) -> None:
    class Other(library.Response):  # type: ignore[misc,name-defined]
        pass

    if not first:
        assert whole().read() == BODY
    with patch.object(library, "Response", Other):
        response = whole()
        response.read()
        assert type(response) is Other
    with patch.object(library, "Response") as mock:
        assert whole() is mock.return_value
    response = whole()
    response.read()
    assert type(response) is library.Response


def test_a_recorder_takes_the_place_of_the_type(library: Any, whole: Create) -> None:
    @dataclass
    class Recorder:
        """What cannot be hashed."""

        seen: list[Any] = field(default_factory=list)

        def __call__(self, *arguments: Any, **named: Any) -> Any:
            self.seen.append(created(*arguments, **named))
            return self.seen[-1]

    created = library.Response
    with patch.object(library, "Response", Recorder()) as recorder:
        assert [whole()] == recorder.seen


def test_a_library_that_creates_responses_in_another_way_reads_them_itself(library: Any, whole: Create) -> None:
    class Other(library.Response):  # type: ignore[misc,name-defined]
        def __init__(self, status: int, *, extensions: Any, **options: Any) -> None:
            super().__init__(status, **options)

    with patch.object(library, "Response", Other):
        assert type(whole()) is Other


@pytest.mark.parametrize("duplicate", [copy.copy, lambda response: pickle.loads(pickle.dumps(response))])
def test_an_unread_response_is_copied_as_the_librarys_own(
    library: Any, whole: Create, own: Create, duplicate: Reading
) -> None:
    one, other = duplicate(whole()), duplicate(own())
    assert type(one) is type(other) is library.Response
    assert vars(one).keys() == vars(other).keys()
    assert (one.status_code, one.is_closed, one.extensions) == (200, other.is_closed, other.extensions)
