"""A city in which a car leaves its road at noon, and what was received around that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from geofence.zone import Restriction
from permits.permit import PermitKind
from telemetry.report import Frame
from tests.history.journal import NOON_S, told
from tests.store import city
from zone_service.clips.sealing import Reach, Sealing
from zone_service.clips.software import software
from zone_service.clips.verifying import Verified, verified
from zone_service.history.compaction import Compaction
from zone_service.history.reading import codecs_installed
from zone_service.issuer_key import public_keys
from zone_service.store import clips, issuer_keys, journal, permits, zones
from zone_service.store.engine import Store
from zone_service.store.records import (
    PLATFORM,
    Batch,
    Commit,
    EvidenceClip,
    JudgedBy,
    ViolationChange,
)
from zone_service.store.revisions import revisions

NUMBER: Final = "RT-1"
TRANSFER: Final = "road-2"
"""Where it is driven by hand alone."""
EXEMPT: Final = "works-1"
"""What it may enter."""
ELSEWHERE: Final = "airport-1"
"""What it does not name."""
RULES: Final = "demonstration@2026.12"


def at(after_s: float) -> datetime:
    """A moment so long after noon."""
    return datetime.fromtimestamp(NOON_S + after_s, UTC)


def exit_of(device_id: str = "car-1", **changes: Any) -> ViolationChange:
    """The car leaves its road at noon, and that is found a second later."""
    given = {
        "opened_at": at(0.0),
        "detected_at": at(1.0),
        "updated_at": at(1.0),
        "rule_version": RULES,
        "trigger_event_time_s": NOON_S,
        "trigger_received_s": NOON_S,
    }
    return city.change(device_id, **given | changes)


@dataclass(frozen=True, slots=True)
class Scene:
    """A store, and the folders beside it."""

    store: Store
    folder: Path

    def draw(self) -> None:
        """Draw the road, and give the car its permit for it."""
        with self.store.write() as session:
            closed = replace(
                city.airport(EXEMPT),
                domains=frozenset({"road"}),
                restriction=Restriction.REQ_AUTHORIZATION,
            )
            drawn = [city.road(), city.road(TRANSFER), closed, city.airport(ELSEWHERE)]
            zones.publish(session, PLATFORM, drawn, city.NOON)
            permits.create(
                session,
                PLATFORM,
                kind=PermitKind.ROAD_TEST,
                holder_id="swift",
                terms=city.terms(
                    "car-1",
                    transfer_zone_ids=frozenset({TRANSFER}),
                    exempt_zone_ids=frozenset({EXEMPT}),
                ),
                at=city.NOON,
                number=NUMBER,
            )

    def receive(
        self, *frames: Frame, changes: Sequence[ViolationChange] = (), judged: bool = False
    ) -> int:
        """Commit frames as one batch, with what came of them."""
        count = journal.last_journal_id(self.store) + 1
        times = [each.received_s for each in frames]
        batch = Batch(f"b-{count}", min(times), max(times), len(frames), journal.pack(frames))
        by = self.judged_by() if judged else None
        commit = Commit(batch=batch, violations=tuple(changes), judged_by=by)
        return journal.commit_batch(self.store, commit).journal_id

    def judged_by(self) -> JudgedBy:
        """What is judged by from noon on."""
        with self.store.read() as session:
            now = revisions(session)
        return replace(
            city.judged_by(registry=now.registry, permits=now.permits),
            at_s=NOON_S - 3600.0,
            zone_revision=now.zones,
            rules=RULES,
        )

    def tick(self, after_s: float) -> None:
        """What the worker writes each second, whoever is silent."""
        self.receive(Frame("$tick", b"", NOON_S + after_s))

    def drive(self, from_s: int = -120, until_s: int = 120, every_s: int = 10) -> None:
        """The car tells where it is, before, at and after noon; so does a drone that is far away."""
        for after_s in range(from_s, until_s + 1, every_s):
            changes = [exit_of()] if after_s == 0 else []
            self.receive(
                told(after_s=float(after_s), seq=after_s + 1000),
                told("drone-1", float(after_s)),
                changes=changes,
                judged=after_s == from_s,
            )

    def sealing(self, reach: Reach | None = None, folder: Path | None = None) -> Sealing:
        """What seals into the folder of evidence."""
        return Sealing(
            store=self.store,
            folder=folder or self.evidence,
            history=self.folder / "history",
            data_dir=self.folder,
            rule_set="demonstration",
            reach=reach or (lambda _step: None),
        )

    @property
    def evidence(self) -> Path:
        """The folder of clips."""
        return self.folder / "evidence"

    def compact(self) -> None:
        """Take all of the journal into files of the history."""
        Compaction(self.store, self.folder / "history").run(at(7200.0), everything=True)

    def clips(self) -> dict[str, EvidenceClip]:
        """What is noted, by the id of the clip."""
        with self.store.read() as session:
            return {each.clip_id: each for each in clips.page(session, PLATFORM)}

    def file(self, clip: EvidenceClip) -> bytes:
        """The sealed file of a clip."""
        return (self.evidence / str(clip.name)).read_bytes()

    def verified(self, clip: EvidenceClip) -> Verified:
        """What comes of its file, by the keys of this installation."""
        with self.store.read() as session:
            keys = public_keys(issuer_keys.public_halves(session))
        return verified(self.file(clip), keys, codecs_installed(), software())
