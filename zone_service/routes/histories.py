"""What devices told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from typing import IO, Annotated, Any, Final, NamedTuple

from fastapi import Depends, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from permits.precision_rules import Coarse, precision_rules
from zone_service.auth import Anybody
from zone_service.clock import now
from zone_service.history.asked import (
    MOST_DAYS,
    MOST_HOURS,
    RECENT_S,
    Window,
    box_of,
    day_of,
    recent,
    window,
)
from zone_service.history.given import MEDIA, Format, precision_of
from zone_service.history.spooled import pieces, spooled
from zone_service.problems import errors
from zone_service.routes.paging import Limit
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.histories import ToldShown
from zone_service.services import Services, services_of
from zone_service.store import audit, registry
from zone_service.store.errors import InvalidValue, TryLater
from zone_service.store.records import Principal
from zone_service.store.roles import SEES_ALL

router = Router(prefix="/api", tags=["history"])
Served = Annotated[Services, Depends(services_of)]
DeviceKey = Annotated[str, Path(max_length=64)]
REFUSED = errors(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.GONE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
FILES: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "description": "A page of reports, or with another `format` a file of all of them.",
        "content": {media.partition(";")[0]: {} for media, _ in MEDIA.values()},
    }
}
AsFormat = Annotated[
    Format,
    Query(alias="format", description="JSON comes in pages, all else as one file."),
]
From = Annotated[AwareDatetime, Query(alias="from", description="The first moment.")]
Until = Annotated[AwareDatetime, Query(alias="to", description="The first moment after it.")]
InBox = Annotated[
    str | None,
    Query(alias="bbox", max_length=100, description="west,south,east,north in degrees of WGS 84."),
]
Purpose = Annotated[
    str | None,
    Query(
        max_length=2000,
        description=(
            "What it is read for; given, it is on record. A file of others' positions takes one."
        ),
    ),
]
After = Annotated[
    str | None,
    Query(
        max_length=160,
        pattern=r"^[A-Za-z0-9_-]{3,64}(/[0-9]{1,19}){4}$",
        description="`next` of the answer before; absent to begin.",
    ),
]
Answer = Page[ToldShown] | Response


@router.get(
    "/devices/{device_id}/history/recent", response_model=Page[ToldShown], responses=FOUND | FILES
)
def get_recent(
    device_id: DeviceKey,
    principal: Anybody,
    services: Served,
    seconds: Annotated[float, Query(gt=0, le=3600)] = RECENT_S,
    format_: AsFormat = Format.JSON,
    after: After = None,
    limit: Limit = 1000,
    purpose: Purpose = None,
) -> Answer:
    """Return what a device told in the last seconds, by its own clock; operators see their own."""
    _require(services, principal, device_id)
    asked = recent(seconds, now(), device_id)
    return _answer(services, principal, asked, _Wanted(format_, after, limit, purpose))


@router.get(
    "/devices/{device_id}/history/days/{day}",
    response_model=Page[ToldShown],
    responses=FOUND | FILES,
)
def get_day(
    device_id: DeviceKey,
    day: date,
    principal: Anybody,
    services: Served,
    format_: AsFormat = Format.JSON,
    after: After = None,
    limit: Limit = 1000,
    purpose: Purpose = None,
) -> Answer:
    """Return what a device told on a day of Asia/Shanghai; operators see their own."""
    _require(services, principal, device_id)
    return _answer(
        services, principal, day_of(day, device_id), _Wanted(format_, after, limit, purpose)
    )


@router.get(
    "/devices/{device_id}/history",
    response_model=Page[ToldShown],
    responses=FOUND | FILES,
    description=(
        f"Return what a device told in a window of at most {MOST_DAYS} days; operators see their own."
    ),
)
def get_window(
    device_id: DeviceKey,
    from_: From,
    to: Until,
    principal: Anybody,
    services: Served,
    bbox: InBox = None,
    format_: AsFormat = Format.JSON,
    after: After = None,
    limit: Limit = 1000,
    purpose: Purpose = None,
) -> Answer:
    """Return what a device told in a window; operators see their own."""
    _require(services, principal, device_id)
    asked = window(from_, to, device_id, None if bbox is None else box_of(bbox))
    return _answer(services, principal, asked, _Wanted(format_, after, limit, purpose))


@router.get(
    "/history",
    response_model=Page[ToldShown],
    responses=REFUSED | FILES,
    description=(
        f"Return what all devices told in a window of at most {MOST_HOURS} hours, in an area where one "
        "is given, by device and time; operators see their own devices."
    ),
)
def get_area(
    from_: From,
    to: Until,
    principal: Anybody,
    services: Served,
    bbox: InBox = None,
    format_: AsFormat = Format.JSON,
    after: After = None,
    limit: Limit = 1000,
    purpose: Purpose = None,
) -> Answer:
    """Return what all devices told in a window; operators see their own."""
    asked = window(from_, to, box=None if bbox is None else box_of(bbox))
    return _answer(services, principal, asked, _Wanted(format_, after, limit, purpose))


def _require(services: Services, principal: Principal, device_id: str) -> None:
    with services.store.read() as session:
        registry.device(session, principal, device_id)


class _Wanted(NamedTuple):
    """As what an answer is given, and for what."""

    format_: Format
    after: str | None
    limit: int
    purpose: str | None


def _answer(services: Services, principal: Principal, asked: Window, wanted: _Wanted) -> Answer:
    # Here, not above: a web process that nobody asks for the history never loads its libraries.
    from zone_service.history.formats import records, written
    from zone_service.history.paging import begun, last_key, page
    from zone_service.history.query import History

    settings = services.settings
    history = History(services.store, settings.history_dir, settings.served, kept=services.history)
    _note(services, principal, asked, wanted)
    whose = _own(services, principal, asked)
    as_exact_as = precision_of(principal.role), _rules(services)
    if wanted.format_ is not Format.JSON:
        with _one_of_few(services):
            rows = history.rows_as(asked, *as_exact_as, whose)
            made = spooled(written(rows, wanted.format_), settings.data_dir)
        return _file(*made, wanted.format_, asked.device_id)
    begins = begun(asked, wanted.after)
    some = page(history.rows_as(begins, *as_exact_as, whose), wanted.after, wanted.limit)
    items = [ToldShown.model_validate(each) for each in records(some)]
    return Page(items=items, next=last_key(some) if len(items) == wanted.limit else None)


def _rules(services: Services) -> Coarse:
    with services.store.read() as session:
        return precision_rules(services.rules.in_force(session, services.settings.rule_set))


def _note(services: Services, principal: Principal, asked: Window, wanted: _Wanted) -> None:
    """Put on record what positions are read for, with the first page or the file.

    Raises:
        InvalidValue: a file of others' positions is asked for, and nothing says for what.
    """
    purpose, is_file = (wanted.purpose or "").strip(), wanted.format_ is not Format.JSON
    if not purpose:
        if is_file and principal.role in SEES_ALL:
            raise InvalidValue(why="no purpose")
        return
    # A file is all of it, whatever page it is said to come after.
    if is_file or wanted.after is None:
        with services.store.write() as session:
            whose = asked.device_id or "all devices"
            audit.record(session, principal, "history.read", whose, now(), purpose)


@contextmanager
def _one_of_few(services: Services) -> Iterator[None]:
    """Make a file while few others are made; a client that reads slowly is none of them."""
    if not services.histories.acquire(blocking=False):
        raise TryLater(why="histories at once")
    try:
        yield
    finally:
        services.histories.release()


def _own(services: Services, principal: Principal, asked: Window) -> frozenset[str] | None:
    """Return whose reports may be shown; ``None`` is everybody's."""
    if asked.device_id is not None or principal.role in SEES_ALL:
        return None
    with services.store.read() as session:
        return registry.own_ids(session, principal)


def _file(content: IO[bytes], size_bytes: int, format_: Format, device_id: str | None) -> Response:
    media, ending = MEDIA[format_]
    headers = {
        "Content-Disposition": f'attachment; filename="history-{device_id or "area"}.{ending}"',
        "Content-Length": str(size_bytes),
        "Cache-Control": "no-store",
    }
    return StreamingResponse(pieces(content), media_type=media, headers=headers)
