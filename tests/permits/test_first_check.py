"""Whether the devices of a permit are there, before it comes into force."""

from dataclasses import replace
from datetime import timedelta

import pytest

from permits.first_check import Awaited, LastHeard, NotSelfChecked, Want, awaited
from permits.first_check_items import WITHIN
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.terms import Terms
from tests.permits.lives import lasting, local
from zone_service.shipped_rules import shipped_sheet

AT = local("2026-07-01 00:00")
HOUR = timedelta(hours=1)
SHANGHAI = shipped_sheet("shanghai-default")
NOTHING: frozenset[str] = frozenset()
FINE = LastHeard(AT - HOUR, NOTHING, None)


def permit(kind: PermitKind = PermitKind.ROAD_TEST, **terms: object) -> Permit:
    of: Terms = replace(lasting("2026-07-01", "2027-01-01"), **terms)  # type: ignore[arg-type]
    return Permit("P-7", kind, PermitState.ISSUED, "swift", of)


def why(last: LastHeard | None, kind: PermitKind = PermitKind.ROAD_TEST) -> tuple[Awaited, ...]:
    heard = {} if last is None else {"device-1": last}
    return awaited(permit(kind), heard, AT, SHANGHAI)


@pytest.mark.requirement("D4b-25")
@pytest.mark.parametrize(
    ("last", "want"),
    [
        (FINE, None),
        (replace(FINE, passed=True), None),
        (replace(FINE, lacks=frozenset({"operational_status"})), None),
        (None, Want.NEVER_HEARD),
        (replace(FINE, at=AT - HOUR - timedelta(seconds=1)), Want.SILENT),
        (replace(FINE, lacks=None), Want.NOT_KNOWN),
        (replace(FINE, lacks=frozenset({"control_mode"})), Want.LACKING),
        (replace(FINE, passed=False), Want.FAILED),
    ],
)
def test_a_vehicle_is_there_that_was_heard_within_an_hour_and_lacks_nothing_that_is_asked(
    last: LastHeard | None, want: Want | None
) -> None:
    found = why(last)
    assert [each.want for each in found] == ([want] if want else [])
    assert [each.heard_at for each in found] == ([last and last.at] if want else [])


@pytest.mark.requirement("D4b-25")
def test_a_vessel_need_not_tell_its_mode_and_a_flight_waits_for_no_device() -> None:
    dumb = replace(FINE, lacks=frozenset({"control_mode"}))
    assert why(dumb, PermitKind.VESSEL_TRIAL) == ()
    assert [each.want for each in why(None, PermitKind.VESSEL_TRIAL)] == [Want.NEVER_HEARD]
    assert why(None, PermitKind.FLIGHT_ACTIVITY) == ()


def ruled(**values: object) -> Sheet:
    """The rules of Shanghai with other values; ``None`` is left out."""
    told = dict(SHANGHAI.parameters)
    for name, value in values.items():
        key = {"within": WITHIN, "road": "activation.self_check.road"}[name]
        had = told.pop(key)
        if value is not None:
            told[key] = replace(had, value=value)  # type: ignore[arg-type]
    return replace(SHANGHAI, parameters=told)


@pytest.mark.requirement("D4b-25")
def test_what_is_asked_is_the_rule_sets() -> None:
    heard = {"device-1": replace(FINE, at=AT - 99 * HOUR)}
    assert awaited(permit(), heard, AT, ruled(within=None)) == (), "however long ago"
    assert awaited(permit(), {}, AT, ruled(road=())) == ()
    assert awaited(permit(), {}, AT, ruled(road=None)) == (), "by a rule set of before it was asked"
    own = ruled(road=("passed",))
    (found,) = awaited(permit(), {"device-1": FINE}, AT, own)
    assert found == Awaited("device-1", Want.LACKING, FINE.at, frozenset({"passed"}))
    assert awaited(permit(), {"device-1": replace(FINE, passed=True)}, AT, own) == ()


@pytest.mark.requirement("D4b-25")
def test_every_device_is_waited_for_but_those_that_may_not_go_on_now() -> None:
    three = frozenset({"device-1", "device-2", "device-3"})
    of = permit(device_ids=three, suspended_device_ids=frozenset({"device-2"}))
    found = awaited(of, {"device-1": FINE}, AT, SHANGHAI)
    assert [each.device_id for each in found] == ["device-3"]
    gone = frozenset({"device-3"})
    assert awaited(of, {"device-1": FINE}, AT, SHANGHAI, gone) == (), "nothing is heard of it again"
    none_left = permit(device_ids=three, suspended_device_ids=three)
    assert len(awaited(none_left, {}, AT, SHANGHAI)) == 3
    assert len(awaited(permit(device_ids=three), {}, AT, SHANGHAI, three)) == 3


@pytest.mark.requirement("D4b-25", "D5-3")
def test_the_refusal_names_each_device_and_what_it_lacks_in_both_languages() -> None:
    lacks = frozenset({"speed", "control_mode"})
    found = (
        Awaited("car-1", Want.NEVER_HEARD),
        Awaited("car-2", Want.SILENT, AT - 2 * HOUR),
        Awaited("car-3", Want.LACKING, AT, lacks),
    )
    refused = NotSelfChecked(permit(), PermitAction.ACTIVATE, found)
    assert str(refused) == (
        "cannot ACTIVATE permit P-7 before its devices are online and a first self-check was passed: "
        "car-1 was never heard; "
        "car-2 is not online, it was heard last at 2026-06-30T22:00:00+08:00 (Asia/Shanghai); "
        "car-3 does not tell its speed, its control mode"
    )
    chinese = refused.said(Language.CHINESE)
    assert "car-1 从未上线; car-2 不在线" in chinese
    assert "car-3 未报送：速度、控制模式" in chinese
    said = {each: Awaited("d", each, AT).said(Language.CHINESE) for each in Want}
    assert len(set(said.values())) == len(Want)
