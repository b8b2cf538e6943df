import re
import time
from dataclasses import replace

import pytest

from permits.rule_words import Language
from tests.store.city import ADMINISTRATOR, CAR, DRONE, KITE, NOON, POLICE, REVIEWER, SWIFT, cars
from zone_service.store import credentials, history, registry, wire_names
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound
from zone_service.store.records import Device, Principal
from zone_service.store.revisions import revisions


def test_a_device_comes_back_as_it_was_registered(store: Store) -> None:
    boat = Device("boat-1", "kite", DRONE.domain, "Boat 一号", "jt808", "013800138000", CAR.datum)
    with store.write() as session:
        registry.add_device(session, KITE, boat, NOON)
    with store.read() as session:
        assert registry.device(session, KITE, "boat-1") == boat
        assert registry.labels(session, KITE, ["boat-1", "car-1"]) == {"boat-1": "Boat 一号"}


@pytest.mark.parametrize(
    "device_id",
    ["ab", "-abc", "a/b", "a+c", "a#c", "a.b", "a b", "ｃａｒ-1", "car‐1", "x" * 65, "car-1\n"],
)
def test_an_id_that_could_mean_another_topic_is_refused(closed_city: Store, device_id: str) -> None:
    with pytest.raises(InvalidValue, match="device id"), closed_city.write() as session:
        registry.add_device(session, SWIFT, replace(CAR, device_id=device_id), NOON)


def test_an_id_is_taken_once_in_the_whole_city(store: Store) -> None:
    with pytest.raises(Conflict, match="device 'car-1' is taken"), store.write() as session:
        registry.add_device(session, KITE, replace(DRONE, device_id="car-1"), NOON)


def terminal(device_id: str, wire_id: str | None, codec: str = "jt808") -> Device:
    return replace(DRONE, device_id=device_id, codec=codec, wire_id=wire_id)


def test_a_number_on_the_wire_is_one_devices_alone_until_that_is_out_of_service(
    store: Store,
) -> None:
    with store.write() as session:
        for first in (terminal("first-1", "013800138000"), terminal("13800138001", None)):
            registry.add_device(session, KITE, first, NOON)
        registry.add_device(session, KITE, terminal("tug-1", "412345678", "ais"), NOON)
    for again in (
        terminal("second-1", "13800138000"),
        terminal("second-1", "0013800138001"),
        terminal("second-1", "412345678", "ais"),
    ):
        with pytest.raises(Conflict, match="another device of codec"), store.write() as session:
            registry.add_device(session, SWIFT, replace(again, organisation_id="swift"), NOON)
        with pytest.raises(Conflict, match="another device of codec"):
            registry.add_devices(store, SWIFT, [replace(again, organisation_id="swift")], NOON)
    both = [terminal("one-1", "139"), terminal("two-1", "0139")]
    with pytest.raises(Conflict, match="'139'"):
        registry.add_devices(store, KITE, both, NOON, with_credentials=False)
    with store.write() as session:
        registry.deactivate(session, KITE, "first-1", NOON)
        registry.add_device(session, KITE, terminal("second-1", "13800138000"), NOON)


def test_names_that_are_not_one_units_alone_may_be_had_by_many(store: Store) -> None:
    with store.write() as session:
        for number in range(2):
            for codec in ("mavlink", "owntracks"):
                wanted = terminal(f"{codec}-{number}", "sys:1", codec)
                registry.add_device(session, KITE, wanted, NOON)
        for mmsi in ("012345678", "123456780"):
            registry.add_device(session, KITE, terminal(f"ship-{mmsi}", mmsi, "ais"), NOON)


@pytest.mark.parametrize(
    ("codec", "wire_id", "expected"),
    [
        ("jt808", "139-1234-5678", "terminal: at most 20 digits, not all of them 0"),
        ("jt808", "0000", "at most 20 digits"),
        ("jt808", None, "'kite-9' is no name that codec jt808 can say"),
        ("jt808_json", "+8613912345678", "at most 20 digits"),
        ("ais", "41234567", "expected an MMSI: nine digits"),
        ("ais", "４１２３４５６７８", "nine digits"),
        ("gbt32960", "LSVAU2A34N218329O", "17 digits and capitals"),
        ("csae295", "x" * 18, "at most 17 characters"),
        ("gb46750", "x" * 21, "at most 20 characters"),
        ("f3411", "x" * 21, "at most 20 characters"),
        ("mavlink", "sys:256", "expected sys:1 to sys:255"),
        ("mavlink", "sys:07", "expected sys:1 to sys:255"),
    ],
)
def test_a_name_that_no_unit_of_the_format_can_say_is_refused_with_its_form(
    store: Store, codec: str, wire_id: str | None, expected: str
) -> None:
    wanted = terminal("kite-9", wire_id, codec)
    with pytest.raises(InvalidValue, match=expected) as refused, store.write() as session:
        registry.add_device(session, KITE, wanted, NOON)
    with pytest.raises(InvalidValue, match=expected):
        registry.add_devices(store, KITE, [wanted], NOON)
    assert not re.search("[a-z]{3} [a-z]{2}", refused.value.said(Language.CHINESE))


@pytest.mark.parametrize(
    ("codec", "wire_id"),
    [
        ("jt808", "013912345678"), ("jt808", "0" * 8 + "139123456789"), ("jt808_json", "13912345678"),
        ("ais", "002440000"), ("gbt32960", "LSVAU2A34N2183294"), ("mavlink", "sys:255"),
        ("mavlink", "1581F5FH"), ("mavlink", None), ("f3411", None), ("cam", "any/name"), ("dji", None),
    ],
)  # fmt: skip
def test_a_name_of_the_formats_own_form_is_taken(
    store: Store, codec: str, wire_id: str | None
) -> None:
    with store.write() as session:
        registry.add_device(session, KITE, terminal("kite-9", wire_id, codec), NOON)


