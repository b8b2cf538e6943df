"""The live feed in a terminal as narrow as they come: nothing is cut short."""

import re
from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from permits.cause import Cause
from permits.rule_words import Language
from zone_service.live_terminal import LATE_SHOWN, Screen


def violation(device: str, code: str, zone: str | None, handling: str = "new") -> dict[str, Any]:
    return {
        "id": device,
        "opened_at": "2026-05-01T08:00:07.250Z",
        "severity": "critical",
        "code": code,
        "device_id": device,
        "device_label": None,
        "zone_name": zone,
        "closed_at": None,
        "handling": handling,
    }


CITY = (
    violation("car-1", "AUTO_OUTSIDE_AUTHORISED", "Shengang Avenue"),
    violation("drone-42", "KEEP_OUT_ENTERED", "Pudong airport surfaces", "acknowledged"),
    violation("ship-7", "OVER_HEIGHT", None),
)


def shown(
    violations: Sequence[dict[str, Any]], width: int, language: Language = Language.ENGLISH,
    late: dict[str, Any] | None = None, ahead: dict[str, Any] | None = None,
) -> str:  # fmt: skip
    screen = Screen(language)
    screen.take({"op": "snap", "violations": violations})
    if late is not None:
        screen.take({"op": "violation", "violation": late})
    if ahead is not None:
        screen.take({"op": "forecast", "devices": [{"device_id": "car-2", "alarms": [ahead]}]})
    screen.take({"op": "hb", "objects": 3, "messages_per_second": 2.6, "feed_age_ms": 12})
    console = Console(width=width, file=StringIO(), record=True)
    console.print(screen.table(width))
    text = console.export_text()
    assert max(map(cell_len, text.splitlines())) <= width
    assert "…" not in text
    return text


def words(text: str) -> set[str]:
    return set(text.split())


def test_in_eighty_columns_every_device_code_and_handling_is_whole_and_zones_take_lines() -> None:
    seen = words(shown(CITY, 80))
    assert {"car-1", "drone-42", "ship-7"} <= seen
    assert {"AUTO_OUTSIDE_AUTHORISED", "KEEP_OUT_ENTERED", "OVER_HEIGHT"} <= seen
    assert {"acknowledged", "16:00:07", "critical"} <= seen
    assert {"Shengang", "Avenue", "Pudong", "airport", "surfaces"} <= seen


def test_with_room_enough_a_violation_is_one_line() -> None:
    assert "drone-42 Pudong airport surfaces acknowledged" in shown(CITY, 120)


@pytest.mark.parametrize(
    ("code", "inside", "said"),
    [
        ("KEEP_OUT_BREACH", 0.874, "KEEP_OUT_BREACH (87% inside)"),
        ("KEEP_IN_EXIT", 0.126, "KEEP_IN_EXIT (87% outside)"),
        ("KEEP_OUT_BREACH", 0.9999, "KEEP_OUT_BREACH (>99% inside)"),
    ],
)
def test_how_sure_it_is_that_a_device_is_where_it_may_not_be_is_said(
    code: str, inside: float, said: str
) -> None:
    breach = violation("drone-42", code, None) | {"inside_probability": inside}
    assert said in shown([breach], 120)


def alarm(state: str, at: str = "2026-05-01T08:00:20.250Z", **said: Any) -> dict[str, Any]:
    return {
        "code": "KEEP_OUT_BREACH",
        "state": state,
        "zone_name": "Airport",
        "at": at,
        "certain": True,
    } | said


def with_ahead(width: int, *messages: dict[str, Any]) -> list[str]:
    screen = Screen()
    objects = [[0, "drone-42", "Kite 42", "air", None], [1, "car-1", "", "road", None]]
    screen.take({"op": "snap", "violations": CITY[:1], "objects": objects})
    screen.take({"op": "hb", "t": 1777622408000.0, "objects": 2})
    for message in messages:
        screen.take(message)
    console = Console(width=width, file=StringIO(), record=True)
    console.print(screen.table(width))
    return [line.rstrip() for line in console.export_text().splitlines()[3:]]


def ahead(device_id: str, *alarms: dict[str, Any]) -> dict[str, Any]:
    return {"op": "forecast", "devices": [{"device_id": device_id, "alarms": list(alarms)}]}


@pytest.mark.requirement("D4d-42")
def test_what_devices_are_about_to_break_stands_behind_the_violations_the_soonest_first() -> None:
    later = ahead("car-1", alarm("ahead", "2026-05-01T08:00:30.000Z", certain=False))
    opened, *told = with_ahead(120, later, ahead("drone-42", alarm("ahead"), alarm("begun")))
    assert "AUTO_OUTSIDE_AUTHORISED" in opened
    assert [re.sub(" +", " ", line) for line in told] == [
        "16:00:20 pre-alarm KEEP_OUT_BREACH (in 13 s) Kite 42 Airport –",
        "16:00:20 pre-alarm KEEP_OUT_BREACH (has begun) Kite 42 Airport –",
        "16:00:30 pre-alarm KEEP_OUT_BREACH (in 22 s, height unknown) car-1 Airport –",
    ]


