"""What the worker tells the others once a batch is committed: at once, in turns, or every second."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from telemetry import topics
from telemetry import track as tracks
from telemetry.ingest import Ingest
from telemetry.receipts import Receipt, encoded
from zone_service import bus
from zone_service.clock import is_due
from zone_service.decisions import Moved, Outcome
from zone_service.memory import Memory
from zone_service.store.records import Committed, PendingMessage
from zone_service.world import World

DEVICE_ACK_EVERY_S = 1.0
ACK_TURNS = 20
"""In each second: a thousand acknowledgements at once would hold up the messages behind them."""
HEARTBEAT_EVERY_S = 1.0
WARNED_BEATS = 600
"""Ten minutes: after that long a number that a device has not sent again is given up anyway."""
SETTLING = "what was not stored before a break is put in order first"
SLOW_TURN_MS = 2000.0
"""A turn that took longer means that supervisors look at the past."""

ACK_TURN_S = DEVICE_ACK_EVERY_S / ACK_TURNS

_NOTHING = Receipt()
_encode = msgspec.json.Encoder().encode


class Announcer:
    """Publishes through the worker's own MQTT client, from the worker's one thread."""

    def __init__(self, ingest: Ingest, live_hz: float) -> None:
        self._ingest = ingest
        self._delta_every_s = 1.0 / live_hz
        self._moved: dict[str, Moved] = {}
        self._acks: list[dict[str, str | None]] = [{} for _ in range(ACK_TURNS)]
        self._receipts: list[dict[str, Receipt]] = [{} for _ in range(ACK_TURNS)]
        self._ack_turn = 0
        self._delta_due_s = self._heartbeat_due_s = 0.0
        self._confirming: dict[int, int] = {}
        self._sent: list[int] = []
        self.counts: Counter[str] = Counter()
        """What messages turned out to be, since the start."""
        self.received_messages = 0
        self.committed_messages = 0
        """Repetitions of what was stored before are received and not committed again."""
        self.refusals: Counter[str] = Counter()
        self.feed_seq = 0
        """Of the last event of the feed that this worker committed."""
        self.slowest_ms = 0.0
        """The longest turn since the last heartbeat."""
        self.settling = False
        """Whether messages are held and not judged yet."""
        self.held_up = ""
        """Why nothing can be committed; empty while all is well."""
        self._warnings: dict[str, int] = {}
        self.outdated = ""
        """Why devices are judged by zones and permits that have changed since."""

    def committed(self, world: World, committed: Committed) -> None:
        """Tell supervisors what opened, changed and closed; then send the outbox."""
        for event in committed.events:
            self.feed_seq = event.seq
            # QoS 0: the feed's sequence number tells a listener what it missed, and the store
            # has it. A second durable copy in the broker would only cost time.
            self._ingest.publish(bus.VIOLATION, bus.violation(world, event))
        for message in committed.outbox:
            self.send(message.outbox_id, message.topic, message.payload)

    def send(self, outbox_id: int, topic: str, payload: bytes) -> None:
        """Send one message of the outbox; it counts as sent when the broker confirms it."""
        token = self._ingest.publish(topic, payload, qos=1)
        if token is not None:
            self._confirming[token] = outbox_id

    def send_again(self, waiting: Iterable[PendingMessage]) -> None:
        """Send what the outbox still holds, but for what is on its way already."""
        on_their_way = set(self._confirming.values())
        for message in waiting:
            if message.outbox_id not in on_their_way:
                self.send(message.outbox_id, message.topic, message.payload)

    def sent(self) -> tuple[int, ...]:
        """Return the outbox messages that the broker has confirmed since last asked."""
        for token in self._ingest.confirmed():
            outbox_id = self._confirming.pop(token, None)
            if outbox_id is not None:
                self._sent.append(outbox_id)
        done, self._sent = tuple(self._sent), []
        return done

    def judged(self, outcome: Outcome) -> None:
        """Take over what a committed batch has to tell."""
        self._moved.update(outcome.moved)
        for device_id, boot_id in outcome.acknowledge.items():
            self._acks[hash(device_id) % ACK_TURNS][device_id] = boot_id
        self.counts.update(outcome.counts)
        self.refusals.update(each.refused.reason.value for each in outcome.refusals)

    def stored(self, receipts: Mapping[str, Receipt]) -> None:
        """Take over what to tell of messages that have no number, once they are committed."""
        for device_id, new in receipts.items():
            waiting = self._receipts[hash(device_id) % ACK_TURNS]
            old = waiting.get(device_id, _NOTHING)
            waiting[device_id] = Receipt(old.stored + new.stored, old.refused + new.refused)

    def warn(self, problem: str, beats: int = WARNED_BEATS) -> None:
        """Say something on the next heartbeats that has passed and that people are to know."""
        self._warnings[problem] = beats

    def next_due_s(self) -> float:
        """Return the time at which there will be something to say."""
        due_s = self._heartbeat_due_s
        if self._moved:
            due_s = min(due_s, self._delta_due_s)
        if (any(self._acks) or any(self._receipts)) and self._ingest.connected:
            due_s = min(due_s, (self._ack_turn + 1) * ACK_TURN_S)
        return due_s

    def has_places(self, now_s: float) -> bool:
        """Tell whether screens are to be told where who moved is."""
        return bool(self._moved) and is_due(now_s, self._delta_due_s, self._delta_every_s)

    def speak(
        self, memory: Memory, world: World, now_s: float, *, with_places: bool = True
    ) -> None:
        """Publish what is due; where devices are may be put off."""
        if with_places and self.has_places(now_s):
            self._delta_due_s = now_s + self._delta_every_s
            for part in bus.deltas(world, self._moved, now_s):
                self._ingest.publish(bus.DELTA, part)
            self._moved = {}
        turn = int(now_s / ACK_TURN_S)
        # Not before we are connected: Mosquitto gives what waited for us ahead of its answer to our
        # subscriptions, and whoever says nothing more would never hear that it is stored.
        if turn != self._ack_turn and self._ingest.connected:
            self._acknowledge_devices(memory, turn)
        if is_due(now_s, self._heartbeat_due_s, HEARTBEAT_EVERY_S):
            self._heartbeat_due_s = now_s + HEARTBEAT_EVERY_S
            self._ingest.publish(bus.HEARTBEAT, self._heartbeat(world, now_s))
            self.slowest_ms = 0.0
            self._warnings = {each: left - 1 for each, left in self._warnings.items() if left > 1}

    def _acknowledge_devices(self, memory: Memory, turn: int) -> None:
        """Tell the devices whose turn it is up to which number their reports are stored."""
        passed = min(abs(turn - self._ack_turn), ACK_TURNS)
        self._ack_turn = turn
        due = [(turn - back) % ACK_TURNS for back in range(passed)]
        self._ingest.publish_all(
            message
            for each in due
            for device_id, boot_id in self._acks[each].items()
            if (message := _acknowledgement(memory, device_id, boot_id)) is not None
        )
        self._ingest.publish_all(message for each in due for message in _told(self._receipts[each]))
        for each in due:
            self._acks[each], self._receipts[each] = {}, {}

    def _heartbeat(self, world: World, now_s: float) -> bytes:
        settling = SETTLING if self.settling else ""
        problem = "; ".join(filter(None, (self.held_up, self.outdated, settling, *self._warnings)))
        return _encode(
            {
                "t": round(now_s * 1000),
                "lag_ms": round(self.slowest_ms, 1),
                "messages": self.received_messages,
                "committed": self.committed_messages,
                "counts": self.counts,
                "refused": self.refusals,
                "degraded": bool(problem) or self.slowest_ms > SLOW_TURN_MS,
                "problem": problem,
                "held_up": self.held_up,
                "seq": self.feed_seq,
                "zones_revision": world.revisions.zones,
            }
        )


def _acknowledgement(
    memory: Memory, device_id: str, boot_id: str | None
) -> tuple[str, bytes] | None:
    track = memory.devices[device_id].track
    done = None if track is None else tracks.contiguous_of(track, boot_id)
    if done is None:
        return None
    return topics.ack(device_id), _encode({"boot_id": done[0], "seq": done[1]})


def _told(receipts: Mapping[str, Receipt]) -> Iterator[tuple[str, bytes]]:
    for device_id, receipt in receipts.items():
        for payload in encoded(receipt):
            yield topics.ack(device_id), payload
