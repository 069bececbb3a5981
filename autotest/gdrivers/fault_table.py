#!/usr/bin/env pytest
# SPDX-License-Identifier: MIT
"""How faults are counted, and what becomes of the counts."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fault_counts import BEGIN, END, add_up, main, put_into, table
from faults import Fault, record
from markdown import table_rows

FAULTS = Path(__file__).resolve().parents[2] / "tests/FAULTS.md"


@pytest.fixture
def counts(tmp_path, monkeypatch):
    path = tmp_path / "counts.tsv"
    monkeypatch.setenv("ROWBAND_FAULTS", str(path))
    return path


def test_faults_are_recorded_a_line_each(counts):
    record("one", 3)
    record("other", 4, lost=1, wrong=2, crashes=5)
    assert counts.read_text() == "one\t3\t0\t0\t0\nother\t4\t1\t2\t5\n"


def test_faults_are_not_recorded_unasked(counts, monkeypatch):
    monkeypatch.delenv("ROWBAND_FAULTS")
    record("one", 3)
    assert not counts.exists()


def test_faults_of_many_threads_are_all_there(counts):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: record("one", 2), range(400)))
    assert add_up(counts.read_text()) == {"one": [800, 0, 0, 0]}


@pytest.mark.parametrize("what", ["lose", "find_wrong", "crash", "complain"])
def test_fault_that_does_harm_fails_the_test_and_is_counted(counts, what):
    with pytest.raises(AssertionError, match="once"):
        with Fault("one") as fault:
            fault.provoked()
            getattr(fault, what)("once")
    harm = [int(what == name) for name in ("lose", "find_wrong", "crash")]
    assert add_up(counts.read_text()) == {"one": [1, *harm]}


def test_fault_that_is_never_provoked_fails_the_test(counts):
    with pytest.raises(AssertionError, match="never provoked"):
        with Fault("one"):
            pass


def test_table_adds_up():
    sums = add_up("b\t1\t0\t0\t0\na\t1000\t1\t2\t3\nb\t2\t4\t0\t0\n")
    assert table(sums).splitlines()[2:] == [
        "| a | 1,000 | 1 | 2 | 3 |",
        "| b | 3 | 4 | 0 | 0 |",
        "| all of them | 1,003 | 5 | 2 | 3 |",
    ]


@pytest.mark.parametrize("line", ["a\t1\t2\t3", "a\t1\t2\t3\tx", "\t1\t2\t3\t4", "a"])
def test_table_of_what_is_no_count(line):
    with pytest.raises(ValueError):
        add_up(f"b\t1\t0\t0\t0\n{line}\n")


def test_table_in_a_document(tmp_path, capsys):
    counts, document = tmp_path / "counts.tsv", tmp_path / "FAULTS.md"
    counts.write_text("a\t1\t0\t0\t0\n")
    document.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    main([str(counts), "--into", str(document)])
    printed = capsys.readouterr().out
    expected = f"before\n{BEGIN}\n\n{printed}\n{END}\nafter\n"
    assert "| a | 1 | 0 | 0 | 0 |" in printed
    assert document.read_text() == expected == put_into(expected, printed)


def test_table_where_there_is_no_place_for_it():
    with pytest.raises(ValueError):
        put_into("no marks", "table")


def test_table_of_nothing(tmp_path):
    (tmp_path / "counts.tsv").write_text("")
    with pytest.raises(SystemExit):
        main([str(tmp_path / "counts.tsv")])


def test_faults_did_no_harm():
    """The numbers are a tool's (see fault_counts.py), which does not lie."""
    text = FAULTS.read_text()
    assert text.count(BEGIN) == text.count(END) == 1
    rows = list(table_rows(text[text.index(BEGIN) : text.index(END)]))
    if not rows:
        pytest.skip("not counted yet: sh cmake/test.sh --long")
    assert len(rows) > 20
    for fault, provoked, *harm in rows:
        assert int(provoked.replace(",", "")) > 0, fault
        assert harm == ["0", "0", "0"], fault
