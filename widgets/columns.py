"""Lines made of cells: each padded or cropped to its width in terminal cells, so that columns stay columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content


def cell(content: Content | str, width: int, *, right: bool = False) -> Content:
    """`content` in exactly `width` cells: cropped with an ellipsis, or padded (on the left with `right`)."""
    part = content if isinstance(content, Content) else Content(content)
    if width <= 0:
        return Content("")
    length = part.cell_length
    if length > width:
        cropped = part.truncate(width, ellipsis=True)
        return cropped.pad_right(width - cropped.cell_length) if cropped.cell_length < width else cropped
    return part.pad_left(width - length) if right else part.pad_right(width - length)


def row(cells: Iterable[tuple[Content | str, int]], gap: int = 1) -> Content:
    """Cells of the given widths beside each other, `gap` blanks between them."""
    parts: list[Content | str] = []
    for content, width in cells:
        if width > 0:
            parts += [" " * gap] if parts else []
            parts.append(cell(content, width))
    return Content.assemble(*parts)


def beside(left: Content, right: Content, width: int, fill: str = " ", style: str = "") -> Content:
    """`left` at the left edge, `right` at the right one, `fill` between; `left` is cropped where both do not fit."""
    room = width - right.cell_length
    if left.cell_length + 1 > room:
        return cell(Content.assemble(cell(left, max(0, room - 1)), " ", right), width)
    return Content.assemble(left, (fill * (room - left.cell_length), style), right)


def joined(parts: Iterable[Content | str], separator: Content | str = "  ") -> Content:
    """The parts that say something, with a separator between them."""
    found = [part if isinstance(part, Content) else Content(part) for part in parts]
    between = separator if isinstance(separator, Content) else Content(separator)
    return between.join([part for part in found if part.plain])


def fitting(parts: Iterable[Content | str], width: int, separator: Content | str = "  ") -> Content:
    """The first parts that fit into `width` cells whole; the first one stands there in any case."""
    found = [part if isinstance(part, Content) else Content(part) for part in parts]
    found = [part for part in found if part.plain]
    while len(found) > 1 and joined(found, separator).cell_length > width:
        found.pop()
    return joined(found, separator)


def wrapped(content: Content, width: int, indent: int = 0) -> list[Content]:
    """`content` on as many lines as it takes; words longer than a line are broken. Later lines are indented."""
    if width < 2 * indent:
        indent = 0
    first, *rest = content.wrap(max(2, width)) or [Content("")]
    if not rest or not indent:
        return [first, *rest]
    remainder = content[len(first.plain) :]
    offset = len(remainder.plain) - len(remainder.plain.lstrip(" "))
    return [first, *(Content.assemble(" " * indent, line) for line in remainder[offset:].wrap(width - indent))]


def widest(texts: Sequence[str], least: int, most: int) -> int:
    """The width of a column that shows these texts, within limits."""
    return max(least, min(most, max((Content(text).cell_length for text in texts), default=least)))
