"""The screenshots of the README, from the simulated fleet: the same bytes on every run and machine.

    python -m tests.screens.screenshots [--check] [NAME …]

Without NAME all of them. `--check` writes nothing: it exits 1 and names the files that are stale, missing, or nobody's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.screens.pictures import Picture

FOLDER = Path(__file__).resolve().parents[2] / "screenshots"
_OURS = ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "UNICODE_VERSION")


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pictures, or check them."""
    arguments = _parse(argv)
    _forget_the_terminal()
    from tests.screens.pictures import PICTURES

    known = {picture.name: picture for picture in PICTURES}
    unknown = sorted(set(arguments.names) - set(known))
    if unknown:
        print(f"no such picture: {', '.join(unknown)} (there are: {', '.join(known)})", file=sys.stderr)
        return 64
    chosen = [known[name] for name in arguments.names or known]
    files = asyncio.run(drawn(chosen))
    if not arguments.names:
        files["README.md"] = index(PICTURES)
    return _check(files, whole=not arguments.names) if arguments.check else _write(files)


async def drawn(pictures: Sequence[Picture]) -> dict[str, str]:
    """The files' contents by name, one after the other."""
    return {f"{picture.name}.svg": await picture.take(picture.name) for picture in pictures}


def index(pictures: Sequence[Picture]) -> str:
    """The folder's page."""
    parts = ["# Screenshots\n\nMade by `make screenshots` from the simulated fleet; CI fails when one is stale.\n"]
    parts += [f"\n{each.caption}\n\n![{each.caption}]({each.name}.svg)\n" for each in pictures]
    return "".join(parts)


def stale(files: Mapping[str, str], folder: Path, *, whole: bool) -> list[str]:
    """What differs in `folder`, in words; with `whole`, also the files there that nobody makes."""
    found = [f"{name}: {_difference(folder / name, text)}" for name, text in files.items()]
    strangers = sorted({each.name for each in folder.glob("*")} - set(files)) if whole else []
    return [each for each in found if not each.endswith(": ")] + [
        f"{name}: nothing makes this file" for name in strangers
    ]


def _difference(path: Path, text: str) -> str:
    if not path.is_file():
        return "missing"
    return "" if path.read_bytes() == text.encode() else "stale"


def _check(files: Mapping[str, str], *, whole: bool) -> int:
    found = stale(files, FOLDER, whole=whole)
    for each in found:
        print(f"screenshots/{each}")
    if found:
        print("Look at them after 'make screenshots', and commit what is right.", file=sys.stderr)
    return 1 if found else 0


def _write(files: Mapping[str, str]) -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, text in files.items():
        changed = _difference(FOLDER / name, text)
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"screenshots/{name}{' (as it was)' if not changed else ''}")
    return 0


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.screens.screenshots", description="The README's screenshots."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what is stale")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these pictures")
    return parser.parse_args(argv)


def _forget_the_terminal() -> None:
    """What the environment says of colours and sizes; Textual reads it when it is imported."""
    for name in [each for each in os.environ if each.startswith("TEXTUAL") or each in _OURS]:
        del os.environ[name]


if __name__ == "__main__":
    raise SystemExit(main())
