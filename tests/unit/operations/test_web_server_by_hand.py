"""An endpoint asked from an appliance that has neither curl nor wget: real servers, with and without TLS."""

from __future__ import annotations

import http.server
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import console.operations

PROGRAM = Path(console.operations.__file__).parent / "shell/web_server.sh"
KEY = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


class Answers(http.server.BaseHTTPRequestHandler):
    """200 to /ping of this host, 404 to the rest."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ping" and self.headers["Host"] == "localhost" else 404)
        self.end_headers()
        self.wfile.write(b"pong")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(params=["http", pytest.param("https", marks=needs_openssl)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a server that is there for the test."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    if request.param == "https":
        files = [str(tmp_path / name) for name in ("key", "certificate")]
        subprocess.run([*KEY.split(), "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[1], files[0])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"{request.param}://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def answered(shell: str, url: str) -> bool:
    words = [shell, "-c", '. "$1"; url=$2; fail() { echo "$*" >&2; exit 2; }; ask_by_hand', "sh", str(PROGRAM), url]
    done = subprocess.run(words, capture_output=True, text=True, timeout=20)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0


def test_a_page_that_is_served_is_an_answer(shell: str, address: str) -> None:
    assert answered(shell, f"{address}/ping")


@pytest.mark.parametrize("path", ["/other", ""])
def test_another_status_than_200_is_none(shell: str, address: str, path: str) -> None:
    assert not answered(shell, address + path)


@pytest.mark.parametrize("scheme", ["http", pytest.param("https", marks=needs_openssl)])
def test_a_refused_connection_is_none(shell: str, scheme: str) -> None:
    assert not answered(shell, f"{scheme}://localhost:1/ping")
