"""The readings of real replies, and the committed table of how often the checkers agree with them."""

import hashlib

import pandas as pd
import pytest

from pum.analysis.simulation_fidelity import checker_table
from pum.bench.checkers.checking import CHECKERS
from pum.bench.types import Task, Verdict
from pum.cli.app import main
from pum.core.files import read_jsonl
from pum.core.paths import DATA, RESULTS

READINGS = read_jsonl(DATA / "labelled" / "readings.jsonl", ["reply", "style", "applies", "first", "second", "split"])
REPLIES = {it["id"]: it for it in read_jsonl(DATA / "labelled" / "replies.jsonl", ["id", "task_id", "text", "split"])}


def test_every_reading_is_of_a_known_style_and_reply_once() -> None:
    assert len({(it["reply"], it["style"]) for it in READINGS}) == len(READINGS)
    assert {it["reply"] for it in READINGS} == set(REPLIES)
    assert {it["style"] for it in READINGS} <= set(CHECKERS)
    assert {it[which] for it in READINGS for which in ("first", "second", "before")} <= set(Verdict)
    for id_, reply in REPLIES.items():
        assert hashlib.blake2b(reply["text"].encode(), digest_size=8).hexdigest() == id_
        assert reply["split"] == ("test" if int(id_[0], 16) % 2 else "dev")
    assert all(it["split"] == REPLIES[it["reply"]]["split"] for it in READINGS)


def test_the_committed_table_is_what_the_command_writes(tmp_path) -> None:
    assert main(["bench", "agreement", "--output", str(tmp_path / "t.csv")]) in (0, None)
    assert (tmp_path / "t.csv").read_bytes() == (RESULTS / "tables" / "checker_agreement.csv").read_bytes()


@pytest.mark.parametrize("split", ["dev", "test"])
def test_checkers_agree_with_the_reader_more_often_than_before(split: str) -> None:
    table = pd.read_csv(RESULTS / "tables" / "checker_agreement.csv")
    row = table[(table["split"] == split) & (table["style"] == "all")].iloc[0]
    assert row.agreed > row.before
    assert row.rate >= 0.9


def test_verdicts_are_counted_by_how_they_differ_from_the_reading() -> None:
    task = Task("t", "t", "algebra", "Do it.", "3", frozenset(), 0.5, {})
    replies = {"a": {"task_id": "t", "text": "- one\n- two"}, "b": {"task_id": "t", "text": "One, two."}}
    reading = {"style": "bullets", "applies": True, "before": "violated", "split": "dev"}
    readings = [
        {**reading, "reply": "a", "first": "satisfied", "second": "satisfied"},
        {**reading, "reply": "a", "first": "violated", "second": "violated", "applies": False},
        {**reading, "reply": "b", "first": "satisfied", "second": "violated"},
    ]
    every, applying, style = checker_table(readings, replies, {"t": task}).to_dict("records")
    assert (every["n"], every["agreed"], every["too_strict"], every["too_lenient"]) == (3, 1, 1, 1)
    assert (every["before"], every["reread"], every["satisfied"]) == (1, 2, 2)
    assert (applying["n"], applying["agreed"]) == (2, 1)
    assert {**style, "style": "all"} == every
