"""Commands that take a permit through its life: applied for, every step, what may be done, plates."""

from typing import Any

from permits.permit import PermitAction, PermitKind
from zone_service.commands.described import Command, describe
from zone_service.commands.root import permit
from zone_service.commands.showing import (
    Column,
    as_json,
    line,
    named,
    table,
    together,
    until,
    within,
)
from zone_service.commands.words import (
    argument,
    file_of_json,
    of_json,
    option,
    pairs,
    plates,
)

PERMIT = argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT")


def _remarks(item: Any, *, zh: bool) -> str:
    return "; ".join(f"{each['path']}: {each['message']}" for each in item["remarks"])


HISTORY = within(
    "history",
    Column("at", "时间", "at"),
    Column("counts from", "法律效力自", "effective_at"),
    Column("step", "步骤", "action"),
    Column("state", "状态", "after"),
    Column("by", "经办", "by"),
    Column("ground", "事由", "ground_name"),
    Column("reason", "理由", "reason"),
    Column("said with it", "附带内容", "details"),
    Column("rules", "规则集", "rules"),
)
STANDS = together(
    line(Column("", "", "number"), Column("", "", "kind"), Column("", "", "state")),
    named(Column("to be looked at", "请注意", _remarks)),
)
PLATES = (
    Column("plate", "号牌", "number"),
    Column("VIN", "车辆识别代号", "vin"),
    Column("device", "设备", "device_id"),
    Column("from", "起", "valid_from"),
    Column("until", "止", "valid_to"),
    Column("cut by", "期限依据", "cut_by"),
    Column("state", "状态", "state"),
    Column("notice", "公告", "notice"),
)


def _papers(item: Any, *, zh: bool) -> str:
    return ", ".join(each["name_zh" if zh else "name"] for each in item["papers"])


def _content(item: Any, *, zh: bool) -> str:
    return ", ".join(each["name_zh" if zh else "name"] for each in item["content"])


def _needs(item: Any, *, zh: bool) -> str:
    said = [*(f"--detail {each}=…" for each in item["needs"])]
    if item["needs_reason"]:
        said.append("--reason …")
    said += [f"({'可' if zh else 'may'} --detail {each}=…)" for each in item["takes"]]
    said += [f"[{each['code']} {each['name']}]" for each in item["grounds"]]
    return " ".join(said)


describe(
    Command(
        permit,
        "kinds",
        "GET /api/permit-kinds",
        "List the kinds of permits: what each is about, and what its application must contain.",
        (),
        table(
            Column("kind", "种类", "kind"),
            Column("about", "对象", "about"),
            Column("people", "人员", "people"),
            Column("content", "内容", _content),
            Column("papers", "材料", _papers),
        ),
        ("zone permit kinds --json",),
    ),
    Command(
        permit,
        "apply",
        "POST /api/permits",
        "Begin an application, which is a draft until it is submitted; prints its number.",
        (
            file_of_json(
                "JSON as POST /api/permits takes it, alone or as `permit` of a sample; a dash: what is "
                "piped in.",
                part="permit",
            ),
            option("holder", "For this organisation; else one's own.", "body:holder_id"),
            option(
                "jurisdiction",
                "Under whose rules, such as pudong; else those of the installation.",
                "body:jurisdiction",
            ),
        ),
        line(Column("", "", "number")),
        (
            "zone permit apply ours.json --username olga",
            "zone permit act RT-2026-000001 SUBMIT --username olga",
        ),
    ),
    Command(
        permit,
        "sample",
        "GET /api/applications/sample",
        "Print a whole application that is made up: what is registered, handed in and applied for.",
        (
            argument("kind", "Of permit.", "query:kind", PermitKind, metavar="KIND"),
            option("device", "For this one; else for one's first.", "query:device_id"),
            option(
                "zone", "For these; else for one that is open to it.", "query:zone_id", list[str]
            ),
        ),
        as_json,
        (
            "zone permit sample ROAD_TEST --username olga > ours.json",
            "zone permit apply ours.json --username olga",
        ),
        needs_somebody=True,
    ),
    Command(
        permit,
        "actions",
        "GET /api/permits/{number}/actions",
        "Show what may be done with a permit now: by whom, by when, and what is to be said with it.",
        (PERMIT,),
        table(
            Column("step", "步骤", "action"),
            Column("becomes", "变为", "after"),
            Column("by whom", "办理方", "who_said"),
            Column("yours", "本人可办", "yours"),
            Column("until", "截止", until),
            Column("with", "须附", _needs),
            Column("what must hold", "条件", "guards"),
            none=("nothing: it is final", "无：已终结"),
        ),
        ("zone permit actions RT-2026-000001 --username olga",),
    ),
    Command(
        permit,
        "act",
        "POST /api/permits/{number}/actions",
        "Take one step; `zone permit actions` says which there are. What may not be done is refused by name.",
        (
            PERMIT,
            argument("action", "The step.", "body:action", PermitAction, metavar="ACTION"),
            option(
                "reason", "Why; decisions against the applicant need it.", "body:reason", default=""
            ),
            option(
                "detail",
                "What is said with the step, such as ground, warning_id, takeoff_at or asked_until; repeat.",
                "body:details",
                list[str],
                metavar="NAME=VALUE",
                read=pairs,
            ),
            option(
                "plate",
                "With ISSUE and ISSUE_PLATES: the plate of a vehicle; once for each.",
                "body:plates",
                list[str],
                metavar="DEVICE=PLATE",
                read=plates,
            ),
            option(
                "plates",
                'The same as JSON, with the ends of insurance and inspection: {"plates": […]}.',
                "body:",
                metavar="FILE",
                read=of_json,
            ),
            option(
                "ended_plate",
                "With RECALL_PLATES and ANNOUNCE_PLATES_VOID: which; all without.",
                "body:ended_plates",
                list[str],
            ),
            option(
                "terms",
                'With AMEND_TERMS: all that is applied for now, as JSON: {"terms": {…}}.',
                "body:",
                metavar="FILE",
                read=of_json,
            ),
            option(
                "revision",
                "Only if it is still as one saw it at this revision.",
                "body:revision",
                int,
            ),
        ),
        STANDS,
        (
            "zone permit act RT-2026-000001 SUBMIT --username olga",
            "zone permit act RT-2026-000001 ISSUE --plate car-1=沪A0001试 --username pan",
            (
                "zone permit act FL-2026-000001 REPORT_PRE_TAKEOFF "
                "--detail takeoff_at=2026-11-27T10:00+08:00 --username olga"
            ),
            'zone permit act RT-2026-000001 SUSPEND --reason "insurance has lapsed" --username pan',
            (
                "zone permit act RT-2026-000001 TERMINATE --detail ground=GRAVE_VIOLATION "
                '--reason "drove the wrong way" --username pan'
            ),
        ),
    ),
    Command(
        permit,
        "history",
        "GET /api/permits/{number}",
        "Show every step of a permit's life: when, by whom, why, and by which rules.",
        (PERMIT,),
        HISTORY,
        ("zone permit history RT-2026-000001",),
    ),
    Command(
        permit,
        "plates",
        "GET /api/permits/{number}/plates",
        "List the plates of a permit, and what has become of each.",
        (PERMIT,),
        table(*PLATES),
        ("zone permit plates RT-2026-000001",),
        is_list=True,
    ),
    Command(
        permit,
        "token",
        "GET /api/permits/{number}/token",
        "Print the signed token of a permit, which proves it without a network.",
        (PERMIT,),
        line(Column("", "", "token")),
        ("zone permit token RT-2026-000001",),
    ),
)
