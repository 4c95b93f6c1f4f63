"""A web server is stopped and started by the service's own command; what answers at the endpoint is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from console.operations.operation import Operation
from console.operations.web_server import AskEndpoint, StartWebServer, StopWebServer

from .conftest import Run, debian

Stub = Callable[[str, str], Path]
URL = "https://cf-dc1-ui.example.com/ping"


@pytest.fixture
def answers(tmp_path: Path, stub: Stub) -> Callable[..., None]:
    """answers(CODE…): what curl says one call after the other, the last again and again; no second passes."""

    def make(*codes: str) -> None:
        (tmp_path / "codes").write_text("".join(f"{code}\n" for code in codes))
        stub("sleep", "exit 0")
        stub(
            "curl",
            f'echo "$*" >>{tmp_path}/called\n'
            f"code=$(head -n 1 {tmp_path}/codes)\n"
            f"[ $(wc -l <{tmp_path}/codes) = 1 ] || sed -i 1d {tmp_path}/codes\n"
            'printf %s "$code"\n[ "$code" != 000 ]',
        )

    return make


@pytest.mark.parametrize(
    ("operation", "verb"), [(StopWebServer("httpd"), "stop"), (StartWebServer("httpd"), "start")], ids=["stop", "start"]
)
def test_the_service_is_called_as_the_gist_says(
    run: Run, stub: Stub, tmp_path: Path, operation: Operation, verb: str
) -> None:
    stub("service", f'echo "$*" >>{tmp_path}/called')
    assert run(operation, debian()).returncode == 0
    assert (tmp_path / "called").read_text() == f"httpd {verb}\n"
    assert operation.gist(debian()) == (f"service httpd {verb}",)


def test_a_services_name_stays_one_argument(run: Run, stub: Stub, tmp_path: Path) -> None:
    stub("service", f'printf "<%s>" "$@" >>{tmp_path}/called')
    run(StopWebServer("a; touch x 'y'"), debian())
    assert (tmp_path / "called").read_text() == "<a; touch x 'y'><stop>"


def test_what_the_service_said_when_it_failed_is_the_result(run: Run, stub: Stub) -> None:
    stub("service", "echo 'httpd: unrecognized service' >&2; exit 1")
    done = run(StartWebServer("httpd"), debian())
    assert (done.returncode, done.stderr) == (1, "httpd: unrecognized service\n")


def test_an_endpoint_that_always_answers_is_counted(run: Run, answers: Callable[..., None], tmp_path: Path) -> None:
    answers("200")
    done = run(AskEndpoint(URL, 6, 3), debian())
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{URL} answered 6 of 6 times, a second apart; the longest silence was 0 in a row\n"
    assert (tmp_path / "called").read_text().count(URL) == 6


def test_a_moment_of_silence_is_told_and_bears_where_it_answers_again(run: Run, answers: Callable[..., None]) -> None:
    answers("200", "000", "000", "503", "200")
    done = run(AskEndpoint(URL, 8, 3), debian())
    assert done.returncode == 0, done.stderr
    assert "answered 5 of 8 times, a second apart; the longest silence was 3 in a row" in done.stdout


@pytest.mark.parametrize("last", ["000", "503", "302"])
def test_an_endpoint_that_does_not_answer_at_the_end_has_failed(
    run: Run, answers: Callable[..., None], last: str
) -> None:
    answers("200", "200", "200", "200", last)
    done = run(AskEndpoint(URL, 6, 3), debian())
    assert done.returncode != 0
    assert "did not answer at the end" in done.stderr


def test_no_proxy_is_asked_and_no_certificate_judged(run: Run, answers: Callable[..., None], tmp_path: Path) -> None:
    answers("200")
    run(AskEndpoint(URL, 1, 1), debian())
    called = (tmp_path / "called").read_text().split()
    assert {"-k", "--noproxy", "*"} <= set(called)


def test_an_endpoints_address_stays_one_argument(run: Run, stub: Stub, tmp_path: Path) -> None:
    stub("curl", f'for word; do printf "<%s>" "$word"; done >>{tmp_path}/called; printf 200')
    run(AskEndpoint("https://x/ping?a=$(touch y)&b", 1, 1), debian())
    assert "<https://x/ping?a=$(touch y)&b>" in (tmp_path / "called").read_text()
