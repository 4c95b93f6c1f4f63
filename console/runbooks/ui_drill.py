"""ui-drill: one UI appliance's web server is stopped; users are served by another one meanwhile (REFERENCE 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from console.diagnosis.words import short
from console.facts.snapshot import Snapshot
from console.inventory.fleet import Fleet, HostKind, Region
from console.operations.operation import Operation
from console.operations.platform import Platform
from console.operations.web_server import AskEndpoint, StartWebServer, StopWebServer
from console.runbooks import conditions as must
from console.runbooks.conditions.appliances import serving
from console.runbooks.copying import pair_checks
from console.runbooks.plan import Choices, Condition, Parameters, Plan, Step
from console.runbooks.platforms import platforms_of
from console.runbooks.runbook import Refused, Runbook

NAME = "ui-drill"
LOOKS = 15
"""How often the endpoint is asked while the appliance is down, a second apart."""
NEEDED = 5
"""How many of the last of these must be answered: a balancer's own check takes some seconds to see that one is down."""
STEADY = 10.0
"""Seconds for which another appliance is seen to serve meanwhile."""
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class UiDrill(Parameters):
    """The target is the appliance. `others` served when this was planned. `url` is /ping at the region's UI endpoint,
    "" where the inventory has none. `sessions`: what is told of users' sessions, "" where they survive.
    """

    others: tuple[str, ...]
    service: str
    url: str
    sessions: str = ""


def decide(snapshot: Snapshot, region: str, host: str | None, choices: Choices, run: str) -> UiDrill:
    """Which appliance: the named one, else the first that serves beside another. Refused where none could go."""
    inventory = snapshot.fleet.region(region)
    names = [appliance.name for appliance in inventory.uis]
    if host is not None and host not in names:
        raise Refused(f"{host} is no UI appliance of {region} ({', '.join(names) or 'it has none'}).")
    up = [name for name in names if serving(snapshot.facts(name)).holds]
    target = host or next(iter(up), None)
    if target is None:
        raise Refused(f"{region}: {_told(snapshot, names) or 'it has no UI appliance'}. There is nothing to stop.")
    others = tuple(name for name in up if name != target)
    if target not in up:
        raise Refused(f"{short(target)} does not serve: {serving(snapshot.facts(target)).because}. Nothing to stop.")
    if not others:
        told = _told(snapshot, [name for name in names if name != target]) or "it has no other one"
        raise Refused(f"{region}: no other appliance would serve users meanwhile: {told}.")
    return UiDrill(
        run=run,
        region=region,
        target=target,
        platforms=(*platforms_of(snapshot, inventory), _platform(snapshot, inventory, target)),
        others=others,
        service=inventory.ui.httpd_service,
        url=endpoint_url(inventory),
        sessions=_sessions(snapshot, target),
    )


def _told(snapshot: Snapshot, names: list[str]) -> str:
    return "; ".join(serving(snapshot.facts(name)).because for name in names)


def _platform(snapshot: Snapshot, region: Region, target: str) -> Platform:
    """An appliance has no PostgreSQL of its own: what is told of one here is its region's, and no command uses it."""
    identity = snapshot.facts(target).identity.value
    if identity is None:
        raise Refused(f"{target}: who it is is unknown: {snapshot.facts(target).identity.error or 'not looked at'}.")
    entry = snapshot.fleet.hosts[target]
    of_database = platforms_of(snapshot, region)[0]
    return replace(of_database, host=target, machine_id=identity.machine_id, node=entry.node, pcs=None)


def endpoint_url(region: Region) -> str:
    """The appliances' ping_url at the endpoint's name instead of localhost; "" without an endpoint."""
    if region.ui_endpoint is None:
        return ""
    try:
        parts = urlsplit(region.ui.ping_url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, region.ui_endpoint.name + port, parts.path, parts.query, ""))