def test_what_is_withdrawn_and_what_another_session_said_is_not_shown() -> None:
    assert len(with_ahead(120, ahead("car-1", alarm("ahead")), ahead("car-1"))) == 1
    assert len(with_ahead(120, ahead("car-1", alarm("ahead")), {"op": "resumed", "seq": 1})) == 1


@pytest.mark.parametrize("width", [40, 60])
def test_however_narrow_a_pre_alarm_is_no_violation(width: int) -> None:
    text = " ".join(with_ahead(width, ahead("drone-42", alarm("ahead"))))
    assert "(in" in text
    assert "13" in text


def test_a_long_name_of_a_device_leaves_no_room_for_zones() -> None:
    long = violation("kites-drone-00000042", "CONTROL_MODE_NOT_PERMITTED", "Harbour")
    text = shown([long, *CITY], 80)
    assert "kites-drone-00000042" in text
    assert "zone" not in text.splitlines()[1]
    assert "Harbour" not in text
    assert "no room for zone: widen the window" in text, "else it looks as if nobody knew it"
    assert "no room" not in shown([long, *CITY], 200)


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_a_name_longer_than_the_terminal_goes_on_in_the_next_line(width: int) -> None:
    name = "n" * 64
    text = shown([violation(name, "SILENT", None, "acknowledged")], width)
    assert text.count("n") >= 64


@pytest.mark.parametrize("width", [30, 40, 50, 60, 70])
def test_who_did_what_is_whole_in_the_narrowest_terminal(width: int) -> None:
    text = shown(CITY[1:], width)
    lines = [line.split() for line in text.splitlines()]
    assert any({"drone-42", "KEEP_OUT_ENTERED"} <= set(line) for line in lines), text
    assert {"device", "code"} <= words(text)
    assert {"drone-42", "ship-7", "OVER_HEIGHT"} <= words(text)


def test_in_forty_columns_the_longest_code_and_its_device_stand_in_one_line() -> None:
    text = shown(CITY, 40)
    assert re.search(r"^AUTO_OUTSIDE_AUTHORISED +car-1 *$", text, re.MULTILINE), text
    assert re.search(r"^code +device *$", text, re.MULTILINE), text


def test_a_permit_that_never_was_is_not_called_expired_alone() -> None:
    without = violation("car-1", "PERMIT_EXPIRED", None) | {"detail": "no permit"}
    assert "PERMIT_EXPIRED (no permit) car-1" in shown([without], 80)
    narrow = shown([without], 40)
    assert {"PERMIT_EXPIRED", "car-1"} <= words(narrow)
    assert "(no permit)" in narrow


def test_wide_letters_count_for_two() -> None:
    chinese = violation("车" * 8, "AUTO_OUTSIDE_AUTHORISED", "申港大道", "acknowledged")
    assert "车" * 8 in shown([chinese], 80)


def test_without_violations_that_is_said() -> None:
    assert "no open violations" in shown([], 80)


@pytest.mark.parametrize(("event", "handling"), [("resolved", "resolved"), ("updated", "new")])
def test_what_still_goes_on_is_shown_whatever_people_did_about_it(
    event: str, handling: str
) -> None:
    screen = Screen()
    ongoing = violation("car-1", "OVERSPEED", None)
    screen.take({"op": "snap", "violations": [ongoing]})
    screen.take({"op": "violation", "event": event, "violation": ongoing | {"handling": handling}})
    assert [each["handling"] for each in screen.open.values()] == [handling]


@pytest.mark.parametrize("event", ["closed", "acknowledged", "resolved"])
def test_what_has_ended_is_not_shown_whatever_people_do_about_it(event: str) -> None:
    screen = Screen()
    ended = violation("car-1", "OVERSPEED", None) | {"closed_at": "2026-05-01T08:01:00.000Z"}
    screen.take({"op": "violation", "event": event, "violation": ended})
    assert not screen.open


def test_times_are_legal_time_and_say_so() -> None:
    text = shown(CITY, 120)
    assert "opened (UTC+8)" in " ".join(text.split())
    assert "16:00:07" in text


@pytest.mark.parametrize(
    ("beat", "said"),
    [
        ({"objects": 1, "messages_per_second": 1.0}, "live · 1 object · 1 messages/s"),
        ({"objects": 2, "messages_per_second": 2.6}, "live · 2 objects · 3 messages/s"),
        (
            {"objects": 0, "messages_per_second": None, "degraded": True},
            "MONITORING DEGRADED · 0 objects · – messages/s",
        ),
    ],
)
def test_the_title_counts_and_does_not_count_what_is_unknown(
    beat: dict[str, Any], said: str
) -> None:
    screen = Screen()
    screen.take({"op": "hb", "feed_age_ms": None} | beat)
    assert str(screen.table(120).title).startswith(said)


