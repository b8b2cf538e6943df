"""Clips as people handle them: given out with a purpose, and removed when their time is over."""

from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from zone_service.clock import now
from zone_service.provision import opened
from zone_service.settings import Settings
from zone_service.store import clips
from zone_service.store.engine import Store
from zone_service.store.errors import EvidenceLost
from zone_service.store.records import PLATFORM, EvidenceClip, Principal

AT_ONCE = 100


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

    The row says that it is removed before the file goes: of a death between, a file is left that no row
    speaks of, and nobody looks for one that is gone.
    """
    gone: list[str] = []
    with closing(opened(settings)) as store:
        while some := _over(store):
            for each in some:
                with store.write() as session:
                    clips.remove(session, PLATFORM, each.clip_id, now())
                (settings.evidence_dir / str(each.name)).unlink(missing_ok=True)
                gone.append(each.clip_id)
    return gone


def _over(store: Store) -> tuple[EvidenceClip, ...]:
    with store.read() as session:
        return clips.over(session, now(), AT_ONCE)
