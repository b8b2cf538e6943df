"""Free slots of test bases over HTTP: asked before one is booked, and gone once it is."""

from typing import Any

import pytest

from permits.issuing import Ruling
from permits.permit import PermitKind, PermitState
from permits.terms import Terms
from tests.permits.lives import local
from tests.web_service.site import Site, refused
from tests.web_service.zone_files import collection, square
from zone_service.clock import now
from zone_service.demo_city import lead_to
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import permits
from zone_service.store.records import PLATFORM

DAY = {"from": "2027-05-04T00:00:00+08:00", "to": "2027-05-05T00:00:00+08:00"}


def bases(site: Site, who: str = "otto", **asked: Any) -> dict[str, Any]:
    said = site.as_(who).get("/api/test-bases", params=DAY | asked)
    assert said.status_code == 200, said.text
    return {each["name"]: each for each in said.json()["bases"]}


@pytest.mark.requirement("D4a-9")
def test_an_operator_sees_which_slots_are_free_and_not_who_has_the_rest(own_site: Site) -> None:
    site = own_site
    nowhere = bases(site)["jinshan"]["zones"][0]
    assert (nowhere["on_map"], nowhere["free"]) == (False, [])
    qingpu = square("air-qingpu", domains=["air"], name="Qingpu", name_zh="青浦")
    site.as_("paul").post("/api/zones/import", params={"replace": False}, json=collection(qingpu))
    begins, ends = local("2027-05-04 09:00"), local("2027-05-04 11:00")
    (zone,) = bases(site)["qingpu"]["zones"]
    assert (zone["name_zh"], zone["capacity"], len(zone["free"])) == ("青浦", None, 1)
    with site.store.write() as session:
        terms = Terms(frozenset({"drone-1"}), frozenset({"air-qingpu"}), begins, ends)
        booked = permits.create(
            session,
            PLATFORM,
            kind=PermitKind.TEST_BASE_USE,
            holder_id="beta",
            terms=terms,
            at=now(),
        )
    assert bases(site)["qingpu"]["zones"] == [zone], "what is only applied for holds nothing"
    with site.store.write() as session:
        lead_to(
            session, booked, PermitState.APPROVED, now(), Ruling(shipped_sheet("demonstration"))
        )
    for who in ("otto", "olga", "rita"):
        (after,) = bases(site, who)["qingpu"]["zones"]
        told = [(each["begins"], each["ends"]) for each in after["free"]]
        assert told == [
            ("2027-05-03T16:00:00Z", "2027-05-04T01:00:00Z"),
            ("2027-05-04T03:00:00Z", "2027-05-04T16:00:00Z"),
        ]
        assert "TB-" not in str(after)
        assert "beta" not in str(after)

    long = site.as_("otto").get("/api/test-bases", params=DAY | {"to": "2027-09-05T00:00:00+08:00"})
    assert "at most 92 days" in refused(long, 422, "invalid-value")["detail"]
    nowhere = site.as_("otto").get("/api/test-bases", params=DAY | {"jurisdiction": "mars"})
    assert nowhere.status_code == 422
