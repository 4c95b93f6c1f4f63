"""YAML to plain data with lines, bounded, and never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.inventory.document import MAX_BYTES, Document, read_document


def read(text: str) -> Document:
    return read_document(text.encode())


def only_problem(text: str) -> tuple[int | None, str]:
    [problem] = read(text).problems
    return problem.line, problem.text


def test_every_key_and_list_item_has_its_line() -> None:
    document = read("a: 1\nb:\n  - x\n  - c: 2\n")
    assert document.lines == {(): 1, ("a",): 1, ("b",): 2, ("b", 0): 3, ("b", 1): 4, ("b", 1, "c"): 4}


def test_a_key_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    assert read("a: 1\nb:\n  c: 2\n").line(("b", "missing")) == 2


def test_a_key_written_twice_is_a_problem_at_the_second_that_names_the_first() -> None:
    line, text = only_problem("a: 1\nb: 2\na: 3\n")
    assert line == 3
    assert "first in line 1" in text


def test_anchors_and_merge_keys_work_and_own_keys_win() -> None:
    document = read("base: &base {a: 1, b: 2}\nuse:\n  <<: *base\n  b: 3\n")
    assert document.data == {"base": {"a": 1, "b": 2}, "use": {"a": 1, "b": 3}}
    assert not document.problems


def test_of_several_merged_mappings_the_first_wins() -> None:
    document = read("x: &x {a: 1}\ny: &y {a: 2, b: 2}\nuse:\n  <<: [*x, *y]\n")
    assert isinstance(document.data, dict)
    assert document.data["use"] == {"a": 1, "b": 2}


def test_a_merged_key_has_the_line_where_it_is_written() -> None:
    assert read("base: &base\n  a: 1\nuse:\n  <<: *base\n").line(("use", "a")) == 2


def test_what_is_no_yaml_has_the_line_of_the_fault() -> None:
    line, text = only_problem("a: 1\nb: [1, 2\nc: 3\n")
    assert line == 3
    assert "not valid YAML" in text


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_a_problem_or_nothing(text: str) -> None:
    document = read(text)
    assert document.data is None


def test_two_documents_in_one_file_are_a_problem() -> None:
    line, text = only_problem("a: 1\n---\nb: 2\n")
    assert line == 2
    assert "document" in text


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['id']", "!!binary aGk=", "!secret x"])
def test_a_tag_is_never_obeyed(tag: str) -> None:
    document = read(f"a: {tag}\n")
    assert document.problems or document.data == {"a": ["id"]}


def test_a_key_that_is_no_text_is_a_problem() -> None:
    assert "a key must be text" in only_problem("1: a\n")[1]


def test_text_that_is_not_utf8_has_its_line() -> None:
    [problem] = read_document(b"a: 1\nb: \xff\n").problems
    assert (problem.line, "UTF-8" in problem.text) == (2, True)


def test_a_control_character_has_its_line() -> None:
    line, text = only_problem("a: 1\nb: \x1b[31m\n")
    assert line == 2
    assert "U+001B" in text


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_document(b"\xef\xbb\xbfa: 1\n").data == {"a": 1}


def test_an_ipv6_address_of_digits_is_not_read_in_base_60() -> None:
    assert read("a: 1:2:3:4:5:6:7:8\n").data == {"a": "1:2:3:4:5:6:7:8"}


def test_a_date_is_read_as_the_text_it_is() -> None:
    assert read("a: 2015-10-08\n").data == {"a": "2015-10-08"}


def test_aliases_that_expand_without_bounds_are_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    started = time.monotonic()
    assert "aliases" in only_problem("\n".join(lines))[1]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a\n  <<: *a\n", "a: &a\n  <<: [*a, *a]\n  b: 1\n"]
)
def test_an_alias_that_contains_itself_is_a_problem(text: str) -> None:
    assert read(text).problems


def test_deep_nesting_is_refused_before_anything_recurses() -> None:
    line, text = only_problem("a: 1\nb: " + "[" * 100_000)
    assert line == 2
    assert "deeper" in text


def test_a_file_of_endless_size_is_refused() -> None:
    [problem] = read_document(b"#" * (MAX_BYTES + 1)).problems
    assert "larger" in problem.text


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise(content: bytes) -> None:
    assert isinstance(read_document(content), Document)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!<>|#'\"% \n\t,?~1.", max_size=60))
def test_no_yaml_raises(text: str) -> None:
    assert isinstance(read(text), Document)
