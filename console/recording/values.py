"""Facts that are recorded as they are, and the fleet, as JSON values and back; what comes back is checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from console.facts.client import ClientView
from console.facts.masking import masked
from console.facts.observed import Observed
from console.facts.text import clean, one_line
from console.history.change import Change
from console.history.changes import LONGEST
from console.inventory.fleet import Fleet, Host, Region
from console.recording.delta import DamagedError
from console.recording.document import Document, microseconds, moment


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def fleet_text(fleet: Fleet) -> str:
    """The fleet as JSON, without the paths of a person's keys."""
    regions = tuple(map(_without_keys, fleet.regions))
    text: bytes = _adapter(Fleet).dump_json(replace(fleet, regions=regions))
    return text.decode()


def fleet_of(text: str) -> Fleet:
    """The fleet again. Raises DamagedError."""
    try:
        found: Fleet = _adapter(Fleet).validate_json(text)
    except (ValidationError, RecursionError) as error:
        raise DamagedError("a fleet that is none") from error
    names = [found.environment, found.source, *found.hosts]
    names += [name for region in found.regions for name in _names_in(region)]
    if not found.regions or any(clean(name) != name for name in names):
        raise DamagedError("a fleet that is none")
    return found


def _names_in(region: Region) -> list[str]:
    endpoints = [endpoint for endpoint in (region.endpoint, region.ui_endpoint) if endpoint is not None]
    shown = [text for endpoint in endpoints for text in (endpoint.name, *endpoint.addresses)]
    hosts = [text for host in region.hosts for text in (host.address, host.node, host.site or "")]
    return [region.name, *shown, *hosts]


def _without_keys(region: Region) -> Region:
    return replace(region, databases=_keyless(region.databases), uis=_keyless(region.uis))


def _keyless(hosts: tuple[Host, ...]) -> tuple[Host, ...]:
    return tuple(replace(host, ssh=replace(host.ssh, identity_file=None, known_hosts=None)) for host in hosts)


def view_document(view: Observed[ClientView]) -> Document:
    """What a client met."""
    value = _adapter(ClientView).dump_python(view.value, mode="json") if view.value is not None else None
    if value is not None:
        value = {name: masked(part) if isinstance(part, str) else part for name, part in value.items()}
    return _observed(view, value)


def view_of(document: Document) -> Observed[ClientView]:
    """The view again. Raises DamagedError."""
    value, view = _observed_again(document)
    if value is None:
        return Observed(None, *view)
    try:
        found: ClientView = _adapter(ClientView).validate_python(value)
    except (ValidationError, RecursionError) as error:
        raise DamagedError("a client's view that is none") from error
    return Observed(replace(found, message=clean(found.message), address=clean(found.address)), *view)


def resolution_document(addresses: Observed[tuple[str, ...]]) -> Document:
    """What a name resolved to."""
    return _observed(addresses, None if addresses.value is None else list(addresses.value))


def resolution_of(document: Document) -> Observed[tuple[str, ...]]:
    """The addresses again. Raises DamagedError."""
    value, view = _observed_again(document)
    if value is None:
        return Observed(None, *view)
    if not isinstance(value, list) or not all(isinstance(address, str) for address in value):
        raise DamagedError("addresses that are none")
    return Observed(tuple(map(clean, value)), *view)


def _observed(fact: Observed[Any], value: Any) -> Document:
    at = microseconds(fact.observed_at) if fact.observed_at is not None else None
    return Document([value, fact.source, masked(fact.error) if fact.error else fact.error, at])


def _observed_again(document: Document) -> tuple[Any, tuple[str, datetime | None, str | None]]:
    try:
        value, source, error, at = document.head
    except (TypeError, ValueError) as damage:
        raise DamagedError("a fact that is none") from damage
    return value, (clean(str(source)), None if at is None else moment(at), None if error is None else clean(str(error)))


def change_text(change: Change) -> str:
    """A change as JSON."""
    text: bytes = _adapter(Change).dump_json(replace(change, words=masked(change.words)))
    return text.decode()


def change_of(text: str) -> Change:
    """The change again. Raises DamagedError."""
    try:
        found: Change = _adapter(Change).validate_json(text)
    except (ValidationError, RecursionError) as error:
        raise DamagedError("a change that is none") from error
    host = clean(found.host) if found.host is not None else None
    return replace(found, words=one_line(found.words, LONGEST), region=clean(found.region), host=host)
