"""What a worker's turn commits by the driver itself is what SQLAlchemy would store, and fails as safely."""

import sqlite3
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from tests.store.city import (
    ADMINISTRATOR,
    batch,
    change,
    commit,
    frame,
    judged_by,
    later,
    refused,
)
from zone_service.store import direct, journal, violations
from zone_service.store.engine import Store
from zone_service.store.not_direct import NOT_DIRECT, NotDirect
from zone_service.store.records import Commit, Committed, Outgoing, Refusal


def course(device_id: str) -> tuple[Commit, ...]:
    """An episode from its beginning to its end, with all that goes with a batch, one of them given twice."""
    begins = commit(
        change(device_id),
        batch=batch(frame(device_id), batch_id=f"{device_id} begins"),
        outbox=(Outgoing(f"zone/down/{device_id}/alert", b"stop"),),
        refusals=(Refusal(device_id, "unknown_device", 960, 3, b"{"),),
        judged_by=judged_by(),
    )
    worse = commit(replace(change(device_id), measured=20.0, updated_at=later(3)))
    ends = commit(
        change(device_id, closed_at=later(5), updated_at=later(6)), sent_outbox_ids=(1, 2)
    )
    return begins, worse, ends, begins


def told(store: Store, device_id: str) -> list[Any]:
    done = [journal.commit_batch(store, each) for each in course(device_id)]
    return [without_names(each) for each in done]


def without_names(done: Committed) -> Any:
    """Return what was committed but for who did it and its numbers."""
    unnamed: dict[str, Any] = {"id": "", "device_id": "", "organisation_id": None, "opened_seq": 0}
    events = [(each.event, replace(each.violation, **unnamed)) for each in done.events]
    return events, [each.payload for each in done.outbox]


def never(*_: object) -> None:
    msg = "not in this way"
    raise OSError(msg)


def test_a_commit_by_the_driver_stores_and_tells_what_one_by_sqlalchemy_does(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as now:
        now.setattr(Store, "begin", never)
        directly = told(store, "car-1")
    with monkeypatch.context() as now:
        now.setattr(direct, "begin", never)
        by_sqlalchemy = told(store, "drone-1")
    assert directly == by_sqlalchemy
    assert [[kind for kind, _ in events] for events, _ in directly] == [
        ["opened"],
        ["updated"],
        ["closed"],
        ["opened"],
    ]
    with store.read() as session:
        feed = violations.events_since(session, ADMINISTRATOR, 0)
    assert [each.seq for each in feed] == [1, 2, 3, 4, 5, 6]
    assert {each.count for each in refused(store)} == {3}
    assert journal.pending_outbox(store) == ()


@pytest.mark.parametrize("fails_at", ["violation_event", "outbox", "COMMIT"])
def test_what_goes_wrong_in_a_commit_by_the_driver_is_taken_back_and_done_by_sqlalchemy(
    store: Store, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    really = direct.Direct.execute
    by_sqlalchemy = list[str]()

    def fails(self: direct.Direct, statement: Any, given: Any = None) -> direct.Found:
        if f"INTO {fails_at} " in str(statement):
            never()
        return really(self, statement, given)

    def fails_at_its_end(_: object) -> None:
        monkeypatch.undo()
        never()

    if fails_at == "COMMIT":
        monkeypatch.setattr(store.writer.dialect, "do_commit", fails_at_its_end)
    else:
        monkeypatch.setattr(direct.Direct, "execute", fails)
    event.listen(
        store.writer,
        "before_cursor_execute",
        lambda _c, _cursor, said, *_: by_sqlalchemy.append(said),
    )
    begins, counted = course("car-1")[0], NOT_DIRECT.count
    done = journal.commit_batch(store, begins)
    assert NOT_DIRECT.count == counted + 1
    assert any("INTO violation_event " in said for said in by_sqlalchemy)
    assert [each.seq for each in done.events] == [1]
    assert [each.batch.batch_id for each in journal.batches_after(store, 0)] == ["car-1 begins"]


def test_who_finds_the_database_busy_waits_once_and_not_again_by_sqlalchemy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY

    def is_busy(*_: object) -> None:
        raise busy

    monkeypatch.setattr(direct, "begin", is_busy)
    monkeypatch.setattr(Store, "begin", never)
    with pytest.raises(OperationalError, match="database is locked"):
        journal.commit_batch(store, course("car-1")[0])


def test_what_the_driver_failed_at_is_counted_and_said_once_a_minute() -> None:
    found = NotDirect()
    with capture_logs() as lines:
        found.note(OSError("first"))
        found.note(OSError("second"))
    assert (found.count, [each["event"] for each in lines]) == (2, ["not_committed_directly"])
