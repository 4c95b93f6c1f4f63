"""The list of rows: the cursor stays on its row, only what is seen is drawn, only what changed is drawn anew."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from widgets.rows import RowList


class Lists(App[None]):
    """An application with one list; it remembers what was drawn and said."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []
        self.chosen: list[str] = []
        self.moved: list[str | None] = []
        self.words = ""

    def compose(self) -> ComposeResult:
        yield RowList()

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def show(self, keys: Sequence[str], height: int = 1) -> None:
        def draw(key: str, width: int) -> list[Content]:
            self.drawn.append(key)
            return [Content(f" {key} {number} {self.words}") for number in range(height)]

        self.rows.show(keys, draw, height)

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        self.chosen.append(message.key)

    def on_row_list_moved(self, message: RowList.Moved) -> None:
        self.moved.append(message.key)


def glass(app: Lists) -> list[str]:
    """The lines of the list as they are drawn."""
    return [app.rows.render_line(number).text[1:].rstrip() for number in range(app.rows.size.height)]


async def begin(pilot: Pilot[None], *keys: str, height: int = 1) -> Lists:
    app = pilot.app
    assert isinstance(app, Lists)
    app.show(keys, height)
    app.rows.focus()
    await pilot.pause()
    return app


async def test_it_shows_its_rows_in_their_order() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot, "a", "b", height=2)
        assert glass(app)[:5] == ["a 0", "a 1", "b 0", "b 1", ""]


async def test_the_cursor_covers_a_rows_lines_and_not_the_distance_to_the_next() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot)
        app.rows.show(["a", "b"], lambda key, width: [Content(f" {key}")], 2)
        await pilot.pause()
        backgrounds = [_background(app, number) for number in range(4)]
        assert app.rows.render_line(0).text.startswith("▌")
        assert backgrounds[0] != backgrounds[1]
        assert backgrounds[1] == backgrounds[2] == backgrounds[3]


def _background(app: Lists, line: int) -> object:
    (style,) = {segment.style.bgcolor for segment in app.rows.render_line(line) if segment.style is not None}
    return style


async def test_the_first_row_is_selected() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot, "a", "b")
        assert app.rows.key == "a"
        assert app.moved == ["a"]


async def test_the_cursor_stays_on_its_row_when_others_come_before_it() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot, "a", "b")
        await pilot.press("down")
        app.show(["x", "a", "y", "b"])
        assert app.rows.key == "b"


async def test_a_row_that_is_gone_leaves_the_cursor_at_its_place() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot, "a", "b", "c")
        await pilot.press("down")
        app.show(["a", "c"])
        assert app.rows.key == "c"
        app.show(["a"])
        assert app.rows.key == "a"
        app.show([])
        assert app.rows.key is None


@pytest.mark.parametrize(
    ("key", "row"), [("down", "b"), ("end", "f"), ("up", "a"), ("pagedown", "d"), ("home", "a"), ("pageup", "a")]
)
async def test_keys_move_the_cursor_and_stop_at_the_ends(key: str, row: str) -> None:
    async with Lists().run_test(size=(20, 4)) as pilot:
        app = await begin(pilot, *"abcdef")
        await pilot.press(key)
        assert app.rows.key == row


async def test_the_row_under_the_cursor_is_always_seen_whole() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, *"abcdef", height=2)
        for _ in range(3):
            await pilot.press("down")
        assert {"d 0", "d 1"} <= set(glass(app))
        await pilot.press("home")
        assert glass(app)[0] == "a 0"


async def test_enter_chooses_the_row() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot, "a", "b")
        await pilot.press("down", "enter")
        assert app.chosen == ["b"]


async def test_enter_on_nothing_chooses_nothing() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot)
        await pilot.press("enter", "down", "pagedown", "end")
        assert app.chosen == []
        assert app.rows.key is None


async def test_a_click_selects_and_a_double_click_chooses() -> None:
    async with Lists().run_test(size=(20, 6)) as pilot:
        app = await begin(pilot, "a", "b", "c", height=2)
        await pilot.click(RowList, offset=(3, 3))
        assert (app.rows.key, app.chosen) == ("b", [])
        await pilot.click(RowList, offset=(3, 3), times=2)
        assert app.chosen == ["b"]


async def test_only_rows_that_are_seen_are_drawn() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, *(f"row{number}" for number in range(500)))
        assert len(set(app.drawn)) <= 6
        app.drawn.clear()
        app.show([f"row{number}" for number in range(500)])
        await pilot.pause()
        assert len(app.drawn) <= 6


async def test_other_words_of_the_same_rows_are_shown() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, "a", "b")
        app.words = "new"
        app.show(["a", "b"])
        await pilot.pause()
        assert glass(app)[:2] == ["a 0 new", "b 0 new"]


async def test_lines_that_stay_the_same_are_not_drawn_anew() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, "a", "b")
        before = [app.rows.render_line(number) for number in range(2)]
        app.show(["a", "b"])
        assert all(app.rows.render_line(number) is before[number] for number in range(2))


async def test_the_cursor_can_be_seen() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, "a", "b")
        selected, other = (app.rows.render_line(number)._segments[0].style for number in range(2))
        assert selected is not None
        assert other is not None
        assert selected.bgcolor != other.bgcolor


async def test_the_cursor_can_be_seen_without_colour_while_the_list_has_the_focus() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, "a", "b")
        assert [app.rows.render_line(number).text[0] for number in range(2)] == ["▌", " "]
        app.set_focus(None)
        await pilot.pause()
        assert [app.rows.render_line(number).text[0] for number in range(2)] == [" ", " "]


async def test_the_same_key_twice_is_one_row() -> None:
    async with Lists().run_test(size=(20, 5)) as pilot:
        app = await begin(pilot, "a", "a", "b")
        assert app.rows.keys == ("a", "b")
