"""Test bases: which slots of each are free, before one is booked."""

from datetime import UTC, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Query
from pydantic import AwareDatetime

from permits.base_slots import Slot, bases_of, slots_of
from zone_service.auth import Anybody
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.submitting import Router
from zone_service.schemas.bases import BaseShown, BasesShown
from zone_service.services import Services, services_of
from zone_service.store import flights_at_once, places
from zone_service.store.errors import InvalidValue

router = Router(prefix="/api", tags=["permits"])
Served = Annotated[Services, Depends(services_of)]
From = Annotated[AwareDatetime | None, Query(alias="from", description="Now, where absent.")]
To = Annotated[AwareDatetime | None, Query(description="A week later, where absent.")]
Many = Annotated[int, Query(ge=1, le=1000, description="So many aircraft at once.")]
There = Annotated[str | None, Query(max_length=64, description="Its rules; ours where absent.")]

WEEK: Final = timedelta(days=7)
MOST: Final = timedelta(days=92)
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@router.get("/test-bases", responses=REFUSED)
def list_free_slots(
    _: Anybody,
    services: Served,
    from_: From = None,
    to: To = None,
    aircraft: Many = 1,
    jurisdiction: There = None,
) -> BasesShown:
    """Return the test bases, and when each of their zones is free: who has the rest is not told.

    What is granted takes its hours out; what is only applied for holds nothing.
    """
    begins = (from_ or now()).astimezone(UTC)
    window = Slot(begins, begins + WEEK if to is None else to.astimezone(UTC))
    if not timedelta(0) < window.ends - window.begins <= MOST:
        raise InvalidValue(why="window of slots", begins=begins, ends=window.ends, days=MOST.days)
    with services.store.read() as session:
        name = services.rules.chosen(session, jurisdiction)
        under = services.rules.ruling(session).there(name)
        assert under is not None  # noqa: S101 -- chosen among those that there are
        found = bases_of(under.sheet)
        flights = flights_at_once.granted_between(session, *window)
        on_map = places.on_map(session, {zone for each in found for zone in each.zone_ids})
    return BasesShown(
        rule_set=under.sheet.label,
        begins=window.begins,
        ends=window.ends,
        bases=[
            BaseShown.of(each, slots_of(each, flights, window, aircraft), on_map) for each in found
        ],
    )
