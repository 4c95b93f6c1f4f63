"""Every ps output of the corpus: PostgreSQL 9.2 to 18, three column layouts, bare titles."""

from __future__ import annotations

import pytest

from console.probe.processes import parse_processes
from tests.unit.corpus.files import CORPUS, corpus_files, expectations, processes_summary, read

EXPECTED = expectations("processes.expected")


def test_every_file_of_the_corpus_has_an_expectation() -> None:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of real outputs is not beside the repository")
    assert sorted(EXPECTED) == corpus_files("ps")


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, lines in EXPECTED.items() for said in lines])
def test_a_file_shows_the_server_of_a_directory(name: str, said: str) -> None:
    directory, _, expected = said.partition(": ")
    found = parse_processes(read(name), None if directory == "None" else directory)
    assert processes_summary(found) == expected
