"""Legal holds on the history, over the API, and what is told of a time that is removed."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.web_service.site import Site
from tests.web_service.test_histories import told
from zone_service.history.compaction import Compaction
from zone_service.history.removing import Retention
from zone_service.history.retention import Terms
from zone_service.room import Room
from zone_service.store import journal
from zone_service.store.records import Batch, Commit, HistoryKind

HOLD = {
    "from": "2026-11-15T04:00:00Z",
    "to": "2026-11-15T05:00:00Z",
    "reason": "case 2026-117",
}


@pytest.mark.requirement("D4e-17")
def test_the_police_hold_a_time_of_the_history_and_lift_it(site: Site) -> None:
    police = site.as_("paul")
    made = police.post("/api/history/holds", json=HOLD)
    assert made.status_code == 201, made.text
    hold = made.json()
    assert (hold["from"], hold["to"]) == (HOLD["from"], HOLD["to"])
    assert (hold["held_by"], hold["held_for"], hold["released_at"]) == (
        "paul",
        HOLD["reason"],
        None,
    )
    assert [each["hold_id"] for each in police.get("/api/history/holds").json()["items"]] == [
        hold["hold_id"]
    ]
    release = f"/api/history/holds/{hold['hold_id']}/release"
    lifted = police.post(release, json={"reason": "case closed"})
    assert (lifted.status_code, lifted.json()["released_at"] is None) == (200, False)
    again = police.post(release, json={"reason": "again"}, headers={"Accept-Language": "zh"})
    assert (again.status_code, "已解除" in again.json()["detail"]) == (409, True)
    missing = police.post("/api/history/holds/none/release", json={"reason": "x"})
    assert missing.status_code == 404


def test_others_put_no_hold_on_it_and_one_that_ends_before_it_begins_is_refused(site: Site) -> None:
    for who in ("olga", "rita"):
        assert site.as_(who).post("/api/history/holds", json=HOLD).status_code == 403
        assert site.as_(who).get("/api/history/holds").status_code == 403
    backwards = HOLD | {"from": HOLD["to"], "to": HOLD["from"]}
    assert site.as_("paul").post("/api/history/holds", json=backwards).status_code == 422
    assert (
        site.as_("paul").post("/api/history/holds", json=HOLD | {"reason": " "}).status_code == 422
    )


@pytest.mark.requirement("D4e-3")
def test_a_time_of_which_something_is_removed_is_refused_with_when_there_is_all_again(
    own_site: Site,
) -> None:
    at = datetime(2026, 11, 15, 4, 0, tzinfo=UTC)
    frame = told("car-1", at, 1, 121.5)
    batch = Batch("old", at.timestamp(), at.timestamp(), 1, journal.pack([frame]))
    journal.commit_batch(own_site.store, Commit(batch=batch))
    folder = own_site.services.settings.history_dir
    Compaction(own_site.store, folder).run(at, everything=True)
    day = Terms(dict.fromkeys(HistoryKind, 86_400.0), dict.fromkeys(HistoryKind, 86_400.0))
    gone = Retention(own_site.store, folder, day, free=0.0).run(at + timedelta(days=2), Room(1, 1))
    assert gone == 2
    path = "/api/devices/car-1/history?from=2026-11-15T03:00:00Z&to=2026-11-15T05:00:00Z"
    for language, words in (("en", "expected a time from then on"), ("zh", "已按保存期限删除")):
        refused = own_site.as_("olga").get(path, headers={"Accept-Language": language})
        assert (refused.status_code, words in refused.json()["detail"]) == (410, True)
        assert refused.json()["type"] == "urn:zone:problem:history-removed"
    hold = own_site.as_("paul").post("/api/history/holds", json=HOLD).json()
    removed = hold["reports_removed_until"], hold["frames_removed_until"]
    assert removed == ("2026-11-15T04:00:00.001000Z",) * 2, "it came too late"
    after = HOLD | {"from": "2026-11-15T04:30:00Z"}
    hold = own_site.as_("paul").post("/api/history/holds", json=after).json()
    assert (hold["reports_removed_until"], hold["frames_removed_until"]) == (None, None)
    later = "/api/devices/car-1/history?from=2026-11-15T04:01:00Z&to=2026-11-15T05:00:00Z"
    assert own_site.as_("olga").get(later).status_code == 200