def test_a_slip_in_a_name_on_the_wire_is_amended_and_the_past_keeps_what_was(store: Store) -> None:
    with store.write() as session:
        made = registry.add_device(session, KITE, terminal("bus-1", "13912345687"), NOON)
        before = revisions(session).registry
    right = replace(made, wire_id="13912345678", label="Bus 1", codec="ais", active=False)
    with store.write() as session:
        amended = registry.amend(session, KITE, right, NOON, expected={registry.tag_of(made)})
    assert amended == replace(made, wire_id="13912345678", label="Bus 1")
    with store.read() as session:
        assert registry.device(session, KITE, "bus-1") == amended
        assert wire_names.named(session, "jt808") == (("bus-1", "13912345678"),)
        now = revisions(session).registry
        (then,) = history.devices_since(session, before, now).changed
        assert (then.device, now > before) == (amended, True)


def test_an_amendment_is_refused_that_a_registration_would_be(store: Store) -> None:
    with store.write() as session:
        for each in (terminal("bus-1", "13912345678"), terminal("bus-2", "13912345679")):
            registry.add_device(session, KITE, each, NOON)

    def amend(principal: Principal, device_id: str, *, wire_id: str) -> None:
        with store.write() as session:
            found = registry.device(session, KITE, device_id)
            registry.amend(session, principal, replace(found, wire_id=wire_id), NOON)

    amend(KITE, "bus-1", wire_id="013912345678")
    with pytest.raises(Conflict, match="another device of codec jt808"):
        amend(KITE, "bus-1", wire_id="13912345679")
    with pytest.raises(InvalidValue, match="no name that codec jt808"):
        amend(KITE, "bus-1", wire_id="bus")
    with pytest.raises(NotFound):
        amend(SWIFT, "bus-1", wire_id="13912345670")
    with pytest.raises(NotAllowed):
        amend(POLICE, "bus-1", wire_id="13912345670")
    with store.write() as session:
        registry.deactivate(session, KITE, "bus-1", NOON)
    with pytest.raises(Conflict, match="out of service"):
        amend(KITE, "bus-1", wire_id="13912345670")


def test_an_operator_registers_for_itself_alone(store: Store) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        registry.add_device(session, SWIFT, replace(DRONE, device_id="drone-2"), NOON)


@pytest.mark.parametrize("principal", [POLICE, REVIEWER])
def test_those_who_supervise_do_not_register(store: Store, principal: Principal) -> None:
    with pytest.raises(NotAllowed), store.write() as session:
        registry.add_device(session, principal, replace(CAR, device_id="car-2"), NOON)


def test_a_device_needs_an_organisation_that_is_there(store: Store) -> None:
    with pytest.raises(NotFound), store.write() as session:
        registry.add_device(session, ADMINISTRATOR, replace(CAR, organisation_id="gone"), NOON)


def test_devices_come_page_by_page(store: Store) -> None:
    registry.add_devices(store, SWIFT, cars(5), NOON, with_credentials=False)
    with store.read() as session:
        first = registry.devices(session, SWIFT, limit=4)
        rest = registry.devices(session, SWIFT, after=first[-1].device_id)
        ids = [each.device_id for each in (*first, *rest)]
        assert ids == ["car-1", *(f"fleet-{n:05}" for n in range(5))]
        for limit in (0, 1001):
            with pytest.raises(InvalidValue, match="1 to 1000"):
                registry.devices(session, SWIFT, limit=limit)


def test_each_change_of_the_registry_moves_its_revision(store: Store) -> None:
    def count() -> int:
        with store.read() as session:
            return revisions(session).registry

    seen = [count()]
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
    seen.append(count())
    with store.write() as session:
        credentials.revoke(session, SWIFT, "car-1", NOON)
    seen.append(count())
    with store.write() as session:
        registry.deactivate(session, SWIFT, "car-1", NOON)
    seen.append(count())
    assert seen == sorted(set(seen))


def test_a_device_out_of_service_keeps_its_name_and_loses_its_secret(store: Store) -> None:
    with store.write() as session:
        credentials.issue(session, SWIFT, "car-1", NOON)
        assert not registry.deactivate(session, SWIFT, "car-1", NOON).active
        assert credentials.active(session) == ()
        with pytest.raises(Conflict, match="out of service"):
            credentials.issue(session, SWIFT, "car-1", NOON)
        assert {each.device_id: each.active for each in registry.all_devices(session)} == {
            "car-1": False,
            "drone-1": True,
        }


def test_two_thousand_devices_are_added_with_their_secrets_in_seconds(store: Store) -> None:
    begun = time.perf_counter()
    added = registry.add_devices(store, SWIFT, cars(2000), NOON)
    assert time.perf_counter() - begun < 30.0
    assert added.count == 2000
    assert len(set(added.secrets.values())) == 2000
    with store.read() as session:
        assert len(credentials.active(session)) == 2000
        assert len(registry.all_devices(session)) == 2002


def test_a_chunk_with_a_name_that_is_taken_is_not_added(store: Store) -> None:
    with pytest.raises(Conflict, match="is taken"):
        registry.add_devices(store, SWIFT, [*cars(3), CAR], NOON)
    with store.read() as session:
        assert [each.device_id for each in registry.devices(session, SWIFT)] == ["car-1"]
