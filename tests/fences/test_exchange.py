"""What units and gateways say of their fences, and what they are answered."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from permits.issuing import legal_day
from telemetry.device_day import DeviceDay
from tests.fences import scene
from tests.store.city import NOON
from zone_service.fences import tokens
from zone_service.fences.exchange import ANSWERS, NOT_OURS, WITHIN_S, Exchange, Outgoing
from zone_service.fences.renewing import Renewing
from zone_service.fences.tokens import Claim
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import device_days, fences
from zone_service.store.engine import Store
from zone_service.store.heard_lately import heard_lately
from zone_service.store.records import Fence, HeardDay

pytestmark = pytest.mark.requirement("D7-7", "D7-9")


def exchange(store: Store, *device_ids: str) -> Exchange:
    """The exchange, when some devices have a permit."""
    scene.grant(store, "FA-1", NOON, *device_ids)
    renewing = Renewing(store, 2000.0)
    renewing.look(NOON)
    made = Exchange(store, lambda claim, _: f"http://x/{claim.device_id}/{claim.version}")
    made.devices = renewing.devices
    return made


def kept(store: Store, device_id: str) -> Fence:
    with store.read() as session:
        fence = fences.get(session, device_id)
    assert fence is not None
    return fence


def say(
    made: Exchange, topic: str, said: dict[str, Any], after_s: float = 0.0
) -> list[tuple[str, Any]]:
    at = NOON + timedelta(seconds=after_s)
    found: list[Outgoing] = made.heard(topic, json.dumps(said).encode(), at)
    return [(each.topic, json.loads(each.payload)) for each in found]


def dji(method: str, data: object, **more: object) -> dict[str, Any]:
    return {"tid": "t-1", "bid": "b-1", "timestamp": 1, "method": method, "data": data, **more}


def test_a_unit_that_holds_another_version_or_none_is_given_the_one_of_now(store: Store) -> None:
    made = exchange(store, "uav-1")
    ((topic, said),) = say(made, "zone/up/uav-1/ack", {"fence": {"version": None}})
    assert (topic, said["version"]) == ("zone/down/uav-1/fence", 1)
    assert kept(store, "uav-1").held_version is None
    assert say(made, "zone/up/uav-1/ack", {"fence": {"version": 1}}) == []
    assert kept(store, "uav-1").held_version == 1
    ((_, again),) = say(made, "zone/up/uav-1/ack", {"fence": {"version": 0}})
    assert again["version"] == 1
    assert kept(store, "uav-1").held_version == 0


@pytest.mark.requirement("D4c-39")
def test_what_a_unit_has_acknowledged_is_known_to_whoever_asks_for_fresh_fence_data(
    store: Store,
) -> None:
    made = exchange(store, "uav-1")
    today = DeviceDay(
        (legal_day(NOON) - device_days.EPOCH).days, 0.0, 1.0, 1, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0
    )
    device_days.keep(store, [HeardDay("uav-1", today)])

    def holds() -> bool:
        sheet = shipped_sheet("shanghai-default")
        with store.read() as session:
            return heard_lately(session, ["uav-1"], NOON, sheet)["uav-1"].holds_its_fence

    assert not holds()
    say(made, "zone/up/uav-1/ack", {"fence": {"version": 1}})
    assert not holds(), "nobody has looked whether that is the one of now"
    fences.note_look(store, NOON)
    assert holds()
    say(made, "zone/up/uav-1/ack", {"fence": {"version": 0}})
    assert not holds()


def test_a_version_that_was_never_made_is_none_of_ours_also_of_who_held_that_of_now(
    store: Store,
) -> None:
    made = exchange(store, "uav-1")
    say(made, "zone/up/uav-1/ack", {"fence": {"version": 1}})
    ((_, said),) = say(made, "zone/up/uav-1/ack", {"fence": {"version": 9}})
    assert said["version"] == 1
    assert kept(store, "uav-1").held_version == NOT_OURS


def test_what_is_known_of_a_unit_is_not_written_again(store: Store) -> None:
    made = exchange(store, "uav-1")
    say(made, "zone/up/uav-1/ack", {"fence": {"version": 1}})
    say(made, "zone/up/uav-1/ack", {"fence": {"version": 1}}, after_s=5.0)
    assert kept(store, "uav-1").held_at == NOON


def test_a_unit_that_cannot_take_it_says_why(store: Store) -> None:
    made = exchange(store, "uav-1")
    refused = {"fence": {"version": 1, "status": "refused", "detail": "no room"}}
    assert say(made, "zone/up/uav-1/ack", refused) == []
    fence = kept(store, "uav-1")
    assert (fence.refused_version, fence.refused_for, fence.held_version) == (1, "no room", None)


def test_who_asks_on_and_on_is_answered_a_few_times_in_a_while(store: Store) -> None:
    made = exchange(store, "uav-1")
    ask = {"fence": {"version": None}}
    answers = [say(made, "zone/up/uav-1/ack", ask) for _ in range(ANSWERS + 3)]
    assert [len(each) for each in answers] == [1] * ANSWERS + [0] * 3
    assert len(say(made, "zone/up/uav-1/ack", ask, after_s=WITHIN_S)) == 1


def test_what_is_none_of_it_is_answered_with_nothing(store: Store) -> None:
    made = exchange(store, "uav-1")
    for topic in ("zone/up/nobody-1/ack", "zone/up/uav-1/tele", "$tick", "zone/up/drone-1/ack"):
        assert say(made, topic, {"fence": {"version": None}}) == []
    assert made.heard("zone/up/uav-1/ack", b"\xff", NOON) == []
    assert say(made, "thing/product/uav-1/requests", dji("flight_areas_get", None)) == []


def test_an_aircraft_that_asks_is_given_its_file_and_says_that_it_is_synchronized(
    store: Store,
) -> None:
    made = exchange(store, "drone-1")
    fence = kept(store, "drone-1")
    asked = dji("flight_areas_get", None)
    ((topic, said),) = say(made, "thing/product/drone-1/requests", asked)
    assert (topic, said["tid"], said["bid"]) == (
        "thing/product/drone-1/requests_reply",
        "t-1",
        "b-1",
    )
    (file,) = said["data"]["output"]["files"]
    assert (file["url"], file["checksum"]) == ("http://x/drone-1/1", fence.digest)
    assert file["size"] == len(fence.body)
    going_on = dji("flight_areas_sync_progress", {"status": "synchronizing"}, need_reply=1)
    assert say(made, "thing/product/drone-1/events", going_on) == []
    done = {"status": "synchronized", "reason": 0, "file": {"checksum": fence.digest.upper()}}
    progress = dji("flight_areas_sync_progress", done, need_reply=1)
    ((topic, reply),) = say(made, "thing/product/drone-1/events", progress)
    assert (topic, reply["data"]) == ("thing/product/drone-1/events_reply", {"result": 0})
    assert kept(store, "drone-1").held_version == 1


def test_another_file_on_board_is_not_the_one_of_now(store: Store) -> None:
    made = exchange(store, "drone-1")
    done = {"status": "synchronized", "file": {"checksum": "00"}}
    assert say(made, "thing/product/drone-1/events", dji("flight_areas_sync_progress", done)) == []
    assert kept(store, "drone-1").held_version == 0
    failed = dji("flight_areas_sync_progress", {"status": "fail", "reason": 12})
    say(made, "thing/product/drone-1/events", failed)
    assert kept(store, "drone-1").refused_for == "12: the checksum does not hold"


def test_a_dock_speaks_for_the_aircraft_that_it_serves(store: Store) -> None:
    made = exchange(store, "drone-1")
    fence = kept(store, "drone-1")
    online = dji("update_topo", {"sub_devices": [{"sn": "drone-1"}]})
    (status, update) = say(made, "sys/product/dock-1/status", online)
    assert status == (
        "sys/product/dock-1/status_reply",
        {"tid": "t-1", "bid": "b-1", "timestamp": int(NOON.timestamp() * 1000),
         "method": "update_topo", "data": {"result": 0}},
    )  # fmt: skip
    assert update[0] == "thing/product/dock-1/services"
    assert (update[1]["method"], update[1]["data"]) == ("flight_areas_update", None)
    ((_, files),) = say(made, "thing/product/dock-1/requests", dji("flight_areas_get", None))
    assert files["data"]["output"]["files"][0]["url"] == "http://x/drone-1/1"
    done = {"status": "synchronized", "file": {"checksum": fence.digest}}
    say(made, "thing/product/dock-1/events", dji("flight_areas_sync_progress", done))
    assert kept(store, "drone-1").held_version == 1
    (only,) = say(made, "sys/product/dock-1/status", online)
    assert only[0] == "sys/product/dock-1/status_reply"


def test_a_dock_of_others_speaks_for_no_aircraft_that_it_names(store: Store) -> None:
    made = exchange(store, "drone-1")
    online = dji("update_topo", {"sub_devices": [{"sn": "drone-1"}, {"sn": "nobody-1"}]})
    assert [topic for topic, _ in say(made, "sys/product/dock-2/status", online)] == [
        "sys/product/dock-2/status_reply"
    ]
    assert say(made, "thing/product/dock-2/requests", dji("flight_areas_get", None)) == []
    done = {"status": "synchronized", "file": {"checksum": kept(store, "drone-1").digest}}
    say(made, "thing/product/dock-2/events", dji("flight_areas_sync_progress", done))
    assert kept(store, "drone-1").held_version is None


ONLINE = dji("update_topo", {"sub_devices": [{"sn": "drone-1"}]})
GET = dji("flight_areas_get", None)


def test_whom_a_dock_serves_is_known_to_the_next_process(store: Store) -> None:
    made = exchange(store, "drone-1")
    say(made, "sys/product/dock-1/status", ONLINE)
    again = Exchange(store, lambda claim, _: f"http://x/{claim.device_id}/{claim.version}")
    again.devices = made.devices
    assert say(again, "thing/product/dock-1/requests", GET) == [], "not that there is no file"
    again.remember()
    ((_, files),) = say(again, "thing/product/dock-1/requests", GET)
    assert files["data"]["output"]["files"][0]["url"] == "http://x/drone-1/1"
    assert again.told(kept(store, "drone-1"), 0.0).topic == "thing/product/dock-1/services"


def test_a_dock_whose_aircraft_has_no_permit_is_told_that_there_is_no_file(store: Store) -> None:
    made = exchange(store, "uav-1")
    say(made, "sys/product/dock-1/status", ONLINE)
    ((_, files),) = say(made, "thing/product/dock-1/requests", GET)
    assert files["data"] == {"result": 0, "output": {"files": []}}


def test_a_dock_speaks_no_more_for_an_aircraft_that_another_serves_or_that_was_given_away(
    store: Store,
) -> None:
    made = exchange(store, "drone-1")
    say(made, "sys/product/dock-1/status", ONLINE)
    nobody = dji("update_topo", {"sub_devices": []})
    say(made, "sys/product/dock-1/status", nobody)
    assert say(made, "thing/product/dock-1/requests", GET) == []
    say(made, "sys/product/dock-1/status", ONLINE)
    sold = replace(made.devices["drone-1"], organisation_id="swift")
    made.devices = {**made.devices, "drone-1": sold}
    assert say(made, "thing/product/dock-1/requests", GET) == []
    done = {"status": "synchronized", "file": {"checksum": kept(store, "drone-1").digest}}
    say(made, "thing/product/dock-1/events", dji("flight_areas_sync_progress", done))
    assert kept(store, "drone-1").held_version is None
    assert made.told(kept(store, "drone-1"), 0.0).topic == "thing/product/drone-1/services"


def test_what_an_aircraft_refused_it_is_told_of_again_when_it_comes_online(store: Store) -> None:
    made = exchange(store, "drone-1")
    failed = {"status": "fail", "reason": 3, "file": {"checksum": "00"}}
    say(made, "thing/product/drone-1/events", dji("flight_areas_sync_progress", failed))
    assert kept(store, "drone-1").refused_version is None, "that was another file"
    failed = {"status": "fail", "reason": 3}
    say(made, "thing/product/drone-1/events", dji("flight_areas_sync_progress", failed))
    assert kept(store, "drone-1").refused_version == 1
    _, update = say(made, "sys/product/dock-1/status", ONLINE)
    assert update[1]["method"] == "flight_areas_update"


def test_an_address_opens_one_version_for_an_hour_and_cannot_be_made_by_others() -> None:
    claim = Claim("drone-1", 7)
    token = tokens.made("a-secret", claim, 1000.0)
    assert tokens.read("a-secret", token, 1000.0 + tokens.VALID_S) == claim
    assert tokens.read("a-secret", token, 1001.0 + tokens.VALID_S) is None
    assert tokens.read("another", token, 1000.0) is None
    assert tokens.read("a-secret", token.replace(".7.", ".8."), 1000.0) is None
    for garbage in ("", ".", "...", "a.b.c.d", "drone-1.7.9999999999.", "ü.1.2.é"):
        assert tokens.read("a-secret", garbage, 1000.0) is None
