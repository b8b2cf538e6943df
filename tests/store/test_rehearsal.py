"""What a commit asks the database is compiled before anybody waits for it, and nothing of that stays."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats

from tests.store.city import ADMINISTRATOR, batch, change, commit, frame, later
from zone_service.store import journal, violations
from zone_service.store.engine import Store, open_store
from zone_service.store.records import Commit, Outgoing, Refusal
from zone_service.store.rehearsal import WHOLE, rehearse_all

BEGINS = commit(
    change(),
    batch=batch(frame(), batch_id="begins"),
    outbox=(Outgoing("zone/down/car-1/alert", b"stop"),),
    refusals=(Refusal("car-9", "unknown_device", 960, 3, b"{"),),
    judged_by=WHOLE.judged_by,
)
ENDS = commit(
    change(closed_at=later(5)), batch=batch(frame(), batch_id="ends"), sent_outbox_ids=(1,)
)


@contextmanager
def compiling(store: Store) -> Iterator[list[str]]:
    """Note the statements that are compiled anew."""
    found: list[str] = []

    def note(_on: Any, _cursor: Any, sql: str, _values: Any, context: Any, _many: bool) -> None:
        if getattr(context, "cache_hit", CacheStats.CACHE_HIT) is CacheStats.CACHE_MISS:
            found.append(sql)

    event.listen(store.writer, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.writer, "before_cursor_execute", note)


@pytest.mark.requirement("A44-3")
def test_the_first_violation_waits_for_no_statement_to_be_compiled(store: Store) -> None:
    with closing(open_store(store.url)) as begun:  # with nothing compiled, as a worker's is
        with compiling(begun) as at_the_rehearsal:
            rehearse_all(begun)
        with compiling(begun) as found:
            journal.commit_batch(begun, BEGINS)
            journal.commit_batch(begun, ENDS)
    assert found == []
    assert len(at_the_rehearsal) >= 10


def test_a_rehearsal_leaves_nothing_behind(store: Store) -> None:
    journal.commit_batch(store, Commit(batch=batch(frame(), batch_id="kept")))
    rehearse_all(store)
    assert [each.batch.batch_id for each in journal.batches_after(store, 0)] == ["kept"]
    assert journal.pending_outbox(store) == ()
    with store.read() as session:
        assert violations.last_seq(session) == 0
        assert violations.number(session, ADMINISTRATOR) == 0
