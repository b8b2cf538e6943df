"""Who may do what: every route of the application, against every role."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute, Mount

from tests.web_service.site import Site
from zone_service.auth import Allow
from zone_service.store.records import Role

EVERYBODY = frozenset(Role)
OPERATORS = frozenset({Role.OPERATOR, Role.ADMINISTRATOR})
POLICE = frozenset({Role.POLICE, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
SUPERVISORS = frozenset({Role.REVIEWER, Role.POLICE, Role.ADMINISTRATOR})
VOTERS = frozenset({Role.REVIEWER, Role.POLICE})
ASKERS = frozenset({Role.REVIEWER, Role.ADMINISTRATOR})
ASSESSORS = frozenset({Role.ASSESSOR})
PUBLIC = None

POLICY: dict[tuple[str, str], frozenset[Role] | None] = {
    ("GET", "/"): PUBLIC,
    ("GET", "/live"): PUBLIC,
    ("GET", "/livez"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/api/about"): PUBLIC,
    ("GET", "/api/openapi.json"): PUBLIC,
    ("POST", "/api/session"): PUBLIC,
    ("GET", "/api/session"): EVERYBODY,
    ("DELETE", "/api/session"): EVERYBODY,
    ("GET", "/api/tokens"): EVERYBODY,
    ("POST", "/api/tokens"): EVERYBODY,
    ("DELETE", "/api/tokens/{token_id}"): EVERYBODY,
    ("POST", "/api/ws-tickets"): EVERYBODY,
    ("GET", "/api/operators"): EVERYBODY,
    ("POST", "/api/operators"): ADMINISTRATORS,
    ("DELETE", "/api/operators/{organisation_id}"): ADMINISTRATORS,
    ("GET", "/api/devices"): EVERYBODY,
    ("POST", "/api/devices"): OPERATORS,
    ("GET", "/api/devices/{device_id}"): EVERYBODY,
    ("PATCH", "/api/devices/{device_id}"): OPERATORS,
    ("DELETE", "/api/devices/{device_id}"): OPERATORS,
    ("POST", "/api/devices/{device_id}/credential"): OPERATORS,
    ("DELETE", "/api/devices/{device_id}/credential"): OPERATORS,
    ("GET", "/api/devices/{device_id}/history"): EVERYBODY,
    ("GET", "/api/devices/{device_id}/history/recent"): EVERYBODY,
    ("GET", "/api/devices/{device_id}/history/days/{day}"): EVERYBODY,
    ("GET", "/api/history"): EVERYBODY,
    ("GET", "/api/history/holds"): POLICE,
    ("POST", "/api/history/holds"): POLICE,
    ("POST", "/api/history/holds/{hold_id}/release"): POLICE,
    ("GET", "/api/devices/{device_id}/fence"): EVERYBODY,
    ("GET", "/api/fence-files/{token}"): PUBLIC,
    ("GET", "/api/quality"): EVERYBODY,
    ("GET", "/api/devices/{device_id}/quality"): EVERYBODY,
    ("GET", "/api/devices/{device_id}/mileage"): EVERYBODY,
    ("GET", "/api/permits/{number}/mileage"): EVERYBODY,
    ("GET", "/api/devices/{device_id}/link-tests"): EVERYBODY,
    ("POST", "/api/devices/{device_id}/link-tests"): OPERATORS,
    ("GET", "/api/evidence"): EVERYBODY,
    ("GET", "/api/evidence/{clip_id}"): EVERYBODY,
    ("GET", "/api/evidence/{clip_id}/file"): POLICE,
    ("POST", "/api/evidence/{clip_id}/further"): SUPERVISORS,
    ("POST", "/api/evidence/{clip_id}/hold"): POLICE,
    ("POST", "/api/evidence/{clip_id}/release"): POLICE,
    ("GET", "/api/test-bases"): EVERYBODY,
    ("GET", "/api/permits"): EVERYBODY,
    ("POST", "/api/permits"): OPERATORS,
    ("GET", "/api/permits/{number}"): EVERYBODY,
    ("GET", "/api/permits/{number}/actions"): EVERYBODY,
    ("POST", "/api/permits/{number}/actions"): EVERYBODY,
    ("GET", "/api/applications/sample"): OPERATORS,
    ("POST", "/api/permits/{number}/suspensions"): VOTERS,
    ("POST", "/api/permits/{number}/accidents"): EVERYBODY,
    ("POST", "/api/permits/{number}/hearings"): VOTERS,
    ("POST", "/api/permits/{number}/further-applications"): OPERATORS,
    ("GET", "/api/matters"): EVERYBODY,
    ("GET", "/api/suspensions"): EVERYBODY,
    ("GET", "/api/matters/{matter_id}"): EVERYBODY,
    ("POST", "/api/matters/{matter_id}/actions"): EVERYBODY,
    ("GET", "/api/matters/{matter_id}/preconditions"): EVERYBODY,
    ("POST", "/api/matters/{matter_id}/preconditions/attestations"): VOTERS,
    ("GET", "/api/permit-kinds"): EVERYBODY,
    ("GET", "/api/permits/{number}/application"): EVERYBODY,
    ("PUT", "/api/permits/{number}/application"): OPERATORS,
    ("GET", "/api/permits/{number}/daily-plans"): EVERYBODY,
    ("GET", "/api/permits/{number}/daily-plans/{day}"): EVERYBODY,
    ("PUT", "/api/permits/{number}/daily-plans/{day}"): OPERATORS,
    ("POST", "/api/permits/{number}/daily-plans/{day}/answers"): VOTERS,
    ("GET", "/api/daily-plans"): VOTERS,
    ("GET", "/api/register"): EVERYBODY,
    ("POST", "/api/register"): OPERATORS,
    ("GET", "/api/register/{entry_id}"): EVERYBODY,
    ("PUT", "/api/register/{entry_id}"): OPERATORS,
    ("PUT", "/api/register/{entry_id}/device"): OPERATORS,
    ("DELETE", "/api/register/{entry_id}"): OPERATORS,
    ("GET", "/api/recognition/bundles"): EVERYBODY,
    ("POST", "/api/recognition/bundles"): ASKERS,
    ("GET", "/api/recognition/bundles/{recognition_id}"): EVERYBODY,
    ("GET", "/api/recognition/bundles/{recognition_id}/files/{sha256}"): EVERYBODY,
    ("GET", "/api/recognition/vehicles/{entry_id}"): EVERYBODY,
    ("POST", "/api/recognition/export"): ASKERS,
    ("GET", "/api/recognition/trust-list"): EVERYBODY,
    ("PUT", "/api/recognition/trust-list"): ADMINISTRATORS,
    ("GET", "/api/reviews"): VOTERS,
    ("GET", "/api/permits/{number}/review"): EVERYBODY,
    ("GET", "/api/permits/{number}/preconditions"): EVERYBODY,
    ("POST", "/api/permits/{number}/preconditions/attestations"): VOTERS,
    ("GET", "/api/register/{entry_id}/driven"): EVERYBODY,
    ("POST", "/api/register/{entry_id}/driven"): OPERATORS,
    ("POST", "/api/register/{entry_id}/driven/{figure_id}/attestation"): VOTERS,
    ("POST", "/api/permits/{number}/review/votes"): VOTERS,
    ("POST", "/api/permits/{number}/review/assessors"): ASKERS,
    ("POST", "/api/permits/{number}/review/opinions"): ASSESSORS,
    ("GET", "/api/permits/{number}/brought"): EVERYBODY,
    ("PUT", "/api/permits/{number}/brought/{entry_id}"): OPERATORS,
    ("DELETE", "/api/permits/{number}/brought/{entry_id}"): OPERATORS,
    ("GET", "/api/permits/{number}/certificate"): EVERYBODY,
    ("GET", "/api/permits/{number}/token"): EVERYBODY,
    ("GET", "/api/permits/{number}/plates"): EVERYBODY,
    ("GET", "/api/certificates/keys"): PUBLIC,
    ("POST", "/api/certificates/status"): PUBLIC,
    ("GET", "/api/document-kinds"): EVERYBODY,
    ("GET", "/api/documents"): EVERYBODY,
    ("POST", "/api/documents"): EVERYBODY,
    ("GET", "/api/documents/{document_id}"): EVERYBODY,
    ("DELETE", "/api/documents/{document_id}"): EVERYBODY,
    ("PUT", "/api/documents/{document_id}/file"): EVERYBODY,
    ("GET", "/api/documents/{document_id}/file"): EVERYBODY,
    ("GET", "/api/rule-sets"): EVERYBODY,
    ("GET", "/api/rule-sets/{rule_set_id}"): EVERYBODY,
    ("GET", "/api/rule-sets/{rule_set_id}/versions/{version}"): EVERYBODY,
    ("GET", "/api/rule-sets/{rule_set_id}/versions/{version}/diff"): EVERYBODY,
    ("POST", "/api/rule-sets/{rule_set_id}/versions"): ADMINISTRATORS,
    ("GET", "/api/violations"): EVERYBODY,
    ("GET", "/api/violations/count"): EVERYBODY,
    ("GET", "/api/violations/{violation_id}"): EVERYBODY,
    ("POST", "/api/violations/{violation_id}/acknowledge"): POLICE,
    ("POST", "/api/violations/{violation_id}/resolve"): POLICE,
    ("GET", "/api/refusals"): EVERYBODY,
    ("GET", "/api/backdrop"): EVERYBODY,
    ("GET", "/api/public/disclosures"): PUBLIC,
    ("GET", "/api/permits/{number}/reports"): EVERYBODY,
    ("POST", "/api/permits/{number}/reports"): OPERATORS,
    ("GET", "/api/governance"): EVERYBODY,
    ("GET", "/api/governance/{file_id}"): EVERYBODY,
    ("POST", "/api/governance/sandbox"): OPERATORS,
    ("POST", "/api/governance/breaches"): VOTERS,
    ("POST", "/api/governance/{file_id}/actions"): EVERYBODY,
    ("GET", "/api/reports"): EVERYBODY,
    ("POST", "/api/reports"): ASKERS,
    ("GET", "/api/reports/due"): EVERYBODY,
    ("GET", "/api/reports/{report_id}"): EVERYBODY,
    ("GET", "/api/reports/{report_id}/file"): EVERYBODY,
    ("GET", "/api/reports/{report_id}/check"): ASKERS,
    ("GET", "/api/public/reports"): PUBLIC,
    ("GET", "/api/public/reports/{report_id}/file"): PUBLIC,
    ("GET", "/api/public/places"): PUBLIC,
    ("GET", "/api/public/places.geojson"): PUBLIC,
    ("GET", "/api/public/permits"): PUBLIC,
    ("GET", "/api/public/notices"): PUBLIC,
    ("POST", "/api/public/feedback"): PUBLIC,
    ("POST", "/api/public/feedback/answer"): PUBLIC,
    ("POST", "/api/notices"): VOTERS,
    ("POST", "/api/notices/{notice_id}/withdrawal"): SUPERVISORS,
    ("GET", "/api/feedback"): VOTERS,
    ("POST", "/api/feedback/{feedback_id}/answer"): VOTERS,
    ("GET", "/api/zones"): EVERYBODY,
    ("POST", "/api/zones/import"): POLICE,
    ("GET", "/api/zones/{zone_id}"): EVERYBODY,
    ("PUT", "/api/zones/{zone_id}"): POLICE,
    ("DELETE", "/api/zones/{zone_id}"): POLICE,
}
"""What each operation asks of its caller. A new route is refused here until it has a line."""

BY_TICKET = {"/ws/live"}
FILES = {"/assets"}
WHO = {
    Role.OPERATOR: "olga",
    Role.REVIEWER: "rita",
    Role.POLICE: "paul",
    Role.ASSESSOR: "lena",
    Role.ADMINISTRATOR: "ann",
}


def policies(dependant: Dependant) -> Iterator[Allow]:
    for each in dependant.dependencies:
        if isinstance(each.call, Allow):
            yield each.call
        yield from policies(each)


def operations(routes: list[BaseRoute]) -> Iterator[tuple[str, APIRoute]]:
    for route in routes:
        if isinstance(route, APIRoute):
            for method in sorted(route.methods or ()):
                yield method, route


def test_every_route_declares_what_it_asks_of_its_caller(site: Site) -> None:
    found: dict[tuple[str, str], list[Allow]] = {}
    for route in site.app.routes:
        match route:
            case APIRoute():
                declared = list(policies(route.dependant))
                assert declared, f"{route.path} declares no policy"
                found |= {(method, route.path): declared for method in route.methods or ()}
            case APIWebSocketRoute():
                assert route.path in BY_TICKET
            case Mount():
                assert route.path in FILES
            case _:
                pytest.fail(f"{route!r} is neither an operation, a socket nor files")
    assert found.keys() == POLICY.keys()
    for key, declared in found.items():
        asked = [PUBLIC if each.public else each.roles for each in declared]
        assert asked == [POLICY[key]], key


def called(client: Any, method: str, path: str) -> int:
    address = path.replace("{", "").replace("}", "")
    body: dict[str, str] | None = {} if method == "POST" else None
    return int(client.request(method, address, json=body).status_code)


def test_nobody_gets_anywhere_without_signing_in(site: Site) -> None:
    browser = site.browser()
    for method, route in operations(site.app.routes):
        status = called(browser, method, route.path)
        if POLICY[method, route.path] is PUBLIC:
            assert status not in {401, 403}, route.path
        else:
            assert status == 401, (method, route.path)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_gets_where_it_may_and_nowhere_else(site: Site, role: Role) -> None:
    client = site.as_(WHO[role])
    for method, route in operations(site.app.routes):
        asked = POLICY[method, route.path]
        if asked is PUBLIC:
            continue
        status = called(client, method, route.path)
        if role in asked:
            assert status not in {401, 403, 500}, (role, method, route.path, status)
        else:
            assert status == 403, (role, method, route.path, status)


def test_a_token_that_is_not_one_is_refused_everywhere(site: Site) -> None:
    browser = site.browser()
    browser.headers["Authorization"] = "Bearer zk_0123456789abcdef_nonsense"
    for method, route in operations(site.app.routes):
        if POLICY[method, route.path] is not PUBLIC:
            assert called(browser, method, route.path) == 401, route.path
