"""config.yaml: what it may say, and that every fault is told with file, line and the nearest known word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.screens.actions import ACTIONS, EVERYWHERE
from console.settings.keymap import clashes, key_problem, read_keys
from console.settings.loading import load_settings
from console.settings.settings import Settings, SettingsError


def settings_of(folder: Path, text: str | bytes) -> Settings:
    path = folder / "config.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(path)


def fault_of(folder: Path, text: str | bytes) -> str:
    with pytest.raises(SettingsError) as caught:
        settings_of(folder, text)
    return str(caught.value)


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.yaml") == Settings()


@pytest.mark.parametrize("text", ["", "\n", "keymap:\n", "theme:\n"])
def test_a_file_that_says_nothing_means_the_defaults(tmp_path: Path, text: str) -> None:
    assert settings_of(tmp_path, text) == Settings()


def test_a_theme_and_keys_are_read(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, "theme: vmdb-light\nkeymap:\n  poll-now: R\n  help: [F1, '?']\n".replace("F1", "f2")
    )
    assert settings == Settings("vmdb-light", {"poll-now": "R", "help": "f2,question_mark"})


def test_an_unknown_key_is_told_with_its_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "theme: vmdb-light\nkeymaps: {}\n")
    assert "config.yaml:2: keymaps: unknown key; did you mean 'keymap'?" in fault


def test_an_unknown_action_is_told_with_the_nearest_one(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "keymap:\n  pol-now: R\n")
    assert "config.yaml:2: keymap.pol-now: unknown action; did you mean 'poll-now'?" in fault


def test_a_key_that_no_keyboard_has_is_told(tmp_path: Path) -> None:
    assert "there is no key 'hyper+z'" in fault_of(tmp_path, "keymap:\n  poll-now: hyper+z\n")


def test_a_key_of_another_action_is_told(tmp_path: Path) -> None:
    fault = fault_of(tmp_path, "keymap:\n  poll-now: q\n")
    assert "keymap.poll-now: the key q is already that of 'quit'" in fault


def test_two_actions_may_change_their_keys_with_each_other(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "keymap: {poll-now: y, copy: r}\n")
    assert settings.keymap == {"poll-now": "y", "copy": "r"}


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]\n",
        "theme: [a]\n",
        "keymap: R\n",
        "keymap: {poll-now: {a: b}}\n",
        "theme: 'unended\n",
        b"\xff\xfe\x00",
        "a: &a [*a]",
    ],
)
def test_a_damaged_file_is_one_clear_error_that_names_it(tmp_path: Path, text: str | bytes) -> None:
    fault = fault_of(tmp_path, text)
    assert "config.yaml" in fault
    assert "in the config file; mend it, or move it away" in fault


def test_control_characters_in_the_file_never_reach_the_terminal(tmp_path: Path) -> None:
    assert "\x1b" not in fault_of(tmp_path, 'keymap:\n  "a\\e[31m": R\n')


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("settings") / "config.yaml"
    path.write_bytes(content)
    said = ""
    try:
        load_settings(path)
    except SettingsError as error:
        said = str(error)
    assert all(char.isprintable() or char == "\n" for char in said)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("?", ("question_mark",)),
        (",", ("comma",)),
        ("ctrl+/", ("ctrl+slash",)),
        ("a, b", ("a", "b")),
        (["+", " "], ("plus", "space")),
        (5, ("5",)),
    ],
)
def test_characters_are_written_as_they_are(written: object, names: tuple[str, ...]) -> None:
    assert read_keys(written) == names
    assert not key_problem(names)


def test_the_default_keys_of_what_is_offered_everywhere_do_not_clash() -> None:
    keys = [key for each in EVERYWHERE for key in ACTIONS[each].keys.split(",")]
    assert len(keys) == len(set(keys))


def test_every_default_key_is_one_that_the_config_file_takes() -> None:
    for action in ACTIONS.values():
        assert not key_problem(tuple(action.keys.split(","))), action.id


def test_writing_the_defaults_down_changes_nothing() -> None:
    assert not list(clashes({each: ACTIONS[each].keys for each in ACTIONS}, ACTIONS))
