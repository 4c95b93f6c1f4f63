"""A base backup beside the data in use: make it, check it, swap it in or back, let old data go (DESIGN 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from console.operations.layout import MOUNTS, Layout
from console.operations.operation import Operation, Risk
from console.operations.places import ARCHIVES, INSIDE, OLD
from console.operations.platform import Platform
from console.operations.shell import command_line, conninfo, quoted, script
from console.operations.standby import standby_file

_SWAP = ("user", "server", "place", "swap")
_ORDER = f"all but {INSIDE}; global leaves first, comes last"


def _places(layout: Layout) -> dict[str, str]:
    """The layout as a script's values; `inside` is the console's folder within a mount point, "" for a sibling."""
    inside = INSIDE if layout.mounted else ""
    names = {"data": layout.data, "new": layout.new, "old": layout.old, "inside": inside, "run": layout.run}
    return names | {"device": str(layout.device), "mounts": MOUNTS}


def _names(layout: Layout) -> tuple[str, str, str, str]:
    """The data, the copy, the old data, and on a mount point the old data while it is moved."""
    return layout.data, layout.new, layout.old, f"{layout.old}.part"


def _removable(layout: Layout, platform: Platform) -> dict[str, str]:
    return _places(layout) | {"configured": platform.postgresql.data}


def _swapping(layout: Layout) -> str:
    return "swap_entries" if layout.mounted else "swap_folder"


@dataclass(frozen=True, slots=True)
class TryReplication(Operation):
    """Open a replication connection to `source`:`port` as `user`, and see that it is `system_identifier` (G37, G39)."""

    risk: ClassVar[Risk] = Risk.READ
    proves: ClassVar[bool] = True

    source: str
    port: int
    user: str
    system_identifier: str

    def describe(self) -> str:
        """In words."""
        return f"try a replication login at {self.source}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """psql."""
        return (command_line("psql", "-X", "-w", "-d", self._login(), "-c", "IDENTIFY_SYSTEM"),)

    def command(self, platform: Platform) -> str:
        """IDENTIFY_SYSTEM by psql as the database's user, password from .pgpass."""
        values = {"conninfo": f"{self._login()} connect_timeout=5", "source": self.source}
        values |= {"system_identifier": self.system_identifier}
        return script(platform, "try_replication", "user", "replication", **values)

    def _login(self) -> str:
        return conninfo(host=self.source, port=str(self.port), user=self.user, dbname="replication", replication="true")


