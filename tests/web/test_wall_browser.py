"""The wall in headless Chromium: it is drawn, asks no other machine for anything, takes no key, and comes back."""

from __future__ import annotations

import base64
import os
import shutil
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.conftest import Server, until

pytestmark = pytest.mark.web

_CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_GREEN, _RED = (0x6F, 0xC2, 0x76), (0xFF, 0x6B, 0x68)  # OK and CRITICAL of the theme vmdb-dark
_COUNT = """async ([picture, colour]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  let found = 0;
  for (let i = 0; i < pixels.length; i += 4)
    if (colour.every((value, part) => Math.abs(pixels[i + part] - value) < 12)) found++;
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium of the system, through playwright."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    place = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if place is None:
        pytest.skip(f"no Chromium here ({', '.join(_CHROMIUM)}): apt-get install chromium-headless-shell")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=place, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page(viewport={"width": 1400, "height": 860})
    yield opened
    opened.close()


@pytest.fixture
def counter(browser: Any) -> Iterator[Any]:
    """A page that counts pixels of a colour in a picture."""
    opened = browser.new_page()
    yield lambda picture, colour: opened.evaluate(_COUNT, [base64.b64encode(picture).decode(), list(colour)])
    opened.close()


def shows(page: Any, counter: Any) -> bool:
    """Whether large green and red words are drawn: two regions are OK, one is CRITICAL."""
    picture = page.screenshot()
    return bool(counter(picture, _GREEN) > 2000 and counter(picture, _RED) > 2000)


def test_the_wall_is_drawn_and_only_its_own_server_is_asked(server: Server, page: Any, counter: Any) -> None:
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.origin)
    until(lambda: shows(page, counter))
    assert errors == []
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{server.port}"}


def test_keys_and_clicks_change_nothing(server: Server, page: Any, counter: Any) -> None:
    page.goto(server.origin)
    until(lambda: shows(page, counter))
    (wall,) = server.walls()
    page.mouse.click(700, 400)
    for key in ("1", "2", "w", ":", "?", "Enter", "Escape", "Tab", "y", "D"):
        page.keyboard.press(key)
    page.wait_for_timeout(1500)
    assert server.walls() == [wall]
    assert shows(page, counter)


def test_a_page_whose_wall_died_comes_back_by_itself(server: Server, page: Any, counter: Any) -> None:
    page.goto(server.origin)
    until(lambda: shows(page, counter))
    (first,) = server.walls()
    os.kill(first, signal.SIGKILL)
    until(lambda: bool(page.wait_for_timeout(200)) or (len(server.walls()) == 1 and server.walls() != [first]), 30.0)
    until(lambda: shows(page, counter))


def test_a_closed_page_leaves_no_wall_process(server: Server, page: Any, counter: Any) -> None:
    page.goto(server.origin)
    until(lambda: shows(page, counter))
    page.goto("about:blank")
    until(lambda: server.walls() == [])
