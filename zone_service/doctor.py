"""``zone doctor``: looks at what the platform needs here, and says what to do about the rest."""

import os
import platform
import resource
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.markup import escape
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from permits.rule_words import Language
from zone_service import clock
from zone_service.broker import (
    BrokerAccess,
    BrokerError,
    BrokerKind,
    probe,
    service_access,
)
from zone_service.data_lock import held_by
from zone_service.doctor_clock import synchronisation, wall_clock
from zone_service.doctor_duties import duties
from zone_service.doctor_evidence import kept_evidence
from zone_service.doctor_files import kept_files
from zone_service.doctor_findings import Finding, State, Words
from zone_service.doctor_history import kept_history, kept_room
from zone_service.doctor_running import running
from zone_service.doctor_versions import broker_program, database, packages
from zone_service.doctor_words import finding_said
from zone_service.secret_file import NAME as SECRETS
from zone_service.settings import Settings
from zone_service.store.engine import Store, newest_revision, open_store
from zone_service.store.errors import StoreError

__all__ = ["Finding", "State", "examine", "render"]

GIB = 1024**3
LEAST_FREE_BYTES = 1 * GIB
ENOUGH_FREE_BYTES = 10 * GIB
ENOUGH_OPEN_FILES = 4096


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; nothing here raises, and nothing is changed."""
    of_here: tuple[Callable[[Settings], Finding], ...] = (
        _python,
        lambda _: packages(),
        broker_program,
        _broker,
    )
    under_it: tuple[Callable[[Settings], Finding], ...] = (
        _disk,
        _data_dir,
        _time_zone,
        _open_files,
    )
    return [
        *(check(settings) for check in of_here),
        *running(settings),
        *_database(settings),
        *(check(settings) for check in under_it),
    ]


def render(findings: Iterable[Finding], language: Language = Language.ENGLISH) -> Table:
    """Return the findings as a table for the terminal, in a language."""

    def said(text: str) -> str:
        return escape(finding_said(text, language))

    table = Table(box=None, pad_edge=False)
    for name in ("", *(map(said, ("what", "found", "what to do")))):
        table.add_column(name, overflow="fold")  # a path that is cut leads nowhere
    colours = {
        State.OK: "green",
        State.WARN: "yellow",
        State.FAIL: "bold red",
        State.UNKNOWN: "magenta",
    }
    for finding in findings:
        mark = f"[{colours[finding.state]}]{said(finding.state)}[/]"
        table.add_row(mark, said(finding.name), said(finding.found), said(finding.advice))
    return table


def _python(_settings: Settings) -> Finding:
    found = Words(
        "{version} on {system} {machine}",
        version=platform.python_version(),
        system=platform.system(),
        machine=platform.machine(),
    )
    if sys.version_info < (3, 11):  # noqa: UP036 - the reader runs this on whatever there is
        return Finding("python", State.FAIL, found, "install Python 3.11 or newer")
    return Finding("python", State.OK, found)


def _broker(settings: Settings) -> Finding:
    """Try to get into the broker as the platform does."""
    embedded = settings.broker is not BrokerKind.EXTERNAL
    if embedded and held_by(settings.data_dir) is None:
        return Finding("broker", State.WARN, "not running", "start the platform with `zone up`")
    try:
        access = service_access(settings)
        took_ms = _timed_ms(access)
    except (BrokerError, ConnectionError) as error:
        log = settings.data_dir / settings.broker.value / "broker.log"
        advice = Words("see {log}", log=log) if embedded else "check ZONE_MQTT_*"
        return Finding("broker", State.FAIL, str(error), advice)
    return Finding(
        "broker",
        State.OK,
        Words(
            "{host}:{port} lets us in after {ms:.0f} ms",
            host=access.host,
            port=access.port,
            ms=took_ms,
        ),
    )


def _timed_ms(access: BrokerAccess) -> float:
    began_s = clock.monotonic_s()
    probe(access)
    return (clock.monotonic_s() - began_s) * 1000


def _database(settings: Settings) -> list[Finding]:
    """Look at the store, and at the clock beside what the store knows of the time."""
    path = settings.data_dir / "zone.sqlite"
    if not settings.store_url and not path.exists():
        none_yet = Finding(
            "store", State.WARN, Words("no database at {path} yet", path=path), "`zone up` makes it"
        )
        return [none_yet, wall_clock(None), synchronisation()]
    try:
        store = open_store(settings.database)
    except (StoreError, OSError) as error:
        return [_no_store(error), wall_clock(None), synchronisation()]
    with closing(store):
        return [*_store(settings, store), wall_clock(store), synchronisation()]


def _store(settings: Settings, store: Store) -> list[Finding]:
    """Compare the age of the tables, and of the database's own program, with this program's."""
    try:
        found, version = store.revision_of_schema(), database(store)
    except (SQLAlchemyError, StoreError, OSError) as error:
        return [_no_store(error)]
    if found != newest_revision():
        said = Words(
            "schema {found}, this program needs {needed}",
            found=found or "empty",
            needed=newest_revision(),
        )
        return [Finding("store", State.FAIL, said, "run `zone db upgrade`"), version]
    kept = [look(settings, store) for look in (kept_files, kept_history, kept_room, kept_evidence)]
    kept += duties(settings, store)
    return [Finding("store", State.OK, Words("schema {found}", found=found)), version, *kept]


def _no_store(error: Exception) -> Finding:
    first = str(error).partition("\n")[0]
    return Finding("store", State.FAIL, first, "check ZONE_STORE_URL and that it runs")


def _disk(settings: Settings) -> Finding:
    place = next(_existing(settings.data_dir.resolve()))
    usage = shutil.disk_usage(place)
    found = Words(
        "{free:.1f} of {total:.1f} GiB free at {place}",
        free=usage.free / GIB,
        total=usage.total / GIB,
        place=place,
    )
    if usage.free < LEAST_FREE_BYTES:
        return Finding("disk", State.FAIL, found, "free at least 1 GiB: a full disk stops intake")
    if usage.free < ENOUGH_FREE_BYTES:
        return Finding("disk", State.WARN, found, "free some: 10 GiB hold a busy day")
    return Finding("disk", State.OK, found)


def _existing(path: Path) -> Iterator[Path]:
    """Yield the path and what it lies in, from the inside, as far as they exist."""
    return (each for each in (path, *path.parents) if each.exists())


def _data_dir(settings: Settings) -> Finding:
    directory = settings.data_dir.resolve()
    if not directory.exists():
        return Finding(
            "data directory",
            State.WARN,
            Words("{directory} is not there yet", directory=directory),
            "`zone up`",
        )
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        advice = Words(
            "let user {user} own it, or choose another with ZONE_DATA_DIR", user=os.geteuid()
        )
        return Finding(
            "data directory",
            State.FAIL,
            Words("{directory} is not writable", directory=directory),
            advice,
        )
    if open_to_others := [path for path in _private(directory) if path.stat().st_mode & 0o077]:
        names = " ".join(str(path) for path in open_to_others)
        return Finding(
            "data directory",
            State.FAIL,
            Words("others may read {names}", names=names),
            f"chmod go-rwx {names}",
        )
    return Finding("data directory", State.OK, str(directory))


def _private(directory: Path) -> Sequence[Path]:
    """Return the files that hold secrets, and of a folder that others may enter the database.

    An earlier version left the mode of a database to the umask.
    """
    others_enter = directory.stat().st_mode & 0o077
    files = [directory / SECRETS, *(directory.glob("zone.sqlite*") if others_enter else ())]
    return [path for path in files if path.exists()]


def _time_zone(_settings: Settings) -> Finding:
    """Look for the zone that permit hours are written in."""
    try:
        offset = datetime(2026, 7, 1, tzinfo=ZoneInfo("Asia/Shanghai")).utcoffset()
    except ZoneInfoNotFoundError:
        return Finding("time zones", State.FAIL, "no data", "apt-get install tzdata")
    if offset != timedelta(hours=8):
        return Finding(
            "time zones",
            State.FAIL,
            Words("Asia/Shanghai at {offset}, expected 8:00", offset=offset),
            "update tzdata",
        )
    return Finding("time zones", State.OK, "Asia/Shanghai at UTC+8")


def _open_files(_settings: Settings) -> Finding:
    """Each device is an open file of the broker; children raise themselves to the hard limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return Finding("open files", State.OK, "no limit")
    if most < ENOUGH_OPEN_FILES:
        return Finding(
            "open files",
            State.WARN,
            Words("at most {most}", most=most),
            "raise it: LimitNOFILE=, ulimit -Hn",
        )
    return Finding(
        "open files",
        State.OK,
        Words("at most {most}: some {devices} devices", most=most, devices=most - 500),
    )