def test_of_two_that_came_too_close_both_are_named() -> None:
    pair = violation("uav-1", "SEPARATION_LOSS", None) | {"other_device_id": "uav-2"}
    assert "uav-1 / uav-2" in shown([pair], 120)
    named = pair | {"device_label": "Kite 1", "other_device_label": "Swift 2"}
    assert "Kite 1 / Swift 2" in shown([named], 120)


def found_late(device: str, **more: Any) -> dict[str, Any]:
    said = violation(device, "KEEP_OUT_BREACH", "Airport")
    return said | {"closed_at": "2026-05-01T08:00:09.000Z", "late": True} | more


def test_what_was_found_late_is_shown_as_such_beside_what_goes_on() -> None:
    screen = Screen()
    screen.take({"op": "snap", "violations": CITY[:1]})
    screen.take({"op": "violation", "event": "late", "violation": found_late("uav-9")})
    console = Console(width=120, file=StringIO(), record=True)
    console.print(screen.table(120))
    lines = console.export_text().splitlines()
    (line,) = [line for line in lines if "uav-9" in line]
    assert "KEEP_OUT_BREACH (found late)" in line
    assert any("car-1" in line and "late" not in line for line in lines)


def test_what_was_found_late_goes_when_it_is_resolved_or_others_come() -> None:
    screen = Screen()
    for number in range(LATE_SHOWN + 2):
        told = found_late(f"uav-{number}")
        screen.take({"op": "violation", "event": "late", "violation": told})
    assert list(screen.late) == [f"uav-{number}" for number in range(2, LATE_SHOWN + 2)]
    resolved = found_late("uav-3", handling="resolved")
    screen.take({"op": "violation", "event": "resolved", "violation": resolved})
    assert "uav-3" not in screen.late
    assert screen.open == {}


def test_what_was_judged_by_the_law_of_another_time_says_so() -> None:
    screen = Screen()
    told = found_late("uav-9", law_of="2026-11-27T08:00:00.000Z")
    screen.take({"op": "violation", "event": "late", "violation": told})
    console = Console(width=160, file=StringIO(), record=True)
    console.print(screen.table(160))
    assert "found late, by the law of 2026-11-27 16:00" in console.export_text()


@pytest.mark.requirement("D4d-65")
def test_a_violation_that_its_device_did_not_bring_about_says_what_did() -> None:
    def code(cause: str | None, language: Language) -> str:
        told = violation("uav-9", "KEEP_OUT_BREACH", None) | {"opening_cause": cause}
        return shown([told], 160, language)

    assert "KEEP_OUT_BREACH (zone changed)" in code("zone_changed", Language.ENGLISH)
    assert "KEEP_OUT_BREACH (区域变更)" in code("zone_changed", Language.CHINESE)
    for said in ("device_moved", None):
        assert "KEEP_OUT_BREACH (" not in code(said, Language.ENGLISH)
    spoken = {code(each, Language.CHINESE) for each in Cause}
    assert not any(each in text for each in Cause for text in spoken)


def test_what_was_seen_live_behind_a_late_finding_is_said_of_it() -> None:
    screen = Screen()
    told = found_late("uav-9", joins="v-live")
    screen.take({"op": "violation", "event": "late", "violation": told})
    console = Console(width=160, file=StringIO(), record=True)
    console.print(screen.table(160))
    assert "found late, seen to go on" in console.export_text()


def test_in_chinese_all_but_codes_and_names_is_said_in_chinese() -> None:
    found_late = violation("car-9", "KEEP_OUT_BREACH", None) | {
        "closed_at": "2026-05-01T08:01:00Z", "late": True, "joins": "v-1", "inside_probability": 0.97,
        "law_of": "2026-04-30T08:00:00Z",
    }  # fmt: skip
    ahead = {"code": "KEEP_IN_EXIT", "at": "2026-05-01T08:00:09Z", "state": "ahead", "certain": False, "zone_name": None}  # fmt: skip
    text = shown(CITY, 140, Language.CHINESE, found_late, ahead)
    for said in (
        "实时 · 3 个目标 · 每秒 3 条报文 · 数据时延 12 ms", "开始", "程度", "处置", "特别严重", "待处理", "已确认",
        "补传发现", "实时仍在持续", "97% 在区内", "按 2026-04-30 16:00 的规则判定", "预警", "即将发生", "高度不明",
    ):  # fmt: skip
        assert said in text, said
    english = {
        each for each in re.findall("[a-z]{3,}", text) if each not in {"car", "drone", "ship"}
    }
    assert not english - {"hengang", "venue", "udong", "airport", "surfaces"}
    narrow = shown(CITY, 40, Language.CHINESE)
    assert "请加宽窗口" in narrow
    assert "无进行中的违规" in shown((), 80, Language.CHINESE)
