"""`python -m console.wall_web`: the wall in a browser, through textual-serve; for this machine alone by default.

Each browser gets a wall process of its own (`vmdb-console --wall …`), which changes nothing and takes no key but `q`.
The page asks nothing of other machines, comes back by itself when its session ends, and is for its own origin only:
another site that a person has open cannot watch the fleet through the person's browser.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import ipaddress
import logging
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from console.errors import UsageError
from console.exit_codes import ExitCode

if TYPE_CHECKING:
    from aiohttp import web

_log = logging.getLogger(__name__)

DEFAULT_PORT = 8010
DEFAULT_VIEWERS = 4
_LEAVE = 5.0
"""Seconds that a wall process may take to end before it is killed."""
_SIZES = (range(20, 1001), range(5, 501))
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>vmdb-console wall</title>
<link rel="stylesheet" href="/static/css/xterm.css">
<style>
@font-face {{ font-family: "Roboto Mono"; src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }}
html, body {{ margin: 0; height: 100%; background: #12151b; overflow: hidden; }}
#terminal {{ width: 100vw; height: 100vh; }}
#notice {{ display: none; position: absolute; inset: 0; color: #dfe3ea; background: #12151b; z-index: 9;
  font: 1.5rem "Roboto Mono", monospace; align-items: center; justify-content: center; text-align: center; }}
body.-closed #notice {{ display: flex; }}
</style>
<script src="/static/js/textual.js"></script>
<script>
"use strict";
// The wall comes back by itself: once its session has ended, the page is loaded anew as soon as the server answers.
async function again() {{
  try {{
    const answer = await fetch("/", {{cache: "no-store"}});
    if (answer.ok) {{ window.location.reload(); return; }}
  }} catch (error) {{ /* the server is away */ }}
  window.setTimeout(again, 3000);
}}
window.addEventListener("DOMContentLoaded", () => {{
  let ended = false;
  new MutationObserver(() => {{
    if (!ended && document.body.classList.contains("-closed")) {{ ended = true; window.setTimeout(again, 3000); }}
  }}).observe(document.body, {{attributes: true, attributeFilter: ["class"]}});
}});
</script>
</head>
<body>
<div id="notice">The wall's session has ended. It is begun anew in a moment.</div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="{websocket}" data-font-size="{font_size}"></div>
</body>
</html>
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the wall until ctrl+c; returns the exit code (64 for wrong usage)."""
    try:
        arguments, of_wall = _parse(sys.argv[1:] if argv is None else list(argv))
        return serve(of_wall, arguments.host, arguments.port, arguments.viewers)
    except UsageError as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE


