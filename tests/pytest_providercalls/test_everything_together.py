"""Other plugins and libraries, all in one session with this plugin: `make together`."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

NEEDED = (
    *("anyio", "django", "flask", "freezegun", "pytest_asyncio", "pytest_bdd", "pytest_django", "pytest_freezer"),
    *("pytest_httpx", "pytest_randomly", "pytest_socket", "pytest_timeout", "responses", "respx", "time_machine"),
    *("vcr", "xdist"),
)
RERUN_PLUGINS = {"rerunfailures": "pytest_rerunfailures", "pytest-retry": "pytest_retry", "flaky": "flaky"}
"""The plugins that rerun tests, by the name of their entry point. They exclude each other."""
MISSING = [name for name in (*NEEDED, *RERUN_PLUGINS.values()) if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"make together; missing: {', '.join(MISSING)}")

DIALER = """
    import httpx

    def dial(voipbin, number="+12025550143"):
        body = {"provider_id": voipbin.provider.id, "source": {"type": "tel", "target": "+12025550100"},
                "destinations": [{"type": "tel", "target": number}]}
        token = {"Authorization": f"Bearer {voipbin.super_admin.token}"}
        url = "https://api.voipbin.net/v1.0/providercalls"
        return httpx.post(url, json=body, headers=token).raise_for_status().json()
"""
CONFTEST = """
    import pytest
    from django.conf import settings
    from django.http import JsonResponse
    from django.urls import path

    def view(request):
        import httpx
        return JsonResponse({"ping": httpx.get("https://api.voipbin.net/ping").json()["message"]})

    urlpatterns = [path("ping", view)]

    def pytest_configure():
        settings.configure(ROOT_URLCONF="conftest", ALLOWED_HOSTS=["*"], INSTALLED_APPS=[], SECRET_KEY="x")
"""
CLOCKS = """
    import datetime, time
    import freezegun, pytest, time_machine
    from dialer import dial

    def test_one_call(voipbin):
        dial(voipbin)
        voipbin.assert_placed(1)

    @freezegun.freeze_time("2030-01-01")
    def test_freezegun_alone():
        assert datetime.datetime.now().year == 2030

    @freezegun.freeze_time("2030-01-01")
    def test_freezegun_with_the_fake(voipbin):
        dial(voipbin)
        voipbin.assert_placed(1)

    @time_machine.travel("2031-01-01", tick=False)
    def test_time_machine(voipbin):
        dial(voipbin)
        assert datetime.datetime.now().year == 2031

    def test_freezer(freezer, voipbin):
        freezer.move_to("2032-01-01")
        dial(voipbin)
        assert datetime.datetime.now().year == 2032

    @pytest.mark.timeout(20)
    def test_timeout(voipbin, voipbin_time):
        time.sleep(3600)
"""
MOCKS = """
    import httpx, pytest, requests, responses, vcr
    from dialer import dial

    def test_respx(respx_mock, voipbin):
        respx_mock.get("https://other.example/").respond(201)
        dial(voipbin)
        assert httpx.get("https://other.example/").status_code == 201

    def test_httpx_mock(httpx_mock, voipbin):
        httpx_mock.add_response(url="https://other.example/", status_code=202)
        dial(voipbin)
        assert httpx.get("https://other.example/").status_code == 202

    @responses.activate
    def test_responses(voipbin):
        responses.get("https://other.example/", status=203)
        dial(voipbin)
        assert requests.get("https://other.example/").status_code == 203

    @pytest.fixture
    def cassette(tmp_path):
        with vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="none") as cassette:
            yield cassette

    def test_vcr(voipbin, cassette):
        dial(voipbin)
        voipbin.assert_placed(1)

    def test_socket(socket_disabled, voipbin):
        dial(voipbin)
"""
ASYNC = """
    import asyncio
    import anyio, httpx, pytest

    PING = "https://api.voipbin.net/ping"

    async def ping():
        async with httpx.AsyncClient() as client:
            assert (await client.get(PING)).status_code == 200
        await anyio.sleep(600)

    @pytest.mark.asyncio
    async def test_asyncio(voipbin, voipbin_time):
        await ping()

    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
    async def test_anyio(anyio_backend, voipbin, voipbin_time):
        await ping()
"""
WEB = """
    import flask, httpx, pytest

    def test_django(client, voipbin):
        assert client.get("/ping").json() == {"ping": "pong"}

    def test_flask(voipbin):
        app = flask.Flask("app")
        app.get("/ping")(lambda: httpx.get("https://api.voipbin.net/ping").json())
        assert app.test_client().get("/ping").json == {"message": "pong"}
"""
BDD = """
    from pytest_bdd import given, scenarios, then, when
    from dialer import dial

    scenarios("dial.feature")

    @when("I dial a number")
    def dialled(voipbin):
        dial(voipbin)

    @then("one call is placed")
    def placed(voipbin):
        voipbin.assert_placed(1)
"""
FEATURE = """
Feature: Dialling
  Scenario: One number
    When I dial a number
    Then one call is placed
"""
RERUN = {
    "rerunfailures": "@pytest.mark.flaky(reruns=1)",
    "pytest-retry": "@pytest.mark.flaky(retries=1)",
    "flaky": "@flaky.flaky(max_runs=2)",
}
RERUN_TEST = """
    import pytest
    try:
        import flaky
    except ImportError:
        pass
    from dialer import dial

    runs = []

    {mark}
    def test_it_passes_in_the_second_run(voipbin):
        runs.append(1)
        dial(voipbin)
        voipbin.assert_placed(1)
        assert len(runs) == 2
"""


@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("rerun", RERUN_PLUGINS)
def test_everything_together(pytester: pytest.Pytester, rerun: str, workers: str) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(dialer=DIALER)
    rerun_test = RERUN_TEST.replace("{mark}", RERUN[rerun])
    pytester.makepyfile(
        test_clocks=CLOCKS, test_mocks=MOCKS, test_async=ASYNC, test_web=WEB, test_bdd=BDD, test_rerun=rerun_test
    )
    pytester.makefile(".feature", dial=FEATURE)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    others = [option for name in RERUN_PLUGINS if name != rerun for option in ("-p", f"no:{name}")]
    result = pytester.runpytest_subprocess("-n", workers, "-p", "no:cacheprovider", "-rA", *others)
    outcomes = result.parseoutcomes()
    assert outcomes.pop("rerun", outcomes.pop("retried", 1)) == 1
    assert {name: count for name, count in outcomes.items() if name != "warnings"} == {"passed": 18}
