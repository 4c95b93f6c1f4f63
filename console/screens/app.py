"""`vmdb-console`: the application. A daemon thread polls and posts Snapshots; nothing here waits for a host."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType

from console.diagnosis.engine import diagnose
from console.facts.snapshot import Snapshot
from console.memory import load_machine_ids, remember_machine_ids
from console.paths import machine_ids_path
from console.polling.poller import Poller
from console.polling.trail import Trail
from console.polling.witnesses import Witnesses
from console.screens.fleet import FleetScreen
from console.screens.messages import PollerFailed, SnapshotTaken

_log = logging.getLogger(__name__)


class ConsoleApp(App[None]):
    """The interactive console on a fleet's witnesses. `demo` is the scenario of a simulated fleet, or None."""

    TITLE = "vmdb-console"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("r", "refresh", "Poll now"),
    ]

    def __init__(self, witnesses: Witnesses, demo: str | None) -> None:
        super().__init__()
        self._witnesses = witnesses
        self._demo = demo
        self._known = {} if demo else load_machine_ids(machine_ids_path())
        self._poller = Poller(witnesses, self._known)
        self._trail = Trail()
        self._fleet_screen = FleetScreen(witnesses.fleet, demo)

    def on_mount(self) -> None:
        """Show the fleet and start to poll; a closed terminal ends the process."""
        self.push_screen(self._fleet_screen)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.exit)
        threading.Thread(target=self._poll, name="poller", daemon=True).start()

    def on_unmount(self) -> None:
        """Stop polling at once; hung hosts are left behind."""
        self._poller.stop()
        self._witnesses.close()

    def action_refresh(self) -> None:
        """Poll everything now."""
        self._poller.hasten()

    def on_snapshot_taken(self, message: SnapshotTaken) -> None:
        """Draw a new Snapshot."""
        self._fleet_screen.take(message.snapshot, message.findings)

    def on_poller_failed(self, message: PollerFailed) -> None:
        """Say that the figures are frozen."""
        self._fleet_screen.show_trouble(message.reason)

    def _poll(self) -> None:
        """The polling thread: it touches no widget, only posts messages."""
        try:
            self._poller.run(self._publish)
        except Exception as error:  # the thread's last word must reach the screen
            _log.exception("the polling thread ended")
            self.post_message(PollerFailed(f"{type(error).__name__}: {error}"))

    def _publish(self, snapshot: Snapshot) -> None:
        findings = diagnose(snapshot, self._trail.before(snapshot))
        if not self._demo:
            remember_machine_ids(machine_ids_path(), self._known, snapshot)
        self.post_message(SnapshotTaken(snapshot, findings))


def run_console(witnesses: Witnesses, demo: str | None, theme: str | None) -> int:
    """Run the application until the person quits; returns the exit code. Raises UsageError for an unknown theme."""
    from console.errors import UsageError

    app = ConsoleApp(witnesses, demo)
    if theme is not None:
        if theme not in app.available_themes:
            raise UsageError(
                f"--theme: there is no theme '{theme}'; there are {', '.join(sorted(app.available_themes))}"
            )
        app.theme = theme
    app.run()
    return app.return_code or 0