@dataclass(frozen=True, slots=True)
class BaseBackup(Operation):
    """pg_basebackup from `source`:`port` as `user` into `layout.new`, as the database's user, mode 0700, `-c fast`.

    `stream`: WAL by a second walsender while it copies, else fetched at its end. `max_rate` in kB/s (9.4+), None: all.
    Runs as a job; prints pg_basebackup's own progress (-P). A copy begun before by the same run is removed first.
    Half a copy looks like a copy: only the exit status tells, and VerifyCopy.
    """

    time_limit: ClassVar[float] = 7 * 24 * 3600.0
    proves: ClassVar[bool] = True

    layout: Layout
    source: str
    port: int
    user: str
    stream: bool
    max_rate: int | None = None

    def describe(self) -> str:
        """In words."""
        rate = f", at most {self.max_rate} kB/s" if self.max_rate else ""
        return f"copy the database of {self.source} into {self.layout.new}{rate}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """pg_basebackup."""
        place = ("-h", self.source, "-p", str(self.port), "-U", self.user, "-w", "-D", self.layout.new)
        rate = (f"--max-rate={self._rate(platform)}",) if self._rate(platform) else ()
        return (command_line("pg_basebackup", *place, "-X", self._wal, "-c", "fast", *rate),)

    def command(self, platform: Platform) -> str:
        """pg_basebackup `-X stream|fetch`: every version from 9.2 on has it, while `-x` went with 10 (DOMAIN 3.5)."""
        values = _places(self.layout) | {
            "source": self.source,
            "source_port": str(self.port),
            "user": self.user,
            "wal": self._wal,
            "max_rate": self._rate(platform),
            "label": f"vmdb-console {self.layout.run}",
        }
        return script(platform, "base_backup", "user", "server", "writer", "place", "copy", **values)

    @property
    def _wal(self) -> str:
        return "stream" if self.stream else "fetch"

    def _rate(self, platform: Platform) -> str:
        """Of --max-rate, "" where there is none (9.4+ has it)."""
        limited = self.max_rate is not None and platform.version.number >= 90400
        return str(self.max_rate) if limited else ""


@dataclass(frozen=True, slots=True)
class VerifyCopy(Operation):
    """Check `layout.new`: complete, of `system_identifier` and major `version`, mode 0700; pg_verifybackup if there."""

    risk: ClassVar[Risk] = Risk.READ
    time_limit: ClassVar[float] = 24 * 3600.0
    proves: ClassVar[bool] = True

    layout: Layout
    system_identifier: str
    version: str

    def describe(self) -> str:
        """In words."""
        return f"check the copy in {self.layout.new}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """What is read of the copy; every file, where the copy has a manifest."""
        new = self.layout.new
        looks = f"cd {quoted(new)} && cat PG_VERSION backup_label && od -A n -t u8 -N 8 global/pg_control"
        whole = (command_line("pg_verifybackup", new),) if platform.version.number >= 130000 else ()
        return (looks, *whole)

    def command(self, platform: Platform) -> str:
        """Exit status 0 only where all holds."""
        values = {"system_identifier": self.system_identifier, "version": self.version}
        return script(platform, "verify_copy", "user", "verify", **_places(self.layout), **values)


@dataclass(frozen=True, slots=True)
class RemoveCopy(Operation):
    """Remove `layout.new`, the run's own copy; never anything that a server runs on, or ran on as a primary.

    Refused also while a swap is cut off half-way: the copy may have a part of what the data directory lacks.
    """

    time_limit: ClassVar[float] = 3600.0

    layout: Layout

    def describe(self) -> str:
        """In words."""
        return f"remove the copy {self.layout.new}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """rm -rf of that one name."""
        return (command_line("rm", "-rf", "--one-file-system", self.layout.new),)

    def command(self, platform: Platform) -> str:
        """rm -rf of that one name."""
        return script(
            platform, "remove_copy", "server", "writer", "place", "remove", **_removable(self.layout, platform)
        )


@dataclass(frozen=True, slots=True)
class SwapIn(Operation):
    """Move the data to `layout.old` and the copy to `layout.data`, by rename. Refuses while a process works in either.

    A folder, by what is there (data, new, old) of an interrupted swap:

        data new -    begin: data to old, new to data        - new old    went off between the two: new to data
        data -   old  done                                   data new old  refused: old is of an earlier swap
        data -   -    refused: no copy                       -    -   old  refused: the copy is lost, swap back

    A mount point, whose entries move one by one, `global` first out and last in; `part` is `old` + ".part":

        new           begin: entries of data to part, then part is renamed to old, then entries of new to data
        new part      went off on the way out: goes on there (an interrupted SwapBack looks the same: it is turned)
        new     old   went off on the way in: goes on there
                old   done
        -  part -     refused: the copy is lost, swap back

    An entry is never moved over another one, so nothing is lost whatever lies there. `needs_standby`: refuses a copy
    without standby settings, at every stage of the above. Its exit status counts: a swap that was cut off on a mount
    point looks whole to whoever looks at PG_VERSION alone.
    """

    proves: ClassVar[bool] = True

    layout: Layout
    needs_standby: bool = False

    def describe(self) -> str:
        """In words."""
        return f"move {self.layout.data} aside to {self.layout.old} and the copy into its place"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The renames of an uninterrupted swap."""
        data, new, old, part = map(quoted, _names(self.layout))
        if self.layout.mounted:
            return (f"mv {data}/* {part}/ && mv {part} {old} && mv {new}/* {data}/  # {_ORDER}",)
        return (f"mv {data} {old} && mv {new} {data}",)

    def command(self, platform: Platform) -> str:
        """Goes on where an interrupted swap stopped."""
        settings = standby_file(platform) if self.needs_standby else ""
        return script(
            platform, "swap_in", *_SWAP, _swapping(self.layout), standby_file=settings, **_places(self.layout)
        )


