"""`inventory validate`, `schema` and `show`, and which file is taken."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.errors import InventoryError, UsageError
from console.inventory import commands
from console.inventory.loading import load
from console.inventory.where import inventory_path
from tests.unit.inventory.samples import MINIMAL, SAMPLE, with_defaults, written


def test_validate_says_what_is_in_a_right_inventory() -> None:
    assert commands.validate(SAMPLE).endswith(
        "inventory.yaml: valid: environment production, 3 regions, 6 database hosts, 6 UI hosts"
    )


def test_validate_raises_what_load_raises(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"inventory\.yaml:1: version"):
        commands.validate(written(tmp_path, "version: 3\nregions: []\n"))


def test_show_says_where_each_value_comes_from(tmp_path: Path) -> None:
    text = with_defaults("  postgresql: {profile: debian}\n  ssh: {user: ops}\n")
    text = text.replace("    database:\n", "    postgresql: {port: 5433}\n    database:\n")
    text = text.replace("192.0.2.1}", "192.0.2.1, postgresql: {bin: /opt/pg/bin}}")
    lines = [line.strip() for line in commands.show(written(tmp_path, text)).splitlines()]
    assert "user: ops  # inventory.yaml:4 (defaults)" in lines
    assert "home: /var/lib/postgresql  # profile debian" in lines
    assert "port: 5433  # inventory.yaml:8 (region)" in lines
    assert "bin: /opt/pg/bin  # inventory.yaml:11 (host)" in lines
    assert "sql_user: cloudforms  # built-in default" in lines


@pytest.mark.parametrize(
    "text", [SAMPLE.read_text(), MINIMAL, MINIMAL + "    ui: {hosts: [{name: 'off', site: 'a # b'}]}\n"]
)
def test_what_show_prints_is_an_inventory_of_the_same_fleet(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    fleet = load(path)
    again = tmp_path / "again"
    again.mkdir()
    shown = load(written(again, commands.show(path)))
    assert replace(shown, source="") == replace(fleet, source="")


def test_show_gives_every_value_an_origin() -> None:
    lines = commands.show(SAMPLE).splitlines()[1:]
    values = [line for line in lines if not line.rstrip().endswith(":")]
    assert [line for line in values if "  # " not in line] == []


def _properties(schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from schema.get("properties", {}).items()
    for definition in definitions.values():
        yield from definition.get("properties", {}).items()


def test_the_json_schema_describes_every_key_and_forbids_others() -> None:
    schema = json.loads(commands.schema())
    definitions = schema["$defs"]
    objects = [schema, *(part for part in definitions.values() if part.get("type") == "object")]
    assert all(part["additionalProperties"] is False for part in objects)
    sections = {"ssh", "postgresql", "poll", "thresholds", "defaults", "database", "ui", "cluster", "scripts"}
    undescribed = [name for name, value in _properties(schema, definitions) if "description" not in value]
    assert set(undescribed) <= sections


def test_every_key_of_the_reference_environment_is_in_the_json_schema() -> None:
    schema = json.loads(commands.schema())
    assert not list(_unknown(yaml.safe_load(SAMPLE.read_text()), schema, schema["$defs"]))


def _unknown(value: object, schema: dict[str, Any], definitions: dict[str, Any]) -> Iterator[str]:
    """Keys of a value that the schema does not have; follows references, optional parts and list items."""
    reference = next((part["$ref"] for part in (schema, *schema.get("anyOf", [])) if "$ref" in part), None)
    if reference is not None:
        schema = definitions[reference.removeprefix("#/$defs/")]
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in schema.get("properties", {}):
                yield from _unknown(inner, schema["properties"][name], definitions)
            else:
                yield name
    elif isinstance(value, list):
        for item in value:
            yield from _unknown(item, schema.get("items", {}), definitions)


def test_the_option_wins_over_the_variable_and_the_config_folder(tmp_path: Path) -> None:
    option, named = written(tmp_path, MINIMAL), tmp_path / "named.yaml"
    named.write_text(MINIMAL)
    assert inventory_path(option, {"VMDB_CONSOLE_INVENTORY": str(named)}) == option


def test_the_variable_wins_over_the_config_folder(tmp_path: Path, config_folder: Path) -> None:
    named = tmp_path / "named.yaml"
    named.write_text(MINIMAL)
    (config_folder / "inventory.yaml").write_text(MINIMAL)
    assert inventory_path(None, {"VMDB_CONSOLE_INVENTORY": str(named)}) == named


@pytest.fixture
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "config" / "vmdb-console"
    folder.mkdir(parents=True)
    return folder


def test_the_config_folder_is_used_last(config_folder: Path) -> None:
    (config_folder / "inventory.yaml").write_text(MINIMAL)
    assert inventory_path(None, {"VMDB_CONSOLE_INVENTORY": ""}) == config_folder / "inventory.yaml"


def test_a_file_in_the_working_directory_is_never_taken(
    tmp_path: Path, config_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, MINIMAL)
    (tmp_path / "vmdb-console").mkdir()
    written(tmp_path / "vmdb-console", MINIMAL)
    monkeypatch.chdir(tmp_path)
    for folder in (str(tmp_path / "config"), ".", ""):
        monkeypatch.setenv("XDG_CONFIG_HOME", folder)
        monkeypatch.setenv("HOME", str(tmp_path / "config"))
        with pytest.raises(UsageError):
            inventory_path(None, {})


def test_without_an_inventory_it_is_said_how_to_write_one_and_how_to_try_the_demo(config_folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        inventory_path(None, {})
    for part in (str(config_folder / "inventory.yaml"), "--inventory", "VMDB_CONSOLE_INVENTORY", "--demo", "validate"):
        assert part in str(caught.value)


def test_a_named_file_that_is_not_there_is_an_error_that_says_who_named_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--inventory names .*gone\.yaml, and there is no such file"):
        inventory_path(tmp_path / "gone.yaml", {})
    with pytest.raises(UsageError, match=r"\$VMDB_CONSOLE_INVENTORY names .*gone\.yaml"):
        inventory_path(None, {"VMDB_CONSOLE_INVENTORY": str(tmp_path / "gone.yaml")})


def test_loading_an_inventory_imports_neither_textual_nor_paramiko() -> None:
    program = (
        "import sys; import console.inventory.commands, console.inventory.where;"
        "sys.exit(bool({'textual', 'paramiko', 'psycopg2'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=SAMPLE.parent).returncode == 0


def test_the_fleet_itself_can_be_imported_without_pydantic() -> None:
    program = "import sys, console.inventory.fleet; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, cwd=SAMPLE.parent).returncode == 0
