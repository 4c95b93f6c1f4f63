"""Names, addresses and paths: nothing that could be an option, a second line, or shell syntax."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.inventory import values

HOSTILE = [
    "",
    "-rf",
    "a b",
    "a\nb",
    "a\0b",
    "a;b",
    "$(id)",
    "`id`",
    "a'b",
    'a"b',
    "a|b",
    "a&b",
    "\x1b[31m",
    "a>b",
    "a*",
]
CHECKS: dict[str, Callable[[str], object]] = {
    "host name": values.host_name,
    "address": values.address,
    "path": values.host_path,
    "template": values.path_template("home", "data", "version"),
    "service": values.service_template,
    "user": values.matching(values.USER, "a user"),
    "sql name": values.matching(values.SQL_NAME, "a name"),
    "resource": values.matching(values.RESOURCE, "a resource"),
    "region": values.matching(values.REGION, "a region"),
    "url": values.url,
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("what", CHECKS)
def test_hostile_text_is_no_name_address_path_or_user(what: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        CHECKS[what](text)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text not in ("", "a b")])
def test_hostile_text_is_no_command_prefix(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        values.command_prefix(text)


@pytest.mark.parametrize("text", ["db1", "cf-global-db1.example.com", "DB_1.example.com", "1host"])
def test_usual_host_names_are_taken_as_they_are(text: str) -> None:
    assert values.host_name(text) == text


@pytest.mark.parametrize(
    "text", ["10.19.10.300", "10.19.10", "1.2.3.4.5", "db1..example.com", "db1.", "fe80::1%eth0", "::1::"]
)
def test_an_address_that_is_nearly_right_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        values.address(text)


@pytest.mark.parametrize("text", ["0.0.0.0", "::", "224.0.0.1", "ff02::1"])
def test_an_address_that_no_host_can_have_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not the address of a host"):
        values.ip_address(text)


def test_an_ipv6_address_is_brought_into_its_usual_spelling() -> None:
    assert values.address("2001:DB8:0:0::1") == "2001:db8::1"


@pytest.mark.parametrize("text", ["data", "./data", "~/data", "/", "//", "/a/../b", "/a/./b", "/a//b", "/a/..", "/a b"])
def test_a_path_on_a_host_is_absolute_and_plain(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        values.host_path(text)


def test_a_trailing_slash_of_a_path_is_dropped() -> None:
    assert values.host_path("/var/lib/pgsql/") == "/var/lib/pgsql"


def test_a_placeholder_that_means_nothing_here_is_named_with_the_nearest_one() -> None:
    with pytest.raises(ValueError, match=r"\{hom\} means nothing here.*did you mean 'home'"):
        values.path_template("home", "data")("{hom}/data")


def test_a_url_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="must not contain a user or password") as caught:
        values.url("https://root:hunter2@localhost/ping")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["keys/id", "~nobody-of-that-name/id", "", "/a\nb"])
def test_a_path_on_this_machine_is_absolute_or_begins_with_the_home_directory(text: str) -> None:
    with pytest.raises(ValueError, match=r"path|home directory"):
        values.local_path(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(sorted(CHECKS)))
def test_what_passes_has_no_control_character_no_space_and_no_leading_dash(text: str, what: str) -> None:
    try:
        CHECKS[what](text)
    except ValueError:
        return
    assert text.isprintable()
    assert not any(char.isspace() for char in text)
    assert not text.startswith("-")
