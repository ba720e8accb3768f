"""GET /recordingfiles/{id}: a redirect to a signed URL, and the audio behind it."""

from __future__ import annotations

import io
import wave
import zipfile
from array import array
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_providercalls.contracts.http import Request, Response
from pytest_providercalls.contracts.probes import ProbeClient
from pytest_providercalls.fake_server import FakeVoipbin
from pytest_providercalls.fake_server.probe_target import FakeTarget
from pytest_providercalls.fake_server.transports.asgi import Application
from pytest_providercalls.fake_server.transports.httpx import transport
from pytest_providercalls.fake_server.transports.loopback_server import LoopbackServer
from pytest_providercalls.fake_server.world.records import Recording

from .recorded_calls import answered_call, recorded_call

DOCUMENTED = pytest.mark.parametrize("fake", ["documented"], indirect=True)
SERVERS = pytest.mark.parametrize("fake", ["server-2026-04", "server-2026-08"], indirect=True)
MAX_DIFFERENCE = 1 / 8000
"""The duration of one sample."""


def location(api: ProbeClient, recording: Recording | str) -> str:
    id = recording if isinstance(recording, str) else recording.id
    response = api.get(f"/recordingfiles/{id}")
    assert (response.status, response.header("Content-Length")) == (307, str(len(response.body)))
    return response.header("Location") or ""


def download(fake: FakeVoipbin, url: str) -> Response:
    """Download a signed URL without any credential."""
    parts = urlsplit(url)
    response = fake.handle(Request("GET", f"{parts.path}?{parts.query}"))
    assert response.header("Content-Length") == str(len(response.body))
    return response


def seconds(recording: Recording) -> float:
    assert recording.tm_start is not None
    assert recording.tm_end is not None
    return (recording.tm_end - recording.tm_start).total_seconds()


def read_wav(content: bytes) -> tuple[float, array[int]]:
    """Return the duration and the samples of a WAV file, which has the documented format."""
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return file.getnframes() / file.getframerate(), array("h", file.readframes(file.getnframes()))


def unzip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        assert files.testzip() is None
        return {name: files.read(name) for name in files.namelist()}


@DOCUMENTED
@pytest.mark.parametrize("length", [0.25, 2.5, 61])
def test_the_wav_plays_for_as_long_as_the_recording_says(fake: FakeVoipbin, api: ProbeClient, length: float) -> None:
    _, recording = recorded_call(api, fake, length)
    file = download(fake, location(api, recording))
    assert (file.status, file.header("Content-Type")) == (200, "audio/wav")
    duration, samples = read_wav(file.body)
    assert duration == pytest.approx(seconds(recording), abs=MAX_DIFFERENCE)
    assert duration == pytest.approx(length, abs=0.1)
    assert max(samples) > 8000


@SERVERS
def test_the_servers_send_an_archive_with_a_wav_for_each_direction(fake: FakeVoipbin, api: ProbeClient) -> None:
    call, recording = recorded_call(api, fake)
    file = download(fake, location(api, recording))
    assert (file.status, file.header("Content-Type")) == (200, "application/zip")
    files = unzip(file.body)
    name = f"call_{call.id}_{recording.tm_create:%Y-%m-%dT%H:%M:%SZ}"
    assert list(files) == [f"{name}_in.wav", f"{name}_out.wav"]
    (one, tone), (other, other_tone) = map(read_wav, files.values())
    assert one == other == pytest.approx(seconds(recording), abs=MAX_DIFFERENCE)
    assert tone != other_tone


def test_a_recording_of_a_flow_has_a_file(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake, {"type": "recording_start", "option": {"format": "wav"}})
    fake.clock.advance(1)
    call.hangup()
    recording = fake.state.recordings[call.recording_ids[0]]
    content = download(fake, location(api, recording)).body
    for wav in unzip(content).values() if fake.edition.zips_recording_files else [content]:
        assert read_wav(wav)[0] == pytest.approx(seconds(recording), abs=MAX_DIFFERENCE)


def test_the_file_of_an_active_recording_has_no_audio_yet(fake: FakeVoipbin, api: ProbeClient) -> None:
    call = answered_call(api, fake, {"type": "recording_start", "option": {"format": "wav"}})
    content = download(fake, url := location(api, call.recording_id)).body
    assert fake.requests[-2].notes == ("the status of the recording is 'recording': its file has no audio yet",)
    if fake.edition.zips_recording_files:
        assert unzip(content) == {}
        assert "da39a3ee5e6b4b0d3255bfef95601890afd80709.zip" in url  # SHA-1 of no files
    else:
        assert read_wav(content) == (0, array("h"))


