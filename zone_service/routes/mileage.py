"""What was driven: of a device day by day, of a permit by its segments and its vehicles."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query

from permits.issuing import legal_day
from zone_service.auth import Anybody
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.paging import NO_PAGES
from zone_service.routes.quality import LATELY_DAYS, require_days
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.mileage import MileageShown, PermitMileageShown
from zone_service.services import Services, services_of
from zone_service.store import mileage_seen

router = Router(prefix="/api", tags=["mileage"])
Served = Annotated[Services, Depends(services_of)]
REFUSED = errors(
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
First = Annotated[date | None, Query(alias="from", description="The first day.")]
Last = Annotated[date | None, Query(alias="to", description="The last day; today without.")]


@router.get(
    "/devices/{device_id}/mileage",
    responses=REFUSED,
    openapi_extra={NO_PAGES: "of 366 days at most"},
)
def list_mileage(
    device_id: Annotated[str, Path(max_length=64)],
    principal: Anybody,
    services: Served,
    from_: First = None,
    to: Last = None,
) -> Page[MileageShown]:
    """Return what a device drove on each day that it was heard, the last 30 days without dates.

    By roads once the day is over: along the line of those that have one, else by their area. Days are
    those of Asia/Shanghai. Operators see their own devices.
    """
    first, last = _days(from_, to)
    with services.store.read() as session:
        found = mileage_seen.days_of(session, principal, device_id, first, last)
    return Page(items=[MileageShown.of(each) for each in found], next=None)


@router.get("/permits/{number}/mileage", responses=REFUSED)
def show_permit_mileage(
    number: Annotated[str, Path(max_length=64)],
    principal: Anybody,
    services: Served,
    from_: First = None,
    to: Last = None,
) -> PermitMileageShown:
    """Return what the vehicles of a permit drove, the last 30 days without dates.

    On each of its segments with the part of its length that they drove in automated mode, and of each
    vehicle what it drove anywhere. Operators see their own permits.
    """
    first, last = _days(from_, to)
    with services.store.read() as session:
        found = mileage_seen.of_permit(session, principal, number, first, last)
    return PermitMileageShown.of(number, found)


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    ends = last or legal_day(now())
    begins = first or ends - timedelta(days=LATELY_DAYS - 1)
    require_days(begins, ends)
    return begins, ends
