"""Commands about the quality of what devices report."""

from typing import Any, Final

import typer

from zone_service.commands.described import Command, describe
from zone_service.commands.root import quality
from zone_service.commands.showing import NOTHING, Column, Shown, lined, lines, table, together
from zone_service.commands.words import argument, option
from zone_service.quality_csv import csv_of

DEVICE = argument("device_id", "Its id.", "path:device_id", metavar="DEVICE")
DAY = argument("day", "A day of Asia/Shanghai, 2026-05-01.", "query:day", metavar="DAY")
FROM = option(
    "begins", "The first day; 30 days before the last without.", "query:from", typed="--from"
)
TO = option("ends", "The last day; today without.", "query:to", typed="--to")


def _of(name: str, *, zh: bool) -> str:
    return f"{name}_zh" if zh else name


def _missing(item: Any, *, zh: bool) -> str:
    chosen = [each for each in item["items"] if each["item"] in item["missing"]]
    return ("、" if zh else ", ").join(each[_of("name", zh=zh)] for each in chosen)


def _share(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.1f} %"


def _worth(item: Any, *, zh: bool) -> str:
    return _share(item["worth"])


def _said(item: Any, *, zh: bool) -> str:
    return _share(item["said_ratio"])


PART = (Column("part", "分项", "name", "name_zh"), Column("worth", "得分", _worth))
ITEM = (
    Column("item", "数据项", "name", "name_zh"),
    Column("mandatory", "必报", "mandatory"),
    Column("said", "有值比例", _said),
)


def _parts(item: Any, *, zh: bool) -> None:
    lined(PART, item["parts"], zh=zh)


def _items(item: Any, *, zh: bool) -> None:
    lined(ITEM, item["items"], zh=zh)


def _as_csv(item: Any, *, zh: bool) -> None:
    typer.echo(csv_of(item), nl=False)


FIGURES = (
    Column("device", "设备", "device_id"),
    Column("day", "日期", "day"),
    Column("score", "评分", "score"),
    Column("reports", "报文数", "reports"),
    Column("late", "乱序", "late"),
    Column("online (s)", "在线(秒)", "online_s"),
    Column("rate (Hz)", "频率(赫兹)", "rate_hz"),
    Column("gaps", "中断", "gaps"),
    Column("in gaps (s)", "中断合计(秒)", "gap_total_s"),
    Column("longest gap (s)", "最长中断(秒)", "gap_longest_s"),
    Column("lost", "丢失", "lost"),
    Column("replayed", "重放", "replayed"),
    Column("mean delay (s)", "平均时延(秒)", "delay_mean_s"),
    Column("worst delay (s)", "最大时延(秒)", "delay_worst_s"),
    Column("delayed", "迟到", "delayed"),
    Column("skewed", "时钟偏差", "skewed"),
    Column("ahead (s)", "时钟超前(秒)", "ahead_worst_s"),
    Column("mean accuracy (m)", "平均精度(米)", "accuracy_mean_m"),
    Column("worst accuracy (m)", "最差精度(米)", "accuracy_worst_m"),
    Column("inaccurate", "精度不足", "inaccurate"),
    Column("jumps", "跳变", "jumps"),
    Column("missing", "缺项", _missing),
)
_SHORT = frozenset(
    {
        "device",
        "day",
        "score",
        "reports",
        "rate (Hz)",
        "gaps",
        "delayed",
        "skewed",
        "jumps",
        "missing",
    }
)
DAYS = table(*(each for each in FIGURES if each.english in _SHORT))


def _whole(item: Any, *, zh: bool) -> None:
    for each in item:
        together(lines(*FIGURES), _parts, _items)(each, zh=zh)


WHOLE: Shown = _whole

AS_JSON = {"query:format": "json"}
"""What is told to people is made here, and so is CSV."""
VERDICTS = {"met": "合格", "not met": "不合格", "unknown": "不明"}


def _result(item: Any, *, zh: bool) -> str:
    return VERDICTS[item["result"]] if zh else str(item["result"])


def _faults(item: Any, *, zh: bool) -> str:
    return ("；" if zh else "; ").join(each[_of("said", zh=zh)] for each in item["faults"])


TEST = (
    Column("test", "测试", "test_id"),
    Column("device", "设备", "device_id"),
    Column("from", "起", "begins"),
    Column("to", "止", "ends"),
    Column("result", "结果", _result),
    Column("score", "评分", "score"),
    Column("why", "原因", _faults),
    Column("by", "测试人", "by"),
)


def _datum(item: Any, *, zh: bool) -> str:
    found = item["figures"]["datum"]
    if found is None:
        return ""
    return _DATUM[zh].format(**found | {"apart_m": round(found["apart_m"])})


_DATUM: Final = (
    "declared {declared}, probably {likely}: {on_ground} of {fixes} first fixes lie where it may be, {on_ground_if_likely} if read so; {apart_m} m apart",
    "声明为 {declared}，疑为 {likely}：最初 {fixes} 个定位中 {on_ground} 个在许可范围内，按后者解读则有 {on_ground_if_likely} 个，相差 {apart_m} 米",
)


def _tested(item: Any, *, zh: bool) -> None:
    lines(*TEST, Column("datum", "坐标系", _datum))(item, zh=zh)
    _parts(item["figures"], zh=zh)
    _items(item["figures"], zh=zh)


TESTED: Shown = _tested

describe(
    Command(
        quality,
        "list",
        "GET /api/quality",
        "List how good the data of each device was on a day.",
        (DAY,),
        DAYS,
        ("zone quality list 2026-11-27",),
        fixed=AS_JSON,
        is_list=True,
    ),
    Command(
        quality,
        "export",
        "GET /api/quality",
        "Give out the same as CSV, with every figure.",
        (DAY,),
        _as_csv,
        ("zone quality export 2026-11-27 > quality.csv",),
        is_list=True,
    ),
    Command(
        quality,
        "days",
        "GET /api/devices/{device_id}/quality",
        "List how good a device's data was, day by day.",
        (DEVICE, FROM, TO),
        DAYS,
        ("zone quality days car-1 --from 2026-11-01 --to 2026-11-27",),
        fixed=AS_JSON,
        is_list=True,
    ),
    Command(
        quality,
        "show",
        "GET /api/devices/{device_id}/quality",
        "Show every figure of a device's days, the parts of the score and the items.",
        (DEVICE, FROM, TO),
        WHOLE,
        ("zone quality show car-1 --from 2026-11-27 --to 2026-11-27",),
        is_list=True,
    ),
    Command(
        quality,
        "test",
        "POST /api/devices/{device_id}/link-tests",
        "Test the data link of a device: judge what it sent in the last minutes, and put it on record.",
        (DEVICE,),
        TESTED,
        ("zone quality test car-1 --username olga",),
    ),
    Command(
        quality,
        "tests",
        "GET /api/devices/{device_id}/link-tests",
        "List the tests of a device's data link, the newest first.",
        (DEVICE,),
        table(*TEST),
        ("zone quality tests car-1",),
        is_list=True,
    ),
)
