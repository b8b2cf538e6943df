"""The statements of a commit, compiled before anybody waits for them.

SQLAlchemy compiles a statement when it is first executed. Of those that a violation needs that took 5 to
9 ms of a core, in the turn of the first violation that a worker ever told.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import Batch, Commit, JudgedBy, Outgoing, Refusal, ViolationChange

AT: Final = datetime(2000, 1, 1, tzinfo=UTC)
OPENED: Final = ViolationChange(
    id="rehearsal",
    code="REHEARSAL",
    severity="minor",
    device_id="rehearsal",
    organisation_id=None,
    permit_number=None,
    zone_id=None,
    opened_at=AT,
    detected_at=AT,
    updated_at=AT,
    closed_at=None,
    longitude_deg=None,
    latitude_deg=None,
    measured=None,
    limit=None,
    rule_version="",
    zone_revision=0,
    trigger_event_time_s=None,
    trigger_received_s=None,
)
CLOSED: Final = replace(OPENED, closed_at=AT)
NOTE: Final = JudgedBy(
    at_s=0.0,
    as_of_s=0.0,
    zone_revision=0,
    registry_revision=0,
    permit_revision=0,
    rule_set="",
    rules="",
    rules_digest="",
    is_start=False,
)
WHOLE: Final = Commit(
    batch=Batch(
        batch_id="rehearsal",
        first_received_s=0.0,
        last_received_s=0.0,
        message_count=0,
        body=journal.pack(()),
    ),
    violations=(OPENED,),
    outbox=(Outgoing("rehearsal", b""),),
    sent_outbox_ids=(0,),
    refusals=(Refusal("rehearsal", "rehearsal", 0, 1, b""),),
    judged_by=NOTE,
)


def rehearse_all(store: Store) -> None:
    """Execute what a violation needs from its beginning to its end, and take it back."""
    ended = replace(WHOLE, batch=replace(WHOLE.batch, batch_id="rehearsed"), violations=(CLOSED,))
    journal.rehearse(store, WHOLE, ended)
    journal.rehearse_directly(store, WHOLE, ended)
