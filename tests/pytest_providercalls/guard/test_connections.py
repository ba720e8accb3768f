"""Every way to open a connection is blocked, with many libraries, and fails the test."""

from __future__ import annotations

import re
import textwrap

from ...libraries import LIBRARIES
from .inner_suite import EXTRA, HOST, OPEN, Suite, assert_blocked, assert_each_blocked

ROUTES = {
    "requests": "import requests; requests.get('https://api.voipbin.net/v1.0/providercalls', timeout=5)",
    "requests_session": "import requests; requests.Session().post('https://API.VOIPBIN.NET./v1.0', timeout=5)",
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', 'https://api.voipbin.net', timeout=5)",
    "urllib": "urllib.request.urlopen('https://api.voipbin.net', timeout=5)",
    "http_client": "http.client.HTTPSConnection('api.voipbin.net', timeout=5).request('GET', '/')",
    **{name: f"import {name}; {name}.get('https://api.voipbin.net')" for name in LIBRARIES},
    "connect": "socket.socket().connect(('api.voipbin.net', 443))",
    "connect_bytes": "socket.socket().connect((b'api.voipbin.net', 443))",
    "connect_bare_domain": "socket.socket().connect(('voipbin.net', 443))",
    "connect_full_width": "socket.socket().connect(('\uff41pi\u3002voipbin.net', 443))",
    "connect_ex": "socket.socket().connect_ex(('api.voipbin.net', 443))",
    "early_bound": "early_bound().connect(('api.voipbin.net', 443))",
    "early_bound_connect_ex": "early_bound().connect_ex(('api.voipbin.net', 443))",
    "create_connection": "socket.create_connection(('api.voipbin.net', 443), timeout=5)",
    "sendto": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('api.voipbin.net', 5060))",
    "sendto_flags": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', 0, ('api.voipbin.net', 5060))",
    "sendmsg": "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b''], [], 0, ('api.voipbin.net', 5060))",
    "getaddrinfo": "socket.getaddrinfo('api.voipbin.net', 443)",
    "gethostbyname": "socket.gethostbyname('api.voipbin.net')",
    "gethostbyname_ex": "socket.gethostbyname_ex('api.voipbin.net')",
    "gethostbyaddr": "socket.gethostbyaddr('api.voipbin.net')",
}

# The connection is two lines below `def` here, and one line below it in OPEN.
SWALLOWED = """
def test_swallowed_{name}():
    try:
        {route}
    except Exception as error:
        assert type(error).__name__ == "GuardedHostError"
"""

ASYNC_ROUTES = {
    "aiohttp": """
        import aiohttp
        async with aiohttp.ClientSession() as session:
            await session.get('https://api.voipbin.net')
        """,
    "httpx": """
        import httpx
        async with httpx.AsyncClient() as client:
            await client.get('https://api.voipbin.net')
        """,
    "open_connection": "await asyncio.open_connection('api.voipbin.net', 443)",
    "getaddrinfo": "await asyncio.get_running_loop().getaddrinfo('api.voipbin.net', 443)",
    "sock_connect": """
        with socket.socket() as sock:
            sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(sock, ('api.voipbin.net', 443))
        """,
}


def test_every_connection_fails_its_test_once(suite: Suite) -> None:
    suite.write("".join(kind.format(name=name, route=ROUTES[name]) for name in ROUTES for kind in (SWALLOWED, OPEN)))
    result = suite.run()
    offsets = {f"test_{kind}_{name}": lines for name in ROUTES for kind, lines in (("swallowed", 2), ("open", 1))}
    for test, output in assert_each_blocked(result, offsets).items():
        assert f"test_inner.py:{suite.line_of(f'def {test}()') + offsets[test]} (thread MainThread)" in output
    result.assert_outcomes(failed=2 * len(ROUTES))


def test_every_asynchronous_connection_fails_its_test_once(suite: Suite) -> None:
    suite.write("".join(map(asynchronous, ASYNC_ROUTES)))
    result = suite.run()
    for output in assert_each_blocked(result, [f"test_{name}" for name in ASYNC_ROUTES]).values():
        assert re.search(r"from: .*test_inner\.py:\d+ ", output)
    result.assert_outcomes(failed=len(ASYNC_ROUTES))


def asynchronous(name: str) -> str:
    body = textwrap.indent(textwrap.dedent(ASYNC_ROUTES[name]).strip(), " " * 4)
    return f"async def place_{name}():\n{body}\n\ndef test_{name}():\n    swallow_async(place_{name}())\n\n"


def test_the_audit_hook_blocks_a_raw_socket(suite: Suite) -> None:
    # The IP address needs no DNS lookup, and the class in C does not have our check.
    suite.ini(f"providercalls_guard_hosts = {EXTRA}")
    suite.write(f"""
        @pytest.mark.parametrize("call", ["connect", "connect_ex"])
        def test_raw(call): swallow(getattr(socket.socket.__base__(), call), ("{EXTRA}", 443))
        """)
    result = suite.run()
    for output in assert_each_blocked(result, ["test_raw[connect]", "test_raw[connect_ex]"]).values():
        assert f"providercalls blocked socket.connect to {EXTRA}:443" in output
    result.assert_outcomes(failed=2)


def test_an_attempt_is_recorded_once_with_port_and_thread(suite: Suite) -> None:
    suite.write(f"""
        def test_thread():
            call = lambda: swallow(socket.socket().connect, ('{HOST}', 443))
            thread = threading.Thread(target=call, name="dialler")
            thread.start()
            thread.join()
        """)
    result = suite.run()
    result.assert_outcomes(failed=1)
    assert_blocked(result, during="test_inner.py::test_thread")
    result.stdout.fnmatch_lines([f"*providercalls blocked socket.connect to {HOST}:443", "*(thread dialler)"])