def test_a_url_is_valid_for_a_day_even_if_the_recording_is_deleted(fake: FakeVoipbin, api: ProbeClient) -> None:
    _, recording = recorded_call(api, fake)
    url = location(api, recording)
    content = download(fake, url).body
    api.delete(f"/recordings/{recording.id}")
    fake.clock.advance(86_390)
    assert download(fake, url).body == content
    fake.clock.advance(20)
    assert (expired := download(fake, url)).status == 400
    assert b"<Code>ExpiredToken</Code>" in expired.body
    assert "note: the signed URL is older than a day: send GET /recordingfiles/{id} again" in fake.transcript()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Goog-Expires=86400", "X-Goog-Expires=864000"),
        ("X-Goog-Date=2026", "X-Goog-Date=2036"),
        ("X-Goog-Signature=", "X-Goog-Signature=0"),
        ("X-Goog-Signature=", "Signature="),
        ("_storage/", "_storage/x"),
        ("?", "?X-Goog-Signature=%FF%00&"),
    ],
)
def test_a_changed_url_is_refused(fake: FakeVoipbin, api: ProbeClient, old: str, new: str) -> None:
    url = location(api, recorded_call(api, fake)[1])
    assert (refused := download(fake, url.replace(old, new, 1))).status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in refused.body
    assert "note: the signature is wrong: send the URL exactly as GET /recordingfiles/{id}" in fake.transcript()


def test_head_has_the_response_of_get_without_the_body(
    fake: FakeVoipbin, api: ProbeClient, server: LoopbackServer
) -> None:
    url = location(api, recorded_call(api, fake)[1])
    parts = urlsplit(url)
    for target, status in ((f"{parts.path}?{parts.query}", 200), (f"{parts.path}?{parts.query}0", 403)):
        got, head = (fake.handle(Request(method, target)) for method in ("GET", "HEAD"))
        assert (head.status, head.headers[:2], head.body) == (got.status, got.headers[:2], b"")
        assert (got.status, got.header("Content-Length")) == (status, str(len(got.body)))
    with httpx.Client(transport=transport(fake, httpx)) as client:
        assert int(client.head(url).headers["Content-Length"]) == len(client.get(url).content)
    listener = server.serve(Application(fake))
    with httpx.Client(base_url=listener.url, trust_env=False, timeout=30) as client:
        path = f"{parts.path}?{parts.query}"
        assert int(client.head(path).headers["Content-Length"]) == len(client.get(path).content)
    listener.close()


def test_the_file_of_a_forgotten_recording_is_unknown(fake: FakeVoipbin, api: ProbeClient) -> None:
    before = fake.snapshot()
    url = location(api, recorded_call(api, fake)[1])
    fake.restore(before)
    assert download(fake, url).status == 404
    assert "note: no recording of this fake has the file of this signed URL" in fake.transcript()
    assert api.call("POST", f"//{'_storage/x'}").status == 404


def test_an_httpx_client_follows_the_redirect_in_process(fake: FakeVoipbin, api: ProbeClient) -> None:
    _, recording = recorded_call(api, fake)
    headers = {"Authorization": f"Bearer {fake.super_admin.token}"}
    with httpx.Client(transport=transport(fake, httpx), base_url=fake.base_url, headers=headers) as client:
        response = client.get(f"/recordingfiles/{recording.id}", follow_redirects=True)
    assert response.url.host == "api.voipbin.net"
    assert response.content == download(fake, str(response.url)).body


def test_a_client_follows_the_redirect_over_a_socket(
    fake: FakeVoipbin, api: ProbeClient, server: LoopbackServer
) -> None:
    _, recording = recorded_call(api, fake)
    listener = server.serve(Application(fake))
    url = f"{listener.url}/v1.0/recordingfiles/{recording.id}?token={fake.super_admin.token}"
    response = httpx.get(url, follow_redirects=True, trust_env=False, timeout=30)
    assert str(response.url).startswith(f"{listener.url}/_storage/")
    assert response.content == download(fake, str(response.url)).body
    listener.close()


@pytest.mark.parametrize(
    ("headers", "scheme", "origin"),
    [
        ((), "https", "https://api.voipbin.net/"),
        ((("Host", "voipbin.test:8443"),), "https", "https://voipbin.test:8443/"),
        ((("Host", "[::1]:80"),), "http", "http://[::1]:80/"),
        ((("Host", "two words\r\n"),), "http", "http://api.voipbin.net/"),
    ],
)
def test_the_url_is_at_the_host_of_the_request(
    fake: FakeVoipbin, api: ProbeClient, headers: tuple[tuple[str, str], ...], scheme: str, origin: str
) -> None:
    _, recording = recorded_call(api, fake)
    credential = ("Authorization", f"Bearer {fake.super_admin.token}")
    request = Request("GET", f"/v1.0/recordingfiles/{recording.id}", (credential, *headers), b"", scheme)
    response = fake.handle(request)
    assert (response.header("Location") or "").startswith(f"{origin}_storage/")
    assert response.body.startswith(b'<a href="')


def test_a_signature_is_redacted(fake: FakeVoipbin, api: ProbeClient) -> None:
    url = location(api, recorded_call(api, fake)[1])
    download(fake, url)
    signature = url.rpartition("=")[2]
    assert len(signature) == 64
    assert signature not in repr(fake.requests[-1])


def test_the_same_seed_makes_the_same_file() -> None:
    def content(seed: int) -> tuple[str, bytes]:
        fake = FakeVoipbin("deployed", seed=seed)
        api = ProbeClient(FakeTarget(fake))
        url = location(api, recorded_call(api, fake)[1])
        return url, download(fake, url).body

    assert content(3) == content(3)
    assert content(3) != content(4)
