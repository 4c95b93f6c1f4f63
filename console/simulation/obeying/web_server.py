"""A simulated appliance's web server, and what answers at its region's UI endpoint."""

from __future__ import annotations

from dataclasses import replace

from console.operations.web_server import AskEndpoint, StartWebServer, StopWebServer
from console.simulation.obeying.done import Done, refused
from console.simulation.state import RegionState, UiHost


def stop(state: RegionState, host: UiHost, operation: StopWebServer, at: float) -> Done:
    """`service httpd stop`."""
    del operation
    if not host.httpd:
        return Done(state, 1, "Stopping httpd: [FAILED]\n")
    return Done(state.with_ui(replace(host, httpd_stopped=at)), 0, "Stopping httpd: [  OK  ]\n")


def start(state: RegionState, host: UiHost, operation: StartWebServer, at: float) -> Done:
    """`service httpd start`."""
    del operation, at
    return Done(state.with_ui(replace(host, httpd_stopped=None)), 0, "Starting httpd: [  OK  ]\n")


def ask(state: RegionState, host: UiHost, operation: AskEndpoint, at: float) -> Done:
    """The traffic manager, or the balancer, leads to an appliance that serves, as long as there is one."""
    del host, at
    serves = any(appliance.httpd and appliance.machine.on for appliance in state.uis)
    answered = operation.looks if serves else 0
    counts = (
        f"{operation.url} answered {answered} of {operation.looks} times, a second apart; the longest silence was "
        f"{operation.looks - answered} in a row"
    )
    if serves:
        return Done(state, 0, f"{counts}\n")
    return refused(state, f"{counts}\n{operation.url} did not answer at the end")