def _sessions(snapshot: Snapshot, target: str) -> str:
    ui = snapshot.facts(target).ui.value
    store = ui.session_store if ui is not None else None
    if store is not None and store.strip().casefold() == "sql":
        return ""
    kept = f"session_store is {store}" if store is not None else "where sessions are kept is unknown"
    return f"sessions of users on {short(target)}: {kept}, not sql: they must log in again"


def plan(fleet: Fleet, parameters: Parameters) -> Plan:
    """Stop httpd on the appliance, see that users are served, start it again, and see that it serves."""
    assert isinstance(parameters, UiDrill)
    name, others = short(parameters.target), " and ".join(map(short, parameters.others))
    return Plan(
        runbook=NAME,
        parameters=parameters,
        summary=f"Stop {parameters.service} on {name} for some {LOOKS} s, see that users are served by {others}, and "
        "start it again.",
        checks=_checks(parameters),
        steps=(*_before(parameters), _stop(parameters), _look(parameters), _start(parameters)),
        losses=(f"requests that {name} answers at the moment of its stop", *filter(None, (parameters.sessions,))),
        needs=("time: about a minute", _how_it_is_judged(fleet, parameters)),
        confirm=(parameters.target,),
        sections=_sections(parameters),
        drill=True,
    )


def _how_it_is_judged(fleet: Fleet, parameters: UiDrill) -> str:
    if not parameters.url:
        others = " and ".join(map(short, parameters.others))
        return f"the inventory has no UI endpoint for {parameters.region}: only that {others} serves is judged"
    name = short(parameters.target)
    return f"{parameters.url} is asked from {name}, {LOOKS} times: the last {NEEDED} must be answered"


def _sections(parameters: UiDrill) -> tuple[tuple[str, str], ...]:
    return tuple((name, "ui") for name in (parameters.target, *parameters.others))


def _checks(parameters: UiDrill) -> tuple[Condition, ...]:
    return (
        *pair_checks(parameters.region, parameters.platforms, parameters.run),
        must.serves(parameters.target),
        must.another_serves(parameters.others),
    )


def _ask(parameters: UiDrill, looks: int, needed: int) -> tuple[Operation, ...]:
    return (AskEndpoint(parameters.url, looks, needed),) if parameters.url else ()


def _before(parameters: UiDrill) -> tuple[Step, ...]:
    """Whether the endpoint answers at all, before anything is stopped."""
    if not parameters.url:
        return ()
    return (
        Step(
            key="before",
            title="see that the endpoint answers",
            host=parameters.target,
            operations=_ask(parameters, 3, 3),
            sections=_sections(parameters),
        ),
    )


def _stop(parameters: UiDrill) -> Step:
    target = parameters.target
    return Step(
        key="stop",
        title=f"stop {parameters.service}",
        host=target,
        operations=(StopWebServer(parameters.service),),
        before=(must.serves(target), must.another_serves(parameters.others)),
        after=(must.web_server_stopped(target),),
        undo=(StartWebServer(parameters.service),),
        undone=(must.serves(target),),
        patience=PATIENCE,
        sections=_sections(parameters),
    )


def _look(parameters: UiDrill) -> Step:
    return Step(
        key="look",
        title="see that users are served meanwhile",
        host=parameters.target,
        operations=_ask(parameters, LOOKS, NEEDED),
        after=(must.web_server_stopped(parameters.target), must.another_serves(parameters.others)),
        patience=PATIENCE,
        steady=STEADY,
        sections=_sections(parameters),
    )


def _start(parameters: UiDrill) -> Step:
    return Step(
        key="start",
        title=f"start {parameters.service} again, and see that it serves",
        host=parameters.target,
        operations=(StartWebServer(parameters.service),),
        after=(must.serves(parameters.target),),
        patience=PATIENCE,
        sections=_sections(parameters),
    )


def sees(region: Region) -> tuple[tuple[str, str], ...]:
    """Every appliance of the region."""
    return tuple((host.name, "ui") for host in region.uis)


UI_DRILL = Runbook(
    NAME,
    "stop the web server of one UI appliance, see that users are served by another, and start it again",
    UiDrill,
    decide,
    plan,
    sees,
    HostKind.UI,
)
