"""What a batch came to, as the one transaction that keeps it."""

from collections import Counter
from collections.abc import Iterator

from telemetry import topics
from telemetry.report import Frame
from zone_service import bus
from zone_service.decisions import Outcome
from zone_service.store import journal
from zone_service.store.records import Batch, Commit, JudgedBy, Outgoing, Refusal
from zone_service.strangers import OTHERS
from zone_service.world import World

MAX_UNKNOWN_A_MINUTE = 200
"""Invented topics and identities must not fill the table of refusals."""


def commit_of(
    batch_id: str,
    frames: tuple[Frame, ...],
    outcome: Outcome,
    world: World,
    now_s: float,
    subjects: "Subjects",
    *,
    sent: tuple[int, ...],
    checkpoint: bytes | None,
    is_mark: bool = False,
    judged_by: JudgedBy | None = None,
) -> Commit:
    """Return the commit of the frames worth keeping and of what came of them."""
    return Commit(
        batch=Batch(
            batch_id=batch_id,
            first_received_s=frames[0].received_s if frames else now_s,
            last_received_s=frames[-1].received_s if frames else now_s,
            message_count=len(frames),
            body=journal.pack(frames),
        ),
        violations=tuple(outcome.changes.values()),
        outbox=tuple(_alerts(outcome, world)),
        sent_outbox_ids=sent,
        refusals=refusals_of(outcome, subjects, world),
        checkpoint=checkpoint,
        is_mark=is_mark,
        judged_by=judged_by,
    )


def _alerts(outcome: Outcome, world: World) -> Iterator[Outgoing]:
    """Warn the devices themselves of what has just opened."""
    for change in outcome.changes.values():
        is_new = change.closed_at is None and change.detected_at == change.updated_at
        if is_new and change.organisation_id is not None:
            for device_id in filter(None, (change.device_id, change.other_device_id)):
                yield Outgoing(topics.alert(device_id), bus.alert(change, world))


class Subjects:
    """Under whose name refusals are counted: each registered device's own, and few others'."""

    def __init__(self) -> None:
        self._minute_s = 0
        self._named: set[str] = set()

    def name(self, subject: str, minute_s: int, world: World) -> str:
        """Return a subject, or OTHERS where too many that nobody registered came this minute."""
        if subject in world.units or subject in self._named_in(minute_s):
            return subject
        if len(self._named) >= MAX_UNKNOWN_A_MINUTE:
            return OTHERS
        self._named.add(subject)
        return subject

    def _named_in(self, minute_s: int) -> set[str]:
        if minute_s != self._minute_s:
            self._minute_s, self._named = minute_s, set()
        return self._named


def refusals_of(outcome: Outcome, subjects: Subjects, world: World) -> tuple[Refusal, ...]:
    """Return the refusals of a batch, counted by who, why and in which minute."""
    counts: Counter[tuple[str, str, int]] = Counter()
    samples: dict[tuple[str, str, int], bytes] = {}
    for each in outcome.refusals:
        minute_s = int(each.frame.received_s // 60 * 60)
        subject = subjects.name(each.refused.device_id or each.frame.topic, minute_s, world)
        key = (subject, each.refused.reason.value, minute_s)
        counts[key] += 1
        samples.setdefault(key, each.frame.payload)
    return tuple(Refusal(*key, count, samples[key]) for key, count in counts.items())
