"""What a gateway has passed on and nobody has said yet that it is stored.

Kept until the platform says so, and sent again: after the broker was away, and when nothing was said
for a while. What the platform has stored already it recognises. Bounded: whoever fills it must wait.
Belongs to one task; time comes in.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from telemetry import topics
from telemetry.gateways.wire import Drop, Dropped
from telemetry.receipts import Receipt, digest_of

MOST: Final = 10_000
"""Messages of some hundred bytes: two gateways full of them are what a session of the broker holds."""
AGAIN_AFTER_S: Final = 30.0
"""A worker says once a second what it has stored, and a start of it takes some seconds."""
MOST_TIMES: Final = 20
"""Ten minutes, for a platform that says nothing of a message but can be reached; and so many connections
to a broker that may end them because of it."""


@dataclass(slots=True)
class Waiting:
    """One message."""

    device_id: str
    payload: bytes = field(repr=False)
    times: int = 0
    sent_s: float = 0.0

    @property
    def topic(self) -> str:
        """Where it is published."""
        return topics.tele(self.device_id)


Key = tuple[str, str]


class Outbox:
    """Messages by unit and digest: new ones in their order, sent ones by when they were sent."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._new: OrderedDict[Key, Waiting] = OrderedDict()
        self._sent: OrderedDict[Key, Waiting] = OrderedDict()
        self._given_up: list[Drop] = []

    def __len__(self) -> int:
        return len(self._new) + len(self._sent)

    @property
    def is_full(self) -> bool:
        """Whether nothing more is taken."""
        return len(self) >= self.most

    @property
    def has_room(self) -> bool:
        """Whether who had to wait may go on: not for each single one."""
        return len(self) <= self.most * 3 // 4

    def add(self, device_id: str, payload: bytes, *, is_read: bool = False) -> bool:
        """Take a message; tell whether there was room. Who says the same again has it sent again.

        ``is_read``: it came by a connection from which nothing more is read once this is full. What was
        read already is taken beyond the limit, by one read of some thousand messages at the most: its
        sender has been told by TCP that it is there.
        """
        key = device_id, digest_of(payload)
        again = self._sent.pop(key, None)
        if again is None and key in self._new:
            return True
        if again is None and self.is_full and not is_read:
            return False
        self._new[key] = again or Waiting(device_id, payload)
        return True

    def to_send(self, most: int, now_s: float) -> list[Waiting]:
        """Return what is to be published now, in order; counts as sent from now on.

        What was sent too often is given up: it may be what the broker ends the connection for.
        """
        found: list[Waiting] = []
        while self._new and len(found) < most:
            key, each = self._new.popitem(last=False)
            if each.times >= MOST_TIMES:
                self._given_up.append(Drop(Dropped.NEVER_STORED, each.device_id, each.payload[:64]))
                continue
            each.times, each.sent_s = each.times + 1, now_s
            self._sent[key] = each
            found.append(each)
        return found

    def taken(self, device_id: str, receipt: Receipt) -> int:
        """Forget what is stored, and return how many messages that were."""
        keys = [(device_id, digest) for digest in (*receipt.stored, *receipt.refused)]
        return sum(self._forget(key) for key in keys)

    def _forget(self, key: Key) -> bool:
        return (self._sent.pop(key, None) or self._new.pop(key, None)) is not None

    def send_all_again(self) -> None:
        """Have all of it sent anew, what was sent first before the others: the broker was away."""
        self._new = OrderedDict([*self._sent.items(), *self._new.items()])
        self._sent.clear()

    def overdue(self, now_s: float) -> list[Drop]:
        """Have sent again what has waited too long; return what was given up since last asked."""
        for key in list(self._late(now_s)):
            self._new[key] = self._sent.pop(key)
        found, self._given_up = self._given_up, []
        return found

    def _late(self, now_s: float) -> Iterator[Key]:
        for key, each in self._sent.items():
            if now_s - each.sent_s < AGAIN_AFTER_S:
                return
            yield key

    def forget_all_but(self, device_ids: Collection[str]) -> list[Drop]:
        """Let go what is of units that are not there any more, and return that."""
        gone = [
            (key, each)
            for part in (self._new, self._sent)
            for key, each in part.items()
            if each.device_id not in device_ids
        ]
        for key, _ in gone:
            self._forget(key)
        return [Drop(Dropped.UNIT_GONE, each.device_id, each.payload[:64]) for _, each in gone]
