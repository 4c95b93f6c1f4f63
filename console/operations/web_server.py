"""A UI appliance's web server, stopped and started again, and the UI's endpoint asked meanwhile (REFERENCE 5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation, Risk
from console.operations.platform import Platform
from console.operations.shell import command_line, script


@dataclass(frozen=True, slots=True)
class StopWebServer(Operation):
    """`service httpd stop`. Where none runs the service's script may say that it failed: the facts decide."""

    time_limit: ClassVar[float] = 60.0

    service: str

    def describe(self) -> str:
        """In words."""
        return f"stop {self.service}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`service NAME stop`."""
        del platform
        return (command_line("service", self.service, "stop"),)

    def command(self, platform: Platform) -> str:
        """`service NAME stop`, or systemctl where there is no `service`."""
        return script(platform, "manage_web_server stop", "web_server", web_server=self.service)


@dataclass(frozen=True, slots=True)
class StartWebServer(Operation):
    """`service httpd start`. Done already where it runs."""

    time_limit: ClassVar[float] = 60.0

    service: str

    def describe(self) -> str:
        """In words."""
        return f"start {self.service}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """`service NAME start`."""
        del platform
        return (command_line("service", self.service, "start"),)

    def command(self, platform: Platform) -> str:
        """`service NAME start`, or systemctl where there is no `service`."""
        return script(platform, "manage_web_server start", "web_server", web_server=self.service)


@dataclass(frozen=True, slots=True)
class AskEndpoint(Operation):
    """Ask `url` `looks` times, a second apart: the last `needed` must be answered with 200. Prints the counts."""

    risk: ClassVar[Risk] = Risk.READ
    time_limit: ClassVar[float] = 150.0
    proves: ClassVar[bool] = True

    url: str
    looks: int
    needed: int

    def describe(self) -> str:
        """In words."""
        return f"ask {self.url} {self.looks} times: the last {self.needed} must be answered"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """One of the questions."""
        del platform
        return (command_line("curl", "-k", "-s", "-m", "3", self.url),)

    def command(self, platform: Platform) -> str:
        """curl, or wget where there is no curl."""
        values = {"url": self.url, "looks": str(self.looks), "needed": str(self.needed)}
        return script(platform, "ask_endpoint", "web_server", **values)
