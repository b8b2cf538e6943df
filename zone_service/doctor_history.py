"""Whether the history has its files, and keeps up with the journal."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from zone_service.clock import now
from zone_service.doctor_findings import Finding, State, Words
from zone_service.history.folder import OWNER, STRAYS, is_of_another
from zone_service.history.removing import retention_of
from zone_service.room import room_of
from zone_service.rule_files import NoSuchRuleSet
from zone_service.settings import Settings
from zone_service.store import audit, history_files, journal
from zone_service.store.engine import Store
from zone_service.store.records import HistoryFile

GIB: Final = 1024**3
HOUR_S: Final = 3600
BEHIND_S: Final = 3 * HOUR_S
"""An hour goes into files minutes after it is over."""


def kept_history(settings: Settings, store: Store) -> Finding:
    """Look for every file by its size, and for what the journal has and no file yet."""
    folder = settings.history_dir
    try:
        with store.reader.begin() as connection:
            files = history_files.every_file(connection)
        with store.read() as session:
            installation = audit.first_hash(session)
        behind_s = _behind_s(store)
        lost = [each.name for each in files if not _is_there(folder, each)]
        foreign = installation is not None and is_of_another(folder, installation)
        aside = sum(1 for _ in (folder / STRAYS).rglob("*.parquet"))
    except (SQLAlchemyError, OSError) as error:
        first = str(error).partition("\n")[0]
        return Finding(
            "history", State.FAIL, first, Words("let this user read {folder}", folder=folder)
        )
    if foreign:
        found, advice = (
            Words("{folder} is of another installation", folder=folder),
            "check ZONE_STORE_URL",
        )
        return Finding(
            "history",
            State.FAIL,
            found,
            Words("{advice}, or remove {file}", advice=advice, file=folder / OWNER),
        )
    return _lost(lost, files, folder) or _behind(behind_s) or _whole(files, aside, folder)


def kept_room(settings: Settings, store: Store) -> Finding:
    """Look whether the disk has room for evidence, and whether anything of the history may still make it."""
    room = room_of(settings.history_dir)
    free = Words(
        "{free:.0%} of the disk free, {wanted:.0%} wanted",
        free=room.free,
        wanted=settings.history_free,
    )
    try:
        going = retention_of(settings, store).going(now(), room)
    except (SQLAlchemyError, NoSuchRuleSet) as error:
        first = str(error).partition("\n")[0]
        return Finding("room", State.FAIL, first, "see `zone rules list`")
    if room.free >= settings.history_free:
        return Finding("room", State.OK, free)
    goes = sum(each.size_bytes for each in (*going.over, *going.yielding))
    if goes >= room.missing(settings.history_free):
        found = Words("{free}: {size:.1f} GiB of the history make room", free=free, size=goes / GIB)
        return Finding("room", State.WARN, found, "run `zone history compact`, or enlarge the disk")
    found = Words(
        "{free}, and no more than {size:.1f} GiB of the history may go", free=free, size=goes / GIB
    )
    advice = "enlarge the disk: the rest is younger than the rule set asks, held or needed"
    return Finding("room", State.FAIL, found, advice)


def _is_there(folder: Path, file: HistoryFile) -> bool:
    path = folder / file.name
    return path.is_file() and path.stat().st_size == file.size_bytes


def _behind_s(store: Store) -> float:
    newest, oldest = journal.newest_received_s(store), journal.oldest_unsealed_s(store)
    return 0.0 if newest is None or oldest is None else newest - oldest


def _lost(lost: Sequence[str], files: Sequence[HistoryFile], folder: Path) -> Finding | None:
    if not lost:
        return None
    found = Words(
        "{lost} of {count} are gone or not as they were: {names}",
        lost=len(lost),
        count=len(files),
        names=" ".join(lost[:3]),
    )
    return Finding(
        "history", State.FAIL, found, Words("copy them from a backup into {folder}/", folder=folder)
    )


def _behind(behind_s: float) -> Finding | None:
    if behind_s <= BEHIND_S:
        return None
    found = Words(
        "{hours:.1f} h of the journal are in no file, and it is not shortened",
        hours=behind_s / HOUR_S,
    )
    return Finding("history", State.WARN, found, "run `zone history compact`, and see what it says")


def _whole(files: Sequence[HistoryFile], aside: int, folder: Path) -> Finding:
    size_gib = sum(each.size_bytes for each in files) / GIB
    found = Words("{count} files, {size:.1f} GiB", count=len(files), size=size_gib)
    if not aside:
        return Finding("history", State.OK, found)
    more = Words(
        "{found}; {aside} put aside, of which this database knows nothing", found=found, aside=aside
    )
    return Finding(
        "history",
        State.WARN,
        more,
        Words("see {folder}: keep or remove them", folder=folder / STRAYS),
    )
