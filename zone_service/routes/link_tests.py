"""Tests of data links."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query

from zone_service.auth import Anybody, Applicant
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.paging import Limit, following
from zone_service.routes.submitting import Router
from zone_service.schemas.fields import Page
from zone_service.schemas.link_tests import LinkTestShown
from zone_service.services import Services, services_of
from zone_service.store import link_tests

router = Router(prefix="/api", tags=["quality"])
Served = Annotated[Services, Depends(services_of)]
DeviceKey = Annotated[str, Path(max_length=64)]
After = Annotated[
    str | None,
    Query(
        max_length=18,
        pattern=r"^[0-9]+$",
        description="`next` of the answer before; absent to begin.",
    ),
]
REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@router.get("/devices/{device_id}/link-tests", responses=REFUSED)
def list_link_tests(
    device_id: DeviceKey,
    principal: Anybody,
    services: Served,
    after: After = None,
    limit: Limit = 100,
) -> Page[LinkTestShown]:
    """Return the tests of a device's data link, the newest first; operators see their own devices."""
    before = None if after is None else int(after)
    with services.store.read() as session:
        found = link_tests.page(session, principal, device_id, before, limit)
    return Page(
        items=[LinkTestShown.of(each) for each in found],
        next=following([str(each.test_id) for each in found], limit),
    )


@router.post(
    "/devices/{device_id}/link-tests",
    status_code=HTTPStatus.CREATED,
    responses=REFUSED | errors(HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE),
)
def make_link_test(device_id: DeviceKey, principal: Applicant, services: Served) -> LinkTestShown:
    """Judge what a device sent in the minutes up to now (`link_test.minutes`), and put it on record.

    Of a permit that asks for `DATA_LINK_TEST_PASSED` the latest test answers, for `link_test.valid_days`.
    """
    # Here, not above: a web process that nobody asks for a test never loads the compiler.
    from zone_service.link_test_making import made

    return LinkTestShown.of(made(services, principal, device_id, now()))
