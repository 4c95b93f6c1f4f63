"""Files of the failover scripts put in place on a host, together, and what was there before put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.operation import Operation
from console.operations.places import REPLACED, SCRIPTS_LOCK
from console.operations.platform import Platform
from console.operations.shell import command_line, script

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to install: whole text, mode in octal ("755"), the checksum ("CRC SIZE" as cksum prints) of what it takes
    the place of, "" where nothing was there, and the difference to that as lines of a unified diff.
    """

    path: str
    mode: str
    text: str
    replaces: str
    difference: tuple[str, ...]


def backup_folder(run: str) -> str:
    """Where a host keeps what a run replaced, under its whole path."""
    return f"{REPLACED}/{run}"


@dataclass(frozen=True, slots=True)
class InstallFiles(Operation):
    """Put the files in place: written beside first, the old ones kept, then renamed while no such program runs.

    `units` are names of systemd units among them, which are enabled.
    """

    files: tuple[NewFile, ...]
    units: tuple[str, ...]
    run: str
    time_limit: ClassVar[float] = 120.0

    def describe(self) -> str:
        """In words."""
        return f"install {len(self.files)} files of the failover scripts, keep what they replace"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The difference of each file."""
        return tuple(line for file in self.files for line in _difference(file, platform))

    def command(self, platform: Platform) -> str:
        """dd, chmod, cp -p, mv; refuses where a file is not what it was when this was planned."""
        numbers = range(len(self.files))
        values = {"backup": backup_folder(self.run), "lock": SCRIPTS_LOCK}
        for number, file in enumerate(self.files):
            values |= {f"path_{number}": file.path, f"mode_{number}": file.mode}
            values |= {f"before_{number}": file.replaces, f"text_{number}": file.text}
        body = [f'prepare_file "$path_{n}" "$mode_{n}" "$before_{n}" "$text_{n}"' for n in numbers]
        values |= {f"unit_{number}": unit for number, unit in enumerate(self.units)}
        body += ["keep_out", *(f'put_file "$path_{n}"' for n in numbers), "reload_units"]
        body += [f'enable_unit "$unit_{number}"' for number in range(len(self.units))]
        body += ['printf "%s\\n" "installed; what was there is kept in $backup"']
        return script(platform, "\n".join(body), "files", **values)


@dataclass(frozen=True, slots=True)
class PutFilesBack(Operation):
    """Undo InstallFiles, from what it kept."""

    paths: tuple[str, ...]
    units: tuple[str, ...]
    run: str
    time_limit: ClassVar[float] = 120.0

    def describe(self) -> str:
        """In words."""
        return f"put {len(self.paths)} files back as they were"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """cp -p."""
        return tuple(command_line("cp", "-p", backup_folder(self.run) + path, path) for path in self.paths)

    def command(self, platform: Platform) -> str:
        """cp -p, mv; a file that was not there before is removed."""
        values = {"backup": backup_folder(self.run), "lock": SCRIPTS_LOCK}
        values |= {f"path_{number}": path for number, path in enumerate(self.paths)}
        values |= {f"unit_{number}": unit for number, unit in enumerate(self.units)}
        body = ["keep_out", *(f'put_back "$path_{number}"' for number in range(len(self.paths)))]
        body += [f'disable_unit "$unit_{number}"' for number in range(len(self.units))]
        body += ["reload_units"]
        return script(platform, "\n".join(body), "files", **values)


def _difference(file: NewFile, platform: Platform) -> tuple[str, ...]:
    how = "replaces another one" if file.replaces else "new"
    command = command_line("install", "-m", file.mode, "/dev/stdin", file.path)
    head = f"{command}  # {file.text.count(chr(10))} lines, {how}"
    lines = file.difference if file.replaces else ()
    more = len(lines) - _SHOWN
    rest = (
        (f"# … {more} more lines: vmdb-console inventory scripts {platform.host} prints the file",) if more > 0 else ()
    )
    return (head, *lines[:_SHOWN], *rest)
