"""Checks of single values: names, addresses, paths. Each returns the value to use or raises ValueError for a person.

Names and paths end up in command lines on hosts. They are quoted there, and yet nothing is let in here that could be
an option (a leading '-'), a line of its own, or shell syntax.
"""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from console.inventory.problems import printable, suggestion

HOST_NAME = r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*"
USER = r"[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,62}"
SQL_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.@$+-]{0,62}"
SERVICE = r"[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,127}"
RESOURCE = r"[A-Za-z_][A-Za-z0-9_.-]{0,127}"
REGION = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"
ENVIRONMENT = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}"
VERSION = r"[0-9]{1,2}(\.[0-9]{1,2})?"
HOST_PATH = r"(/[A-Za-z0-9._+=,:@%~-]+)+"
PREFIX = r"[A-Za-z0-9_./=:@%+,-]+( [A-Za-z0-9_./=:@%+,-]+)*"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def matching(pattern: str, meaning: str) -> Callable[[str], str]:
    """A check that the whole text matches; `meaning` says in the message what is expected."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError(f"'{printable(text)}' is not {meaning}")
        return text

    return check


def host_name(text: str) -> str:
    """A host or DNS name (RFC 1123, and '_'); what looks like an IPv4 address is none."""
    if len(text) > 253 or re.fullmatch(HOST_NAME, text) is None:
        raise ValueError(f"'{printable(text)}' is not a host name")
    if text.rpartition(".")[2].isdigit():
        raise ValueError(f"'{printable(text)}' is not a host name: its last part is a number")
    return text


def ip_address(text: str) -> str:
    """An IPv4 or IPv6 address that a host can have, in its usual spelling."""
    try:
        if "%" in text:
            raise ValueError
        address = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError(f"'{printable(text)}' is not an IP address") from None
    if address.is_unspecified or address.is_multicast:
        raise ValueError(f"'{printable(text)}' is not the address of a host")
    return str(address)


def address(text: str) -> str:
    """An IP address or a host name."""
    if ":" in text or text.rpartition(".")[2].isdigit():
        return ip_address(text)
    return host_name(text)


def one_line(text: str) -> str:
    """A text of one line; also none."""
    if len(text) > 1024 or not text.isprintable():
        raise ValueError(f"'{printable(text)}' is not one line of printable characters")
    return text


def witness(text: str) -> str:
    """`ping:ADDRESS`, `tcp:HOST:PORT` or `view:HOST`; an IPv6 address before a port stands in brackets."""
    kind, _, rest = text.partition(":")
    if kind == "tcp":
        rest, _, port = rest.rpartition(":")
        if not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"'{printable(text)}' is not a witness: tcp:HOST:PORT needs a port")
        rest = rest.removeprefix("[").removesuffix("]")
    elif kind not in ("ping", "view"):
        raise ValueError(f"'{printable(text)}' is not a witness: write ping:ADDRESS, tcp:HOST:PORT or view:HOST")
    try:
        address(rest)
    except ValueError as error:
        raise ValueError(f"'{printable(text)}' is not a witness: {error}") from None
    return text


def host_path(text: str) -> str:
    """An absolute path on a host, without a trailing slash."""
    path = text.rstrip("/")
    if not text.startswith("/"):
        raise ValueError(f"'{printable(text)}' is not an absolute path: it must begin with '/'")
    if path == "":
        raise ValueError("must not be the root directory")
    if len(path) > 1024 or re.fullmatch(HOST_PATH, path) is None:
        raise ValueError(f"'{printable(text)}' is not a plain path: only letters, digits and . _ - + = , : @ % ~")
    if any(part in (".", "..") for part in path.split("/")):
        raise ValueError(f"'{printable(text)}' must not contain '.' or '..' as a directory")
    return posixpath.normpath(path)


def path_template(*placeholders: str) -> Callable[[str], str]:
    """A check for a path that may contain the given placeholders, such as `{home}/data`."""
    # {home} and {data} are absolute paths themselves; {version} is a number inside a path.
    examples = {name: "15" if name == "version" else f"/{name}" for name in placeholders}

    def check(text: str) -> str:
        host_path(render(text, examples))
        return text.rstrip("/")

    return check


def render(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `{name}` replaced by its value; ValueError where a name is not among `values`."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            known = ", ".join(f"{{{known}}}" for known in values)
            raise ValueError(f"{{{printable(name)}}} means nothing here (known: {known}){suggestion(name, values)}")
        return values[name]

    return _PLACEHOLDER.sub(value, text)


def service_template(text: str) -> str:
    """The name of a service, which may contain `{version}`."""
    matching(SERVICE, "the name of a service")(render(text, {"version": "15"}))
    return text


def command_prefix(text: str) -> str:
    """Words that stand before every PostgreSQL command, such as `scl enable postgresql92 --`; may be empty."""
    if text and re.fullmatch(PREFIX, text) is None:
        raise ValueError(
            f"'{printable(text)}' is not a plain command: words with one space between, without quotes or shell syntax"
        )
    if text.startswith("-"):
        raise ValueError("must not begin with '-'")
    return text


def local_path(text: str) -> Path:
    """A path on this machine: absolute, or beginning with `~`."""
    if not text.isprintable() or not text:
        raise ValueError(f"'{printable(text)}' is not a path")
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise ValueError(f"'{printable(text)}': there is no such home directory") from None
    if not path.is_absolute():
        raise ValueError(f"'{printable(text)}' is not an absolute path: it must begin with '/' or '~/'")
    return path


def url(text: str) -> str:
    """An http or https URL without a user or password in it."""
    if re.fullmatch(r"[A-Za-z0-9:/._~%?&=+,@\[\]-]{1,512}", text) is None:
        raise ValueError(f"'{printable(text)}' is not a plain URL")
    try:
        parts = urlsplit(text)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        port_is_valid = False
    if not port_is_valid or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"'{printable(text)}' is not a URL such as https://localhost/ping")
    if "@" in parts.netloc:
        raise ValueError("must not contain a user or password: there are no secrets in an inventory")
    return text


def label(text: str) -> str:
    """A short text that is only shown."""
    if not text.strip() or not text.isprintable() or len(text) > 64:
        raise ValueError("must be a short printable text (at most 64 characters)")
    return text


def one_of(text: object, choices: Iterable[str]) -> str:
    """One of a few words."""
    known = list(choices)
    if not isinstance(text, str) or text not in known:
        near = suggestion(text, known) if isinstance(text, str) else ""
        raise ValueError(f"must be one of {', '.join(known)}{near}")
    return text
