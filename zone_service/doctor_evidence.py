"""Whether evidence is sealed in time, and its files are there."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from zone_service.clock import now
from zone_service.doctor_findings import Finding, State, Words
from zone_service.settings import Settings
from zone_service.store import clips
from zone_service.store.engine import Store
from zone_service.store.records import EvidenceClip

LATE_S: Final = 60.0
"""After its time, in which the worker may be behind."""
GIB: Final = 1024**3


def kept_evidence(settings: Settings, store: Store) -> Finding:
    """Look for every file by its size, and for the clip that waits longest to be sealed."""
    folder = settings.evidence_dir
    try:
        with store.read() as session:
            kept = clips.every_sealed(session)
        oldest_s = clips.oldest_due_s(store)
        lost = [each.clip_id for each in kept if not _is_there(folder, each)]
    except (SQLAlchemyError, OSError) as error:
        first = str(error).partition("\n")[0]
        return Finding(
            "evidence", State.FAIL, first, Words("let this user read {folder}", folder=folder)
        )
    waits_s = 0.0 if oldest_s is None else now().timestamp() - oldest_s
    return _lost(lost, kept, folder) or _late(waits_s) or _whole(kept)


def _is_there(folder: Path, clip: EvidenceClip) -> bool:
    path = folder / (clip.name or "")
    return path.is_file() and path.stat().st_size == clip.size_bytes


def _lost(lost: Sequence[str], kept: Sequence[EvidenceClip], folder: Path) -> Finding | None:
    if not lost:
        return None
    found = Words(
        "{lost} of {count} clips are gone or not as they were: {names}",
        lost=len(lost),
        count=len(kept),
        names=" ".join(lost[:3]),
    )
    return Finding(
        "evidence",
        State.FAIL,
        found,
        Words("copy them from a backup into {folder}/", folder=folder),
    )


def _late(waits_s: float) -> Finding | None:
    if waits_s <= LATE_S:
        return None
    found = Words(
        "the oldest clip that is not sealed could have been {minutes:.0f} min ago",
        minutes=waits_s / 60,
    )
    advice = "see that the worker runs, the room on the disk and the log of `zone up` for clip_not_sealed"
    return Finding("evidence", State.FAIL, found, advice)


def _whole(kept: Sequence[EvidenceClip]) -> Finding:
    size_gib = sum(each.size_bytes or 0 for each in kept) / GIB
    held = sum(1 for each in kept if each.held_by is not None)
    return Finding(
        "evidence",
        State.OK,
        Words(
            "{count} clips, {held} held, {size:.1f} GiB", count=len(kept), held=held, size=size_gib
        ),
    )