@dataclass(frozen=True, slots=True)
class SwapBack(Operation):
    """The inverse of SwapIn: what is in place goes to `layout.new`, the old data comes back.

    By the same table: with `old` there, what lies in `data` is the copy's and goes out first; with `part`, or with no
    data at all, the old data are on their way and come in; with neither, nothing was swapped, and that is success.
    Refused where what is in place has run as a primary: it may hold commits that exist nowhere else.
    """

    proves: ClassVar[bool] = True

    layout: Layout

    def describe(self) -> str:
        """In words."""
        return f"move the copy back to {self.layout.new} and the old data into {self.layout.data}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """The renames of an uninterrupted swap."""
        data, new, old, part = map(quoted, _names(self.layout))
        if self.layout.mounted:
            return (f"mv {data}/* {new}/ && mv {old} {part} && mv {part}/* {data}/  # {_ORDER}",)
        return (f"mv {data} {new} && mv {old} {data}",)

    def command(self, platform: Platform) -> str:
        """Goes on where an interrupted swap stopped."""
        return script(platform, "swap_back", *_SWAP, _swapping(self.layout), standby_file="", **_places(self.layout))


@dataclass(frozen=True, slots=True)
class DiscardOld(Operation):
    """Remove `layout.old`: the operator let the old data go. Refused while a swap is cut off half-way."""

    risk: ClassVar[Risk] = Risk.DESTRUCTIVE
    time_limit: ClassVar[float] = 3600.0

    layout: Layout

    def describe(self) -> str:
        """In words."""
        return f"remove the old data {self.layout.old}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """rm -rf of that one name."""
        return (command_line("rm", "-rf", "--one-file-system", self.layout.old),)

    def command(self, platform: Platform) -> str:
        """rm -rf of that one name."""
        return script(
            platform, "discard_old", "server", "writer", "place", "remove", **_removable(self.layout, platform)
        )


@dataclass(frozen=True, slots=True)
class SetArchiveAside(Operation):
    """Move the WAL files of `directory` into `directory`/vmdb-old.`run`: when what replaces them is known good."""

    time_limit: ClassVar[float] = 600.0

    directory: str
    run: str

    def describe(self) -> str:
        """In words."""
        return f"move archived WAL in {self.directory} aside"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """mv of plain files."""
        aside = f"{self.directory}/{OLD}.{self.run}"
        return (f"{command_line('mkdir', '-p', aside)} && mv -n {quoted(self.directory)}/* {quoted(aside)}/",)

    def command(self, platform: Platform) -> str:
        """mv of plain files, as the database's user."""
        values = {"directory": self.directory, "run": self.run, "marks": ARCHIVES}
        return script(platform, "set_archive_aside", "user", "archive", **values)


@dataclass(frozen=True, slots=True)
class PutArchiveBack(Operation):
    """The inverse of SetArchiveAside; files that are there by now are kept."""

    time_limit: ClassVar[float] = 600.0

    directory: str
    run: str

    def describe(self) -> str:
        """In words."""
        return f"move archived WAL back into {self.directory}"

    def gist(self, platform: Platform) -> tuple[str, ...]:
        """mv -n of plain files."""
        aside = f"{self.directory}/{OLD}.{self.run}"
        return (f"mv -n {quoted(aside)}/* {quoted(self.directory)}/",)

    def command(self, platform: Platform) -> str:
        """mv -n of plain files, as the database's user."""
        values = {"directory": self.directory, "run": self.run, "marks": ARCHIVES}
        return script(platform, "put_archive_back", "user", "archive", **values)
