"""Clips as people handle them: given out with a purpose, and removed when their time is over."""

from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import structlog

from zone_service.clock import now
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import clips
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, EvidenceLost
from zone_service.store.records import PLATFORM, EvidenceClip, Principal

AT_ONCE = 100

log = structlog.get_logger("evidence")


def file_of(
    store: Store, folder: Path, principal: Principal, clip_id: str, purpose: str, at: datetime
) -> tuple[EvidenceClip, bytes]:
    """Return a clip with its file; that it was read, by whom and for what is on record first.

    Raises:
        NotFound, NotAllowed, InvalidValue: as ``clips.read``.
        EvidenceLost: the file is not the one that was sealed.
    """
    with store.write() as session:
        clip = clips.read(session, principal, clip_id, purpose, at)
    try:
        content = (folder / str(clip.name)).read_bytes()
    except OSError:
        raise EvidenceLost(why="evidence lost", clip=clip_id) from None
    if sha256(content).hexdigest() != clip.sha256:
        raise EvidenceLost(why="evidence lost", clip=clip_id)
    return clip, content


def remove_expired(settings: Settings) -> list[str]:
    """Remove the files of clips whose time is over, and return their ids.

    The row says that it is removed before the file goes, so that nobody looks for one that is gone. A file
    that stays, since whoever removed it died or the disk did not let it, goes the next time.
    """
    with closing(opened(settings)) as store:
        gone: list[str] = []
        while some := _over(store):
            gone += [each.clip_id for each in some if _is_removed(store, each)]
        with store.read() as session:
            names = clips.removed_names(session)
    for each in names:
        _unlink(settings.evidence_dir / each)
    return gone


def _is_removed(store: Store, clip: EvidenceClip) -> bool:
    """Say that a clip is removed; false where a hold was put on it since it was looked for."""
    at = now()
    try:
        with store.write() as session:
            clips.remove(session, PLATFORM, clip.clip_id, at)
    except Conflict:
        return False
    return True


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("evidence_not_removed", name=path.name, error=str(error))


def _over(store: Store) -> tuple[EvidenceClip, ...]:
    with store.read() as session:
        return clips.over(session, now(), AT_ONCE)
