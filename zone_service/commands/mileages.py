"""Commands about what was driven."""

from typing import Any

from zone_service.commands.described import Command, describe
from zone_service.commands.root import mileage
from zone_service.commands.showing import NOTHING, Column, Shown, lined, lines, table
from zone_service.commands.words import argument, option

DEVICE = argument("device_id", "Its id.", "path:device_id", metavar="DEVICE")
PERMIT = argument("number", "Its number.", "path:number", metavar="PERMIT")
FROM = option(
    "begins", "The first day; 30 days before the last without.", "query:from", typed="--from"
)
TO = option("ends", "The last day; today without.", "query:to", typed="--to")
BY = {"line": ("line", "中心线"), "area": ("area", "区域")}


def _share(name: str) -> Any:
    def shown(item: Any, *, zh: bool) -> str:
        del zh
        return NOTHING if item[name] is None else f"{100 * item[name]:.1f} %"

    return shown


def _by(item: Any, *, zh: bool) -> str:
    return BY[item["measured_by"]][zh]


ROAD = (
    Column("segment", "路段", "zone_id"),
    Column("measured by", "统计依据", _by),
    Column("length (km)", "长度(公里)", "length_km"),
    Column("automated (km)", "自动驾驶(公里)", "automated_km"),
    Column("by hand (km)", "人工驾驶(公里)", "by_hand_km"),
    Column("automated (h)", "自动驾驶(小时)", "automated_h"),
    Column("covered", "覆盖率", _share("covered_ratio")),
)
DAY = (
    Column("day", "日期", "day"),
    Column("automated (km)", "自动驾驶(公里)", "automated_km"),
    Column("by hand (km)", "人工驾驶(公里)", "by_hand_km"),
    Column("automated (h)", "自动驾驶(小时)", "automated_h"),
    Column("takeovers", "接管次数", "takeovers"),
    Column("matched to roads", "已匹配道路", "matched"),
)
VEHICLE = (
    Column("device", "设备", "device_id"),
    Column("days", "天数", "days"),
    Column("not matched", "未匹配天数", "unmatched_days"),
    Column("automated (km)", "自动驾驶(公里)", "automated_km"),
    Column("by hand (km)", "人工驾驶(公里)", "by_hand_km"),
    Column("automated (h)", "自动驾驶(小时)", "automated_h"),
    Column("takeovers", "接管次数", "takeovers"),
)
WHOLE = (
    Column("permit", "许可", "number"),
    Column("covered", "覆盖率", _share("covered_ratio")),
    Column("automated (km)", "自动驾驶(公里)", "automated_km"),
    Column("by hand (km)", "人工驾驶(公里)", "by_hand_km"),
    Column("automated (h)", "自动驾驶(小时)", "automated_h"),
    Column("takeovers", "接管次数", "takeovers"),
)


def _day(item: Any, *, zh: bool) -> None:
    for each in item:
        lines(*DAY)(each, zh=zh)
        lined(ROAD, each["roads"], zh=zh)


def _permit(item: Any, *, zh: bool) -> None:
    lines(*WHOLE)(item, zh=zh)
    lined(ROAD, item["segments"], zh=zh)
    lined(VEHICLE, item["vehicles"], zh=zh)


ROADS: Shown = _day
OF_PERMIT: Shown = _permit

describe(
    Command(
        mileage,
        "days",
        "GET /api/devices/{device_id}/mileage",
        "List what a device drove, day by day.",
        (DEVICE, FROM, TO),
        table(*DAY),
        ("zone mileage days car-1 --from 2026-11-01 --to 2026-11-27",),
        is_list=True,
    ),
    Command(
        mileage,
        "roads",
        "GET /api/devices/{device_id}/mileage",
        "Show what a device drove on each road, day by day, and what it was measured by.",
        (DEVICE, FROM, TO),
        ROADS,
        ("zone mileage roads car-1 --from 2026-11-27 --to 2026-11-27",),
        is_list=True,
    ),
    Command(
        mileage,
        "permit",
        "GET /api/permits/{number}/mileage",
        "Show what the vehicles of a permit drove, and how much of each of its segments.",
        (PERMIT, FROM, TO),
        OF_PERMIT,
        ("zone mileage permit SH-RT-2026-000001 --from 2026-11-01",),
    ),
)
