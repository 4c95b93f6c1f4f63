"""The wall's server: who is served, what is sent, and that no wall process is left behind."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable

import pytest

from console.errors import UsageError
from console.wall_web import _parse, _size, is_loopback, main, refused, wall_command
from tests.web.conftest import Server, until

pytestmark = pytest.mark.web


# --- who is served -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1:8010", "localhost:8010", "[::1]:8010", "127.0.0.1"])
def test_this_machines_own_names_are_served(host: str) -> None:
    assert refused(host, None, loopback=True) == ""
    assert refused(host, f"http://{host}", loopback=True) == ""


@pytest.mark.parametrize("host", ["evil.example:8010", "10.0.0.1:8010", "127.0.0.1.evil.example", "[", "", None])
def test_another_name_for_this_machine_is_refused(host: str | None) -> None:
    assert refused(host, None, loopback=True)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9999", "null", "https://localhost"])
@pytest.mark.parametrize("loopback", [True, False])
def test_a_page_of_another_origin_is_refused(origin: str, loopback: bool) -> None:
    assert refused("127.0.0.1:8010", origin, loopback=loopback)


def test_an_open_address_is_served_by_any_name_but_to_its_own_page_only() -> None:
    assert refused("wall.example:8010", "http://wall.example:8010", loopback=False) == ""


@pytest.mark.parametrize(
    ("host", "is_it"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_what_only_this_machine_reaches(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"width": "175", "height": "53"}, (175, 53)),
        ({"width": "99999", "height": "-3"}, (80, 24)),
        ({"width": "²", "height": "0x10"}, (80, 24)),
        ({}, (80, 24)),
    ],
)
def test_a_browser_asks_for_a_size_within_reason(query: dict[str, str], size: tuple[int, int]) -> None:
    assert _size(query) == size


# --- arguments ---------------------------------------------------------------------------------------------------


def test_it_listens_on_this_machine_unless_told_otherwise() -> None:
    assert _parse(["--demo"])[0].host == "127.0.0.1"


@pytest.mark.parametrize("wrong", [["--write"], ["--demo", "--check"], ["run", "failback"], ["--no-such"]])
def test_what_is_no_wall_is_refused_before_anything_is_served(wrong: list[str]) -> None:
    with pytest.raises((UsageError, SystemExit)):
        _parse(wrong)


def test_a_wrong_port_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "70000", "--demo"]) == 64
    assert "--port" in capsys.readouterr().err


def test_arguments_of_the_wall_are_quoted_for_the_shell() -> None:
    command = wall_command(["--inventory", "a b; touch /tmp/x"])
    assert command.startswith("exec ")
    assert command.endswith(" -m console --wall --inventory 'a b; touch /tmp/x'")


# --- the server --------------------------------------------------------------------------------------------------


def test_only_this_machine_can_reach_it(server: Server) -> None:
    assert server.listening_on() == {"0100007F"}


def test_the_page_names_no_other_machine_and_forbids_to_ask_one(server: Server) -> None:
    with urllib.request.urlopen(server.origin) as answer:
        page, policy = answer.read().decode(), answer.headers["Content-Security-Policy"]
    assert set(re.findall(r"(?:https?|wss?)://([^/\"']+)", page)) == {f"127.0.0.1:{server.port}"}
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_a_foreign_host_or_origin_gets_nothing(server: Server) -> None:
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        for path in ("/", "/ws", "/static/js/textual.js"):
            request = urllib.request.Request(server.origin + path, headers=headers)
            with pytest.raises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(request)
            assert refusal.value.code == 403
    assert server.walls() == []


async def watch(server: Server, then: Callable[[object], Awaitable[None]], size: str = "width=100&height=30") -> bytes:
    """Open the websocket as the page does, read until the wall shows a primary, then do something."""
    import aiohttp

    seen = b""
    url = f"{server.origin}/ws?{size}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, origin=server.origin) as socket:
        async with asyncio.timeout(20.0):
            while b"PRIMARY" not in seen:
                message = await socket.receive()
                seen += message.data if isinstance(message.data, bytes) else b""
        await then(socket)
    return seen


async def nothing(socket: object) -> None:
    """Go away at once."""


async def test_a_browser_gets_the_wall_and_its_process_ends_with_it(server: Server) -> None:
    seen = await watch(server, nothing)
    assert b"DEMO" in seen
    until(lambda: server.walls() == [])


async def test_keys_from_a_browser_do_nothing_but_q(server: Server) -> None:
    async def press(socket: object) -> None:
        send = socket.send_json  # type: ignore[attr-defined]
        before = server.walls()
        for key in ("1", "w", ":", "?", "/", "\r", "\x03", "\x1b[A", "D"):
            await send(["stdin", key])
        for odd in ({"no": "list"}, ["resize", "big"], ["resize", {"width": 1e9, "height": "x"}], [], ["what", 1]):
            await send(odd)
        await asyncio.sleep(1.0)
        assert server.walls() == before
        assert len(before) == 1
        await send(["stdin", "q"])
        until(lambda: server.walls() == [])

    await watch(server, press)


async def test_one_browser_too_many_is_refused_and_costs_no_process(server: Server) -> None:
    async def another(_: object) -> None:
        await watch(server, third)

    async def third(_: object) -> None:
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{server.origin}/ws")
        assert refusal.value.code == 503
        assert len(server.walls()) == 2

    await watch(server, another)


async def test_when_a_wall_process_dies_its_page_is_told(server: Server) -> None:
    import aiohttp

    async def kill(socket: object) -> None:
        (pid,) = server.walls()
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(10.0):
            while (await socket.receive()).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):  # type: ignore[attr-defined]
                pass

    await watch(server, kill)


async def test_a_stopped_wall_process_is_killed_when_its_browser_goes(server: Server) -> None:
    async def stop(_: object) -> None:
        (pid,) = server.walls()
        os.kill(pid, signal.SIGSTOP)

    await watch(server, stop)
    until(lambda: server.walls() == [], 20.0)


async def test_ending_the_server_ends_its_walls(server: Server) -> None:
    pids: list[int] = []

    async def end(_: object) -> None:
        pids.extend(server.walls())
        server.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(server.process.wait, 15.0)

    await watch(server, end)
    assert pids
    until(lambda: not any(_lives(pid) for pid in pids))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
