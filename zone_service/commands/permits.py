"""Commands for permits: which there are, what is due of them, and what was done."""

from collections.abc import Sequence
from typing import Any

from permits.permit import PermitKind, PermitState
from zone_service.commands.described import Command, describe
from zone_service.commands.root import permit
from zone_service.commands.showing import (
    NOTHING,
    Column,
    line,
    named,
    next_due,
    table,
    together,
    until,
    within,
)
from zone_service.commands.term_lines import TERMS
from zone_service.commands.words import argument, option

WHICH = (
    option("state", "In this state.", "query:state", PermitState),
    option("kind", "Of this kind.", "query:kind", PermitKind),
    option("holder", "Of this organisation.", "query:holder_id"),
    option("device", "That name this vehicle, aircraft or vessel.", "query:device_id"),
    option("zone", "That name this zone.", "query:zone_id"),
    option("plate", "That bear or bore this plate.", "query:plate"),
    option("vin", "That gave a plate to this vehicle.", "query:vin"),
    option("valid_on", "Valid on this day of Shanghai.", "query:valid_on", metavar="DAY"),
    option("text", "With this in their number, or in their holder's id or name.", "query:text"),
    option("jurisdiction", "Decided under the rules of one, such as pudong.", "query:jurisdiction"),
    option(
        "overdue",
        "Only those of which somebody owes a step and is late.",
        "query:overdue",
        bool,
        default=False,
        typed="--overdue",
    ),
)


def _calendar(item: Any, *, zh: bool) -> str:
    from permits.rule_words import Language
    from permits.step_words import step_words

    if item["calendar"] != "assumed":
        return NOTHING
    return step_words("assumed", Language.CHINESE if zh else Language.ENGLISH)


def _remedies(item: Any, *, zh: bool) -> str:
    return _said(item["remedies"], zh=zh)


def _waits_for(item: Any, *, zh: bool) -> str:
    return _said(item["waits_for"], zh=zh)


def _said(found: Sequence[Any], *, zh: bool) -> str:
    return ("；" if zh else "; ").join(each["said"] for each in found)


describe(
    Command(
        permit,
        "list",
        "GET /api/permits",
        "List permits, and of each what is due next, by whom and until when.",
        (*WHICH, option("limit", "So many at most.", "query:limit", int)),
        table(
            Column("permit", "许可", "number"),
            Column("kind", "种类", "kind"),
            Column("state", "状态", "state"),
            Column("holder", "持有人", "holder_id"),
            Column("due next", "下一期限", next_due("name")),
            Column("by whom", "责任方", next_due("who_said")),
            Column("until", "截止", next_due("until")),
            none=("there is none", "没有符合条件的许可"),
        ),
        ("zone permit list --overdue", "zone permit list --state ACTIVE --plate 沪A0001试"),
        is_list=True,
    ),
    Command(
        permit,
        "show",
        "GET /api/permits/{number}",
        "Show one permit: its terms and zones, what is due of it, what it waits for, and every step of its life.",
        (argument("number", "Its number.", "path:number", metavar="PERMIT"),),
        together(
            line(Column("", "", "number"), Column("", "", "kind"), Column("", "", "state")),
            named(Column("navigational warning", "航行警告", "warning_id")),
            named(Column("approval of air traffic management", "空管批准", "approval_number")),
            named(Column("waits for", "等待", _waits_for)),
            *TERMS,
            within(
                "deadlines",
                Column("due", "期限", "name"),
                Column("by whom", "责任方", "who_said"),
                Column("until", "截止", until),
                Column("calendar", "工作日历", _calendar),
            ),
            within(
                "history",
                Column("at", "时间", "at"),
                Column("counts from", "法律效力自", "effective_at"),
                Column("step", "步骤", "action"),
                Column("state", "状态", "after"),
                Column("by", "经办", "by"),
                Column("ground", "事由", "ground_name"),
                Column("reason", "理由", "reason"),
            ),
            named(Column("what can be done against it", "救济途径", _remedies)),
        ),
        ("zone permit show RT-2026-000001",),
    ),
)
