"""Commands for violations: listed, looked at, taken in hand, resolved."""

from dataclasses import replace
from typing import TYPE_CHECKING

from zone_service.commands.described import Command, describe
from zone_service.commands.root import violation
from zone_service.commands.showing import Column, line, lines, table
from zone_service.commands.words import DEMANDED, argument, moment, option
from zone_service.store.roles import Handling

if TYPE_CHECKING:
    from zone_service.asking import Api, Request

VIOLATION = argument("violation_id", "Its id.", "path:violation_id", metavar="VIOLATION")
WHICH = (
    option("device", "Of this device.", "query:device_id"),
    option("organisation", "Of this organisation.", "query:organisation_id"),
    option("permit", "Under this permit.", "query:permit_number"),
    option("zone", "In this zone.", "query:zone_id"),
    option("code", "Of this kind, such as OVERSPEED.", "query:code"),
    option("handling", "By what was done about them.", "query:handling", Handling),
    option("is_open", "Only those that go on, or that are over.", "query:open", bool, typed="--open/--over"),
    option(
        "is_resolved", "Only those that are dealt with, or are not.", "query:resolved", bool,
        typed="--resolved/--unresolved",
    ),
    option(
        "is_late", "Only what was found in late reports, or all else.", "query:late", bool,
        typed="--late/--in-time",
    ),
    option("opened_from", "From this time on.", "query:opened_from", typed="--from", read=moment),
    option("opened_to", "Up to this time.", "query:opened_to", typed="--to", read=moment),
)  # fmt: skip
WHAT = (
    Column("violation", "编号", "id"),
    Column("code", "违规", "code"),
    Column("severity", "程度", "severity"),
    Column("device", "设备", "device_id"),
    Column("permit", "许可", "permit_number"),
    Column("zone", "区域", "zone_name", "zone_name_zh"),
    Column("since", "自", "opened_at"),
    Column("until", "至", "closed_at"),
    Column("handling", "处置", "handling"),
)
WHOLE = (
    *WHAT,
    Column("with", "另一设备", "other_device_id"),
    Column("measured", "实测", "measured"),
    Column("limit", "限值", "limit"),
    Column("began by", "起因", "opening_cause"),
    Column("over by", "结束原因", "closing_cause"),
    Column("handled by", "处置人", "handled_by"),
    Column("note", "说明", "note"),
    Column("rules", "规则集", "rule_version"),
    Column("revision", "修订号", "revision"),
)
HANDLED = line(Column("", "", "id"), Column("", "", "handling"), Column("", "", "handled_by"))


def _as_it_was_seen(api: "Api", request: "Request") -> "Request":
    """Say the revision of it now, unless whoever types says which they saw."""
    body = dict(request.body or {})
    if "revision" not in body:
        body["revision"] = api.get(request.address.rpartition("/")[0])["revision"]
    return replace(request, body=body)


SEEN = option(
    "revision", "Only if it is still as one saw it at this revision.", "body:revision", int
)

describe(
    Command(
        violation,
        "list",
        "GET /api/violations",
        "List violations, the newest first.",
        (*WHICH, option("limit", "So many.", "query:limit", int, default=100)),
        table(*WHAT),
        ("zone violation list --open", "zone violation list --device car-1 --json"),
        is_list=True,
    ),
    Command(
        violation,
        "count",
        "GET /api/violations/count",
        "Say how many violations there are.",
        WHICH,
        line(Column("", "", "count")),
        ("zone violation count --open --handling NEW",),
    ),
    Command(
        violation,
        "show",
        "GET /api/violations/{violation_id}",
        "Show one violation: what was measured, by which rules, and what was done about it.",
        (VIOLATION,),
        lines(*WHOLE),
        ("zone violation show 3f0c…",),
    ),
    Command(
        violation,
        "acknowledge",
        "POST /api/violations/{violation_id}/acknowledge",
        "Take a violation into hand.",
        (VIOLATION, option("note", "What is to be known.", "body:note", default=""), SEEN),
        HANDLED,
        ("zone violation acknowledge 3f0c… --username pan",),
        prepared=_as_it_was_seen,
    ),
    Command(
        violation,
        "resolve",
        "POST /api/violations/{violation_id}/resolve",
        "Say that a violation is dealt with, and how.",
        (
            VIOLATION,
            option("note", "How.", "body:note", default=DEMANDED),
            option(
                "unfounded",
                "It was none, such as a leap of the receiver: it counts against nobody.",
                "body:unfounded",
                bool,
                default=False,
                typed="--unfounded",
            ),
            SEEN,
        ),
        HANDLED,
        ('zone violation resolve 3f0c… --note "warned on the road" --username pan',),
        prepared=_as_it_was_seen,
    ),
)
