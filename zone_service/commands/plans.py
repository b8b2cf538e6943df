"""Commands for the plans of days under standing flights: filed by operators, answered by departments."""

from typing import Any

from permits.department import Department
from permits.plan_answers import PlanAnswer
from zone_service.commands.described import Command, describe, seen
from zone_service.commands.reviewing import CONDITIONS
from zone_service.commands.root import plan
from zone_service.commands.showing import Column, found_at, lines, said, table, together, within
from zone_service.commands.words import argument, moment, option

PERMIT = argument("number", "Such as SF-2026-000001.", "path:number", metavar="PERMIT")
DAY = argument("day", "Such as 2026-11-27.", "path:day", metavar="DAY")
PLANS = (
    Column("day", "日期", "day"),
    Column("from", "起", "begins"),
    Column("to", "止", "ends"),
    Column("devices", "设备", "device_ids"),
    Column("height, m", "真高（米）", "max_height_agl_m"),
    Column("note", "备注", "note"),
)
ANSWERED = (
    Column("state", "状态", "state"),
    Column("waits for", "待答复", "waits_for"),
    Column("answer until", "答复截止", "answer_until"),
)
STANDING = (*PLANS, *ANSWERED)


def _windows(item: Any, *, zh: bool) -> str:
    found = found_at(item, "flown.windows") or ()
    return ", ".join(f"{said(e['begins'], zh=zh)} – {said(e['ends'], zh=zh)}" for e in found)


SHOWN = together(
    lines(
        *STANDING,
        Column("may be flown", "可飞行时段", _windows),
        Column("up to, m", "可飞真高（米）", "flown.max_height_agl_m"),
    ),
    within(
        "answers",
        Column("department", "部门", "name", "name_zh"),
        Column("must answer", "须答复", "mandatory"),
        Column("answer", "答复", "choice"),
        Column("reason", "理由", "reason"),
        Column("conditions", "条件", "conditions"),
    ),
)
describe(
    Command(
        plan,
        "list",
        "GET /api/permits/{number}/daily-plans",
        "List the plans of a standing flight by their days, with what was answered to each.",
        (PERMIT, option("since", "From this day on.", "query:since", metavar="DAY")),
        table(*STANDING),
        ("zone plan list SF-2026-000001",),
        is_list=True,
    ),
    Command(
        plan,
        "show",
        "GET /api/permits/{number}/daily-plans/{day}",
        "Show the plan of a day.",
        (PERMIT, DAY),
        SHOWN,
        ("zone plan show SF-2026-000001 2026-11-27",),
    ),
    Command(
        plan,
        "file",
        "PUT /api/permits/{number}/daily-plans/{day}",
        "File the plan of a day, or another in its place, by the cut-off of the day before; it is answered anew.",
        (
            PERMIT,
            DAY,
            option("begins", "Such as 09:00, in Shanghai.", "body:begins"),
            option("ends", "Such as 17:00.", "body:ends"),
            option("device", "What flies; once for each.", "body:device_ids", list[str]),
            option(
                "height",
                "The most, in metres above ground.",
                "body:max_height_agl_m",
                float,
                typed="--max-height-agl-m",
            ),
            option("note", "What else is to be known.", "body:note", default=""),
        ),
        SHOWN,
        (
            (
                "zone plan file SF-2026-000001 2026-11-27 --begins 09:00 --ends 17:00 --device drone-1 "
                "--max-height-agl-m 100 --username olga"
            ),
        ),
        prepared=seen("", may_be_new=True),
    ),
    Command(
        plan,
        "waiting",
        "GET /api/daily-plans",
        "List the plans that wait for the answer of one's department.",
        (
            option("permit", "Of this permit.", "query:number"),
            option("day", "Of this day.", "query:day", metavar="DAY"),
            option(
                "due_before",
                "Only what is to be answered before this time.",
                "query:due_before",
                metavar="TIME",
                read=moment,
            ),
            option("overdue", "Only what is late by now.", "query:overdue", bool, default=False),
        ),
        table(
            Column("permit", "许可", "number"),
            Column("holder", "申请单位", "holder_id"),
            *PLANS,
            Column("must answer", "须答复", "mandatory"),
            Column("answer until", "答复截止", "answer_until"),
            Column("late", "逾期", "overdue"),
            none=("nothing waits for your department", "没有待答复的飞行计划"),
        ),
        (
            "zone plan waiting --username cai",
            "zone plan waiting --day 2026-11-27 --username cai",
        ),
        is_list=True,
        needs_somebody=True,
    ),
    Command(
        plan,
        "answer",
        "POST /api/permits/{number}/daily-plans/{day}/answers",
        "Answer the plan of a day for one's department, once; no answer is never consent.",
        (
            PERMIT,
            DAY,
            argument("choice", "What one answers.", "body:choice", PlanAnswer),
            option("reason", "Why; APPROVE needs none.", "body:reason", default=""),
            *CONDITIONS,
            option(
                "department",
                "For which, where one answers for several.",
                "body:department",
                Department,
            ),
        ),
        SHOWN,
        (
            "zone plan answer SF-2026-000001 2026-11-27 APPROVE --username cai",
            (
                'zone plan answer SF-2026-000001 2026-11-27 APPROVE_WITH_CONDITIONS --reason "a crane" '
                "--max-height-agl-m 60 --username cai"
            ),
            (
                'zone plan answer SF-2026-000001 2026-11-27 REJECT --reason "air show" --username cai'
            ),
        ),
        prepared=seen(".."),
    ),
)
