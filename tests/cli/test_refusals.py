"""What was refused, in a terminal."""

import json
from contextlib import closing

import pytest

from tests.cli.conftest import Shell
from tests.store.city import commit
from zone_service.store import journal
from zone_service.store.engine import open_store
from zone_service.store.records import Refusal

SAID = (
    Refusal("car-1", "malformed", 1_790_000_040, 2, b'{"schema_version": 1,\n "\xe8\xbd\xa6"'),
    Refusal("car-2", "too_large", 1_790_000_100, 1, b"x" * 512),
    Refusal("car-3", "malformed", 1_790_000_160, 5, b"\x7e\x02\x00"),
    Refusal("zone/up/car-1/tele", "forbidden_topic", 1_790_000_220, 3, b'client "x"'),
)


@pytest.fixture
def told(shell: Shell) -> Shell:
    """A shell on a machine where something was refused."""
    database = f"sqlite:///{shell.folder / 'data' / 'zone.sqlite'}"
    with closing(open_store(database)) as store:
        journal.commit_batch(store, commit(refusals=SAID))
    return shell


def test_refusals_are_a_table_newest_first_with_examples_of_one_line(told: Shell) -> None:
    shown = told.zone("refusals")
    head, *lines = shown.stdout.splitlines()
    assert head.split() == ["minute", "(UTC)", "subject", "reason", "count", "example"]
    assert [line.split()[2:5] for line in lines] == [
        ["zone/up/car-1/tele", "forbidden_topic", "3"],
        ["car-3", "malformed", "5"],
        ["car-2", "too_large", "1"],
        ["car-1", "malformed", "2"],
    ]
    assert lines[0].startswith("2026-09-21 14:17  ")
    assert lines[1].endswith("base64 fgIA")
    assert lines[2].endswith("x…")
    assert len(lines[2]) < 160
    assert lines[3].endswith('{"schema_version": 1,  "车"')
    assert shown.stderr == ""


def test_they_are_asked_for_by_device_and_time_and_told_as_json(told: Shell) -> None:
    def asked(*words: str) -> list[str]:
        done = told.zone("refusals", "--json", *words)
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["subject"] for line in done.stdout.splitlines()]

    assert asked("--device", "car-1") == ["zone/up/car-1/tele", "car-1"]
    assert asked("--from", "2026-09-21T22:16:30+08:00") == ["zone/up/car-1/tele", "car-3"]
    assert asked("--to", "2026-09-21T14:15Z") == ["car-2", "car-1"]
    # A day alone begins in Shanghai: the four are of its evening.
    assert asked("--from", "2026-09-22") == []
    assert len(asked("--from", "2026-09-21")) == 4
    (large,) = [
        json.loads(line)
        for line in told.zone("refusals", "--json", "--device", "car-2").stdout.splitlines()
    ]
    assert large == {
        "subject": "car-2",
        "reason": "too_large",
        "minute": "2026-09-21T14:15:00.000Z",
        "count": 1,
        "sample": "x" * 512,
        "sample_encoding": "text",
    }


def test_that_there_are_more_is_said_beside_the_table(told: Shell) -> None:
    shown = told.zone("refusals", "--limit", "2")
    assert len(shown.stdout.splitlines()) == 3
    assert "more than these 2" in shown.stderr
    assert told.zone("refusals", "--limit", "4").stderr == ""


def test_what_is_no_time_is_refused_by_the_option(told: Shell) -> None:
    eight_hours_off = told.zone("refusals", "--from", "2026-09-21T22:16")
    assert (eight_hours_off.returncode, "says no offset" in eight_hours_off.stderr) == (2, True)
    refused = told.zone("refusals", "--from", "yesterday")
    assert refused.returncode == 2
    assert "--from" in refused.stderr
    assert "'yesterday' is no time" in refused.stderr
