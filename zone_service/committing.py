"""What a batch came to, as the one transaction that keeps it."""

from collections import Counter
from collections.abc import Iterator

from telemetry import topics
from telemetry.report import Frame
from zone_service import bus
from zone_service.decisions import Outcome
from zone_service.store import journal
from zone_service.store.records import Batch, Commit, Outgoing, Refusal
from zone_service.world import World


def commit_of(
    batch_id: str,
    frames: tuple[Frame, ...],
    outcome: Outcome,
    world: World,
    now_s: float,
    *,
    sent: tuple[int, ...],
    checkpoint: bytes | None,
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
        refusals=refusals_of(outcome),
        checkpoint=checkpoint,
    )


def _alerts(outcome: Outcome, world: World) -> Iterator[Outgoing]:
    """Warn the devices themselves of what has just opened."""
    for change in outcome.changes.values():
        is_new = change.closed_at is None and change.detected_at == change.updated_at
        if is_new and change.organisation_id is not None:
            yield Outgoing(topics.alert(change.device_id), bus.alert(change, world))


def refusals_of(outcome: Outcome) -> tuple[Refusal, ...]:
    """Return the refusals of a batch, counted by who, why and in which minute."""
    counts: Counter[tuple[str, str, int]] = Counter()
    samples: dict[tuple[str, str, int], bytes] = {}
    for each in outcome.refusals:
        key = (
            each.refused.device_id or each.frame.topic,
            each.refused.reason.value,
            int(each.frame.received_s // 60 * 60),
        )
        counts[key] += 1
        samples.setdefault(key, each.frame.payload)
    return tuple(Refusal(*key, count, samples[key]) for key, count in counts.items())
