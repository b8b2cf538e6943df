"""How good the data of devices is, day by day."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query, Response
from sqlmodel import Session

from permits.issuing import legal_day
from zone_service.auth import Anybody
from zone_service.clock import now
from zone_service.day_scores import scoring
from zone_service.problems import errors
from zone_service.quality_csv import csv_of
from zone_service.routes.paging import NO_PAGES, After, Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.quality import QualityShown
from zone_service.services import Services, services_of
from zone_service.store import device_quality
from zone_service.store.errors import InvalidValue
from zone_service.store.records import Device, HeardDay, Principal

router = Router(prefix="/api", tags=["quality"])
Served = Annotated[Services, Depends(services_of)]
DeviceKey = Annotated[str, Path(max_length=64)]
MOST_DAYS: Final = 366
LATELY_DAYS: Final = 30
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY)
AT_ONCE: Final = 1000
FILES: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK.value: {
        "description": "A page of days, or with `format=csv` a file of all of them.",
        "content": {"text/csv": {}},
    }
}


class Format(StrEnum):
    """As what days are given out."""

    JSON = "json"
    CSV = "csv"


AsFormat = Annotated[
    Format, Query(alias="format", description="JSON comes in pages, CSV as one file.")
]


@router.get(
    "/devices/{device_id}/quality",
    response_model=Page[QualityShown],
    responses=REFUSED | errors(HTTPStatus.NOT_FOUND) | FILES,
    openapi_extra={NO_PAGES: "of 366 days at most"},
)
def list_days(
    device_id: DeviceKey,
    principal: Anybody,
    services: Served,
    from_: Annotated[date | None, Query(alias="from", description="The first day.")] = None,
    to: Annotated[date | None, Query(description="The last day; today without.")] = None,
    format_: AsFormat = Format.JSON,
) -> Page[QualityShown] | Response:
    """Return how good a device's data was on each day that it was heard, the last 30 days without dates.

    Days are those of Asia/Shanghai; one that goes on counts up to now, at most a minute behind.
    Operators see their own devices.
    """
    at = now()
    last = to or legal_day(at)
    first = from_ or last - timedelta(days=LATELY_DAYS - 1)
    require_days(first, last)
    with services.store.read() as session:
        device, days = device_quality.days_of(session, principal, device_id, first, last)
        shown = _shown(session, services, ((device, day) for day in days), at)
    if format_ is Format.CSV:
        return _file(shown, f"quality-{device_id}")
    return Page(items=shown, next=None)


@router.get("/quality", response_model=Page[QualityShown], responses=REFUSED | FILES)
def list_devices(
    day: Annotated[date, Query(description="A day of Asia/Shanghai.")],
    principal: Anybody,
    services: Served,
    format_: AsFormat = Format.JSON,
    after: After = "",
    limit: Limit = 100,
) -> Page[QualityShown] | Response:
    """Return how good the data of each device was that was heard on a day; operators see their own."""
    at = now()
    with services.store.read() as session:
        if format_ is Format.CSV:
            return _file(_every(session, services, principal, day, at), f"quality-{day}")
        found = device_quality.on_day(session, principal, day, after, limit)
        shown = _shown(session, services, found, at)
    return Page(items=shown, next=following([each.device_id for each in shown], limit))


def _every(
    session: Session, services: Services, principal: Principal, day: date, at: datetime
) -> Iterator[QualityShown]:
    """Yield the days of all devices, of which few are in memory: each has two dozen parts and items."""
    after = ""
    while True:
        found = device_quality.on_day(session, principal, day, after, AT_ONCE)
        yield from _shown(session, services, found, at)
        if len(found) < AT_ONCE:
            return
        after = found[-1][0].device_id


def _shown(
    session: Session, services: Services, found: Iterable[tuple[Device, HeardDay]], at: datetime
) -> list[QualityShown]:
    scores = scoring(services.rules.ruling(session).sheet)
    until_s = at.timestamp()
    return [
        QualityShown.of(scores.of(device.device_id, device.domain, each.day, until_s))
        for device, each in found
    ]


def require_days(first: date, last: date) -> None:
    """Refuse days that are in the wrong order, or too many for one answer.

    Raises:
        InvalidValue: they are.
    """
    if first > last:
        raise InvalidValue(why="days backwards", since=first, until=last)
    if (last - first).days >= MOST_DAYS:
        raise InvalidValue(why="days too many", found=(last - first).days + 1, most=MOST_DAYS)


def _file(shown: Iterable[QualityShown], name: str) -> Response:
    text = csv_of(each.model_dump(mode="json") for each in shown)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Cache-Control": "no-store",
    }
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
