"""What units and gateways say of their fences, and what they are answered.

A version that the platform gave is told from others by its number, or a DJI file by its SHA-256. A DJI
gateway speaks for the aircraft that it says it serves, if both are of one organisation.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import structlog

from telemetry import topics
from telemetry.fences import acknowledged, canonical, dji
from telemetry.fences.acknowledged import Holds, HoldsFile, Said, Serves, Status, WantsFiles
from telemetry.topics import Channel
from zone_service.fences.tokens import Claim
from zone_service.store import fences
from zone_service.store.engine import Store
from zone_service.store.records import Device, Fence

ANSWERS: Final = 5
WITHIN_S: Final = 10.0
"""So many answers of one device in this time: whoever asks on and on is not answered on and on."""
NOT_OURS: Final = 0
"""The version of a file that the platform never made."""
SERVED_AT_ONCE: Final = 16
"""Aircraft that one gateway speaks for."""

_log = structlog.get_logger("zone.fences")
Address = Callable[[Claim, float], str]
"""Gives the address of a file."""


class Outgoing(NamedTuple):
    """A message for the broker."""

    topic: str
    payload: bytes
    of: tuple[str, int] | None = None
    """The device that is told of a version with it."""


class Exchange:
    """Who speaks for whom, and how often each was answered. Belongs to one thread at a time."""

    def __init__(self, store: Store, address: Address) -> None:
        """``address`` gives where the file of a fence is fetched."""
        self._store = store
        self._address = address
        self.devices: Mapping[str, Device] = {}
        self._gateway_of: dict[str, str] = {}
        self._answered: dict[str, tuple[float, int]] = {}

    def remember(self) -> None:
        """Go by what gateways said before this process began."""
        with self._store.read() as session:
            self._gateway_of = dict(fences.gateways(session))

    def told(self, fence: Fence, now_s: float) -> Outgoing:
        """Return what tells a unit of its fence."""
        version = fence.device_id, fence.version
        if fence.format == "dji":
            gateway = self._gateway_of.get(fence.device_id, fence.device_id)
            if not self._may_speak(gateway, fence.device_id):
                gateway = fence.device_id
            payload = dji.update(_new_id(), _new_id(), _ms(now_s))
            return Outgoing(topics.dji_services(gateway), payload, version)
        payload = canonical.message(fence.body, fence.version)
        return Outgoing(topics.fence(fence.device_id), payload, version)

    def heard(self, topic: str, payload: bytes, at: datetime) -> list[Outgoing]:
        """Note what was said, and return what is answered; nothing to what is none of this."""
        parsed = topics.parse(topic)
        if parsed is None or (speaker := self.devices.get(parsed.device_id)) is None:
            return []
        said = _read(parsed.channel, payload)
        if said is None or (parsed.family is topics.Family.DJI) != (speaker.codec == "dji"):
            return []
        if isinstance(said, Holds | WantsFiles | Serves) and not self._may_be_answered(
            speaker.device_id, at.timestamp()
        ):
            return []
        return list(self._answers(speaker, said, at))

    def _answers(self, speaker: Device, said: Said, at: datetime) -> Iterator[Outgoing]:
        now_s = at.timestamp()
        match said:
            case Holds():
                yield from self._holds(speaker.device_id, said, at)
            case HoldsFile():
                self._holds_file(speaker.device_id, said, at)
                if said.needs_reply:
                    reply = dji.noted(dji.PROGRESS, said.tid, said.bid, _ms(now_s))
                    yield Outgoing(topics.dji_events_reply(speaker.device_id), reply)
            case WantsFiles(tid=tid, bid=bid):
                yield from self._files(speaker.device_id, tid, bid, now_s)
            case Serves():
                yield from self._serves(speaker, said, at)

    def _holds(self, device_id: str, said: Holds, at: datetime) -> Iterator[Outgoing]:
        with self._store.read() as session:
            fence = fences.get(session, device_id)
        if fence is None:
            return
        if said.version is not None:
            is_known = said.version <= fence.version
            # What the platform never made, or no longer knows of: its database may be from a backup.
            version = said.version if is_known else NOT_OURS
            if said.status is Status.TAKEN:
                self._note_held(fence, version, at)
            elif is_known:
                self._note_refused(fence, version, said.detail, at)
        _log.info(
            "fence_acknowledged", device_id=device_id, version=said.version,
            status=said.status.value, current=fence.version,
        )  # fmt: skip
        if said.version != fence.version:
            yield self.told(fence, at.timestamp())

    def _note_held(self, fence: Fence, version: int, at: datetime) -> None:
        # A whole fleet says so whenever the broker is there again, and mostly what is known.
        if fence.held_version != version:
            with self._store.write() as session:
                fences.held(session, fence.device_id, version, at)

    def _note_refused(self, fence: Fence, version: int, why: str, at: datetime) -> None:
        if (fence.refused_version, fence.refused_for) != (version, why[: fences.MOST_SAID]):
            with self._store.write() as session:
                fences.refused(session, fence.device_id, version, why, at)

    def _holds_file(self, speaker: str, said: HoldsFile, at: datetime) -> None:
        with self._store.read() as session:
            found = fences.some(session, self._speaks_for(speaker))
        for fence in found:
            is_ours = said.checksum.lower() == fence.digest
            if said.status is Status.TAKEN:
                self._note_held(fence, fence.version if is_ours else NOT_OURS, at)
            elif is_ours or not said.checksum:
                # Of another file it says nothing of the one of now.
                self._note_refused(fence, fence.version, said.detail, at)
            _log.info(
                "fence_acknowledged", device_id=fence.device_id, gateway=speaker,
                status=said.status.value, current=fence.version,
            )  # fmt: skip

    def _files(self, speaker: str, tid: str, bid: str, now_s: float) -> Iterator[Outgoing]:
        topic = topics.dji_requests_reply(speaker)
        with self._store.read() as session:
            found = fences.some(session, self._speaks_for(speaker))
        fence = next((each for each in found if each.format == "dji"), None)
        if fence is not None:
            url = self._address(Claim(fence.device_id, fence.version), now_s)
            answer = dji.files(fence.body, url, tid, bid, _ms(now_s))
            yield Outgoing(topic, answer, (fence.device_id, fence.version))
        elif self._serves_now(speaker):
            yield Outgoing(topic, dji.no_files(tid, bid, _ms(now_s)))
        else:
            # It would take what its aircraft has off board, and nobody knows for which it asks.
            _log.warning("gateway_serves_nobody", gateway=speaker)

    def _serves(self, gateway: Device, said: Serves, at: datetime) -> Iterator[Outgoing]:
        now_s = at.timestamp()
        served = tuple(self._own(gateway, said.serials))[:SERVED_AT_ONCE]
        self._note_served(gateway.device_id, served)
        reply = dji.noted("update_topo", said.tid, said.bid, _ms(now_s))
        yield Outgoing(topics.dji_status_reply(gateway.device_id), reply)
        with self._store.read() as session:
            found = fences.some(session, self._speaks_for(gateway.device_id))
        # Those too that it has refused: it may not have reached the file, and can now.
        yield from (self.told(each, now_s) for each in found if each.held_version != each.version)

    def _note_served(self, gateway_id: str, served: tuple[str, ...]) -> None:
        before = {each for each, its in self._gateway_of.items() if its == gateway_id}
        if before == set(served):
            return
        with self._store.write() as session:
            fences.serve(session, gateway_id, served)
        for each in before:
            del self._gateway_of[each]
        self._gateway_of |= dict.fromkeys(served, gateway_id)

    def _own(self, gateway: Device, serials: Iterable[str]) -> Iterator[str]:
        """Yield those of some aircraft that the gateway may speak for."""
        return (each for each in serials if self._may_speak(gateway.device_id, each))

    def _may_speak(self, gateway_id: str, device_id: str) -> bool:
        gateway, device = self.devices.get(gateway_id), self.devices.get(device_id)
        return (
            gateway is not None
            and device is not None
            and device.codec == "dji"
            and device.organisation_id == gateway.organisation_id
        )

    def _serves_now(self, gateway_id: str) -> tuple[str, ...]:
        """Return which aircraft a gateway serves; one that was given to others since is none of them."""
        return tuple(
            each
            for each, its in self._gateway_of.items()
            if its == gateway_id and self._may_speak(gateway_id, each)
        )

    def _speaks_for(self, speaker: str) -> tuple[str, ...]:
        """Return for which devices something is said: the aircraft of a gateway, else whoever says it."""
        return self._serves_now(speaker) or (speaker,)

    def _may_be_answered(self, device_id: str, now_s: float) -> bool:
        since_s, count = self._answered.get(device_id, (now_s, 0))
        if not 0 <= now_s - since_s < WITHIN_S:
            since_s, count = now_s, 0
        self._answered[device_id] = since_s, count + 1
        return count < ANSWERS


def _read(channel: Channel, payload: bytes) -> Said | None:
    match channel:
        case Channel.ACK:
            return acknowledged.read(payload)
        case Channel.REQUESTS | Channel.EVENTS | Channel.STATUS:
            return acknowledged.read_dji(payload)
        case _:
            return None


def _new_id() -> str:
    return str(uuid.uuid4())


def _ms(now_s: float) -> int:
    return int(now_s * 1000)
