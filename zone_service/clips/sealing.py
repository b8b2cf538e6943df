"""Clips, sealed when the last of what belongs to them has come in: once, whole, and again after any death.

The file is written under another name, synced and renamed; its row and its hash in the audit come after, in
one commit. Whoever dies between leaves a clip that is not sealed yet, and a file that the next try replaces.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from permits.evidence_rules import Around
from telemetry.service_area import ServiceArea
from zone_service.clips.archive import sealed
from zone_service.clips.content import Beside, Clip, dated_in, described, members_of
from zone_service.clips.folder import write_whole
from zone_service.clips.gaps import gaps
from zone_service.clips.gathering import Shared, frames
from zone_service.clips.noting import Noting
from zone_service.clips.software import software
from zone_service.clips.then import then
from zone_service.clips.window import joined, spans_of
from zone_service.history.reading import codecs_installed
from zone_service.issuer_key import Issuer, issuer
from zone_service.secret_file import UnreadableSecrets
from zone_service.store import clips, issuer_keys, journal
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, StoreError
from zone_service.store.records import PLATFORM, EvidenceClip, EvidencePart
from zone_service.violation_json import instant

GONE_S: Final = 3600.0
"""A worker that has committed nothing for so long holds nothing any more: what died with it comes again,
with another time. Not sooner: while the store is away a worker keeps what it received, and commits it then."""
AT_ONCE: Final = 100
"""Clips of one look, which share what is read of the journal."""
APART_S: Final = 600.0
"""Clips whose times lie within so long are read together."""
AGAIN_S: Final = 10.0
"""After a clip could not be sealed; the others go on."""

STEPS: Final = ("gathered", "written", "sealed")
"""At each of these a test lets it die."""

Reach = Callable[[str], None]

log = structlog.get_logger("evidence")


@dataclass(slots=True)
class Sealing:
    """Seals what is due, for as long as its process lives. ``reach`` is told of each step as it is done."""

    store: Store
    folder: Path
    history: Path
    data_dir: Path
    rule_set: str
    served: ServiceArea | None = None
    reach: Reach = lambda _step: None
    _noting: Noting = field(init=False)
    _again_s: dict[str, float] = field(default_factory=dict)
    """When what could not be sealed is tried again, by the id of the clip."""

    _kept_keys: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._noting = Noting(self.store, self.rule_set)

    def look(self, at: datetime) -> int:
        """Note what is new, seal what is due, and return how many clips were sealed."""
        while self._noting.note(at):
            pass
        return sum(self._seal_some(some, at) for some in together(self._ready(at.timestamp())))

    def _ready(self, now_s: float) -> Sequence[EvidenceClip]:
        """Return clips of whose time all is committed: first those that were not tried before."""
        with self.store.read() as session:
            # However many of the longest due are put off, there are others behind them.
            due = clips.due(session, now_s, AT_ONCE + len(self._again_s))
        if not due:
            return ()
        newest_s = journal.newest_received_s(self.store) or 0.0
        until_s = max(newest_s, now_s - GONE_S)
        ready = [
            each
            for each in due
            if each.due_s < until_s and now_s >= self._again_s.get(each.clip_id, 0.0)
        ]
        return sorted(ready, key=lambda each: each.clip_id in self._again_s)[:AT_ONCE]

    def _seal_some(self, some: Sequence[EvidenceClip], at: datetime) -> int:
        """Seal clips whose times lie close together; what cannot be sealed now is tried again later."""
        within = joined(span for each in some for span in spans_of(each))
        devices = {device for each in some for device in each.device_ids}
        count = 0
        read: Shared | None = None
        for each in some:
            try:
                read = read or Shared(frames(self.store, self.history, devices, within))
                count += self._seal(each, read, at)
                self._again_s.pop(each.clip_id, None)
            except (OSError, StoreError, SQLAlchemyError, UnreadableSecrets) as error:
                self._put_off(each, at, error)
            except Exception as error:
                self._put_off(each, at, error)
                log.exception("clip_not_made", clip=each.clip_id)
        return count

    def _put_off(self, clip: EvidenceClip, at: datetime, error: Exception) -> None:
        self._again_s[clip.clip_id] = at.timestamp() + AGAIN_S
        log.warning("clip_not_sealed", clip=clip.clip_id, error=str(error), retry_in_s=AGAIN_S)

    def _seal(self, clip: EvidenceClip, read: Shared, at: datetime) -> bool:
        made = self._made(clip, read, at)
        key = issuer(self.data_dir)
        self.reach("gathered")
        content = sealed(members_of(made, codecs_installed()), described(made), key)
        # Not of the day of today: whoever died past midnight would leave a file that no row ever names.
        name = f"{clip.noted_at:%Y-%m-%d}/{clip.clip_id}.zip"
        write_whole(self.folder / name, content)
        self.reach("written")
        done = replace(
            clip,
            sealed_at=at,
            kept_until=kept_until(clip.kept_years, at),
            name=name,
            size_bytes=len(content),
            sha256=sha256(content).hexdigest(),
            key_id=key.key_id,
            frame_count=len(made.frames),
        )
        self._keep_key(key, at)
        with self.store.write() as session:
            is_first = clips.sealed(session, done, at)
        self.reach("sealed")
        return is_first

    def _keep_key(self, key: Issuer, at: datetime) -> None:
        """Keep the public half of the key, once."""
        if key.key_id not in self._kept_keys:
            with self.store.write() as session:
                issuer_keys.keep(session, key.key_id, key.public, at)
            self._kept_keys.add(key.key_id)

    def _made(self, clip: EvidenceClip, read: Shared, at: datetime) -> Clip:
        around = Around(clip.before_s, clip.after_s, clip.kept_years)
        within = spans_of(clip)
        held = then(self.store, clip)
        frames_ = read.of(clip.device_ids, within)
        beside = self._beside(clip)
        if beside is not None and beside.events is not None:
            frames_ = dated_in(frames_, beside.events, held.units, codecs_installed(), self.served)
        # What came late is a part of what was received then: that others were silent says nothing of it.
        unheard = () if beside is not None and beside.events else gaps(read.heard_s, within)
        missing = {"lost": list(read.lost), "gaps": [list(each) for each in unheard]}
        asked = (
            {}
            if clip.asked_by is None
            else {"asked_by": clip.asked_by, "asked_for": clip.asked_for}
        )
        about = {**held.about, "part": clip.part.value, **missing, **asked}
        return Clip(
            clip_id=clip.clip_id,
            about=about,
            device_ids=clip.device_ids,
            spans=within,
            frames=frames_,
            beside=beside,
            units=held.units,
            served=self.served,
            revisions=held.revisions,
            permit=held.permit,
            rules=held.rules,
            rule_set=held.rule_set,
            around=around,
            zones=held.zones,
            software=software(),
            sealed_at=instant(at),
            kept_until=instant(kept_until(clip.kept_years, at)),
        )

    def _beside(self, clip: EvidenceClip) -> Beside | None:
        """Return the clip that one comes beside, by its hash.

        Raises:
            Conflict: that is not sealed yet, and so has none.
        """
        if clip.first_id is None:
            return None
        with self.store.read() as session:
            first = clips.get(session, PLATFORM, clip.first_id)
        if first.sha256 is None:
            raise Conflict(why="evidence not sealed", clip=first.clip_id)
        is_late = clip.part is EvidencePart.SUPPLEMENT
        return Beside(first.clip_id, first.sha256, spans_of(first) if is_late else None)


def together(due: Sequence[EvidenceClip]) -> list[list[EvidenceClip]]:
    """Return clips in groups whose times lie close together, so that each group is read once."""
    found: list[list[EvidenceClip]] = []
    for each in sorted(due, key=lambda clip: clip.from_s):
        if found and max(each.due_s, found[-1][-1].due_s) - found[-1][0].from_s <= APART_S:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def kept_until(years: int, at: datetime) -> datetime:
    """Return until when a clip is kept that is sealed at a moment; a day longer where that is no day."""
    try:
        return at.astimezone(UTC).replace(year=at.year + years)
    except ValueError:  # 29 February
        return (at.astimezone(UTC) + timedelta(days=1)).replace(year=at.year + years)