def _parse(argv: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own arguments; the rest is the wall's, and is checked here by its own parser before anything is served."""
    from console.arguments import parse

    parser = argparse.ArgumentParser(
        prog="python -m console.wall_web", description=__doc__, epilog="Everything else goes to vmdb-console --wall."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: only this machine)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--viewers", type=int, default=DEFAULT_VIEWERS, help="browsers at once; each polls the fleet")
    arguments, of_wall = parser.parse_known_args(argv)
    if not 0 <= arguments.port <= 65535 or arguments.viewers < 1:
        raise UsageError("--port is a number up to 65535, --viewers at least 1")
    wanted = parse(["--wall", *of_wall])
    if getattr(wanted, "command", None):
        raise UsageError(f"the wall in a browser shows the fleet; it cannot {wanted.command}")
    return arguments, of_wall


def serve(of_wall: Sequence[str], host: str, port: int, viewers: int) -> int:
    """Serve until ctrl+c or SIGTERM. Raises UsageError where textual-serve is missing or the address is taken."""
    try:
        from aiohttp import web
    except ImportError as error:
        raise UsageError(
            "the wall in a browser needs textual-serve: install vmdb-console with its extra [web]"
        ) from error
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    application = application_of(wall_command(of_wall), loopback=is_loopback(host), viewers=viewers)
    _announce(host, port, viewers)
    try:
        web.run_app(application, host=host, port=port, print=None, access_log=None, shutdown_timeout=2 * _LEAVE)
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return ExitCode.OK


def wall_command(of_wall: Sequence[str]) -> str:
    """The shell command of one wall process."""
    return "exec " + shlex.join([sys.executable, "-m", "console", "--wall", *of_wall])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server on `host`; a name is not trusted to mean it, but for localhost."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _announce(host: str, port: int, viewers: int) -> None:
    words = f"The wall is on http://{host}:{port}, for {viewers} browsers at most; ctrl+c ends it."
    if not is_loopback(host):
        words += " Everybody who reaches this address can watch the fleet: there is no login."
    print(words, file=sys.stderr, flush=True)


def application_of(command: str, *, loopback: bool, viewers: int) -> web.Application:
    """The page, its static files, and the websocket that each starts a `command` of its own."""
    from aiohttp import web

    static = files("textual_serve") / "static"
    sessions = _Sessions(command, viewers)

    @web.middleware
    async def guarded(request: web.Request, handler: Any) -> web.StreamResponse:
        refusal = refused(request.headers.get("Host"), request.headers.get("Origin"), loopback=loopback)
        if refusal:
            raise web.HTTPForbidden(text=refusal)
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers.update({"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"})
        return response

    async def page(request: web.Request) -> web.Response:
        return web.Response(text=_page(request.host, request.query.get("fontsize", "")), content_type="text/html")

    application = web.Application(middlewares=[guarded])
    application.router.add_get("/", page)
    application.router.add_get("/ws", sessions.handle)
    application.router.add_static("/static", Path(str(static)))
    application.on_shutdown.append(sessions.close)
    return application


def refused(host: str | None, origin: str | None, *, loopback: bool) -> str:
    """Why a request is not served, or "". On loopback the Host must mean this machine, against DNS rebinding; a page
    of another origin may not open the websocket.
    """
    if not host:
        return "a request without a Host"
    try:
        name = urlsplit(f"//{host}").hostname or ""
        of_page = urlsplit(origin).netloc if origin else host
    except ValueError:
        return "a Host or Origin that is none"
    if loopback and not is_loopback(name):
        return "this wall is for this machine only: open it by 127.0.0.1 or localhost"
    return "" if of_page == host else "the wall is for its own page only"


def _page(host: str, font_size: str) -> str:
    """The page for a Host that was let in. Nothing in it comes from elsewhere."""
    size = min(40, max(6, int(font_size))) if font_size.isascii() and font_size.isdigit() else 16
    return _PAGE.format(websocket=html.escape(f"ws://{host}/ws", quote=True), font_size=size)


class _Sessions:
    """One wall process a browser, and no more than `viewers` of them."""

    def __init__(self, command: str, viewers: int) -> None:
        self._command = command
        self._viewers = viewers
        self._open = 0
        self._sockets: set[web.WebSocketResponse] = set()

    async def close(self, application: web.Application) -> None:
        """Tell every page that the server ends; their wall processes end with them."""
        del application
        await asyncio.gather(*(socket.close() for socket in tuple(self._sockets)), return_exceptions=True)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Begin a wall for this browser, and end it when the browser goes."""
        from aiohttp import web

        if self._open >= self._viewers:
            raise web.HTTPServiceUnavailable(text=f"{self._viewers} browsers watch already")
        self._open += 1
        try:
            return await self._session(request)
        finally:
            self._open -= 1

    async def _session(self, request: web.Request) -> web.WebSocketResponse:
        from aiohttp import web
        from textual_serve.app_service import AppService
        from textual_serve.download_manager import DownloadManager

        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=64 * 1024)
        await socket.prepare(request)
        service = AppService(
            self._command,
            write_bytes=socket.send_bytes,
            write_str=socket.send_str,
            close=lambda: _close(socket),
            download_manager=DownloadManager(),
        )
        await service.start(*_size(request.query))
        gone = asyncio.ensure_future(_close_after(service, socket))
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type is web.WSMsgType.TEXT:
                    await _pass_on(service, socket, message)
        finally:
            gone.cancel()
            self._sockets.discard(socket)
            await _end(service)
        return socket


async def _close(socket: web.WebSocketResponse) -> None:
    await socket.close()


async def _close_after(service: Any, socket: web.WebSocketResponse) -> None:
    """A wall process that died leaves a picture that stands still: the page must know, and begin anew."""
    await asyncio.wait([service._task])
    await socket.close()


def _size(query: Any) -> tuple[int, int]:
    """Columns and lines that the browser asks for, within reason."""
    told = (query.get("width", ""), query.get("height", ""))
    numbers = [int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0 for text in told]
    width, height = (
        number if number in sizes else default for number, sizes, default in zip(numbers, _SIZES, (80, 24), strict=True)
    )
    return width, height


async def _pass_on(service: Any, socket: web.WebSocketResponse, message: Any) -> None:
    """A message of the page's script: keys, a new size, a ping. Anything else is dropped."""
    try:
        kind, *rest = message.json()
        data = rest[0] if rest else None
        if kind == "stdin" and isinstance(data, str):
            await service.send_bytes(data.encode("utf-8", "replace"))
        elif kind == "resize" and isinstance(data, dict):
            width, height = _size({name: str(value) for name, value in data.items()})
            await service.set_terminal_size(width, height)
        elif kind == "ping":
            await socket.send_json(["pong", data])
    except (ValueError, TypeError):
        _log.warning("a browser sent something that is no message of the page")


async def _end(service: Any) -> None:
    """Tell the wall process to quit; kill it where it does not, so that none is left behind."""
    process = service._process
    try:
        await asyncio.wait_for(service.stop(), _LEAVE)
        await asyncio.wait_for(process.wait(), _LEAVE)
    except (TimeoutError, OSError):
        _log.warning("a wall process did not end by itself and was killed")
    finally:
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()


if __name__ == "__main__":
    sys.exit(main())
