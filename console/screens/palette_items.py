"""What the palette offers on a screen: everything that has a name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from console.screens.key_bar import Key
from console.screens.palette import Item
from console.screens.themes import theme_names

if TYPE_CHECKING:
    from console.screens.app import ConsoleApp


def items_of(app: ConsoleApp, keys: tuple[Key, ...]) -> Iterator[Item]:
    """Actions of the screen in front, then regions, findings (worst first), hosts and themes."""
    for key in keys:
        if key.action.id not in ("palette", "up", "down"):
            do = partial(app.action_act, key.action.id)
            yield Item("action", key.action.title, f"{key.keys} · {key.action.help}", do, key.reason)
    fleet = app.setting.fleet
    for region in fleet.regions:
        yield Item("region", region.name, region.kind.value, partial(app.open_region, region.name))
    for finding in app.scene.findings if app.scene is not None else ():
        name = f"{finding.code} {finding.region} {finding.summary}"
        yield Item("finding", name, finding.severity.value, partial(app.open_finding, finding.key))
    for host in fleet.hosts.values():
        yield Item("host", host.name, f"{host.address} · region {host.region}", partial(app.open_region, host.region))
    for theme in theme_names():
        yield Item("theme", f"theme {theme}", "until the console ends", partial(app.use_theme, theme))
