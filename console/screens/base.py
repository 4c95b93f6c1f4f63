"""What every screen of the console is: it draws Scenes, says what it shows, and names the actions it offers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen
from textual.widget import Widget

from console.scene import Scene, Setting
from console.screens.banner import Banner
from console.screens.bindings import bindings_of
from console.screens.key_bar import KeyBar

if TYPE_CHECKING:
    from console.screens.app import ConsoleApp


class SceneScreen(Screen[None]):
    """The app calls `draw` with each new Scene, every second, and when the screen comes to the front.

    `ABOUT` is what help says that one sees here; `NAME` its short name. `ACTIONS` are ids in the registry
    (console.screens.actions), in the order of the key bar; the app's own actions are offered everywhere. What a
    subclass composes stands between the banner and the key bar, which are put on every screen here.
    """

    NAME: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    ACTIONS: ClassVar[tuple[str, ...]] = ()
    FRAMED: ClassVar[bool] = True
    """Whether banner and key bar belong to it; the wall has its own."""

    def __init_subclass__(cls, **options: Any) -> None:
        """Make the bindings of the actions; those that a class writes itself come first."""
        own = list(cls.__dict__.get("BINDINGS", ()))
        cls.BINDINGS = [*own, *bindings_of(cls.ACTIONS)]
        super().__init_subclass__(**options)

    @property
    def console(self) -> ConsoleApp:
        """The application, typed."""
        from console.screens.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    @property
    def setting(self) -> Setting:
        """What this process is."""
        return self.console.setting

    @property
    def own_run(self) -> str | None:
        """The run that this screen itself is about: the banner does not say it once more."""
        return None

    def draw(self, scene: Scene | None, now: datetime) -> None:
        """Show the Scene; None before the first answer. Ages are against `now` (UTC). Cheap where nothing is new."""
        raise NotImplementedError

    def reason_disabled(self, action: str) -> str:
        """Why the action (its id) cannot be done here and now, in words for a person; "" where it can."""
        del action
        return ""

    def on_screen_resume(self) -> None:
        """Draw what is known as soon as it comes to the front."""
        self.console.draw()

    async def mount_composed_widgets(self, widgets: list[Widget]) -> None:
        """Put the frame around what the screen composed."""
        if self.FRAMED:
            widgets = [Banner(), *self.console.above(), *widgets, KeyBar()]
        await super().mount_composed_widgets(widgets)
