"""Commands for joint review: what waits for one's department, votes, third parties and their opinions."""

from typing import Any

from permits.department import Department
from permits.opinion import OpinionKind, Verdict
from permits.review import Choice
from permits.states import PermitKind
from zone_service.commands.described import Command, describe
from zone_service.commands.root import err, review
from zone_service.commands.showing import (
    NOTHING,
    Column,
    found_at,
    line,
    lined,
    said,
    table,
    together,
    within,
)
from zone_service.commands.words import DEMANDED, argument, moment, of_json, option

PERMIT = argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT")
AWAITED = table(
    Column("permit", "许可", "number"),
    Column("kind", "种类", "kind"),
    Column("holder", "申请单位", "holder_id"),
    Column("round", "轮次", "round"),
    Column("must vote", "须表决", "mandatory"),
    Column("since", "自", "opened_at"),
    Column("decide until", "须决定于", "due_at"),
    none=("nothing waits for your department", "没有待表决的许可"),
)
CONDITIONS = (
    option(
        "conditions", "All of them, such as hours, as JSON; else by the words beside it.",
        "body:conditions", metavar="FILE", read=of_json,
    ),
    option("max_speed_mps", "A condition: metres a second.", "body:conditions.max_speed_mps", float),
    option(
        "max_height_agl_m", "A condition: metres above ground.", "body:conditions.max_height_agl_m", float
    ),
    option("only_zone", "A condition: nowhere else; repeat.", "body:conditions.only_zone_ids", list[str]),
    option(
        "excluded_zone", "A condition: not there; repeat.", "body:conditions.excluded_zone_ids", list[str]
    ),
    option(
        "mode", "A condition: in no other control mode; repeat.", "body:conditions.control_modes", list[str]
    ),
    option("max_vehicles", "A condition: so many at most.", "body:conditions.max_vehicles", int),
    option(
        "min_visibility_m", "A condition: metres of visibility.", "body:conditions.min_visibility_m", float
    ),
    option("max_wind_mps", "A condition: wind in metres a second.", "body:conditions.max_wind_mps", float),
    option("valid_to", "A condition: not beyond this time.", "body:conditions.valid_to", read=moment),
    option("other", "A condition in words; repeat.", "body:conditions.others", list[str]),
)  # fmt: skip


def _ballots(item: Any, *, zh: bool) -> None:
    columns = (
        Column("round", "轮次", "round"),
        Column("department", "部门", "name", "name_zh"),
        Column("must vote", "须表决", "mandatory"),
        Column("vote", "表决", _vote),
        Column("reason, what is missing", "理由、补正内容", _reason),
        Column("conditions", "条件", "conditions"),
    )
    rounds = item["rounds"]
    ballots = [{**each, "round": one["round"]} for one in rounds for each in one["ballots"]]
    lined(columns, ballots, zh=zh)


def _vote(item: Any, *, zh: bool) -> str:
    voted = "已表决" if zh else "has voted"
    return item["choice"] or (voted if item["has_voted"] else NOTHING)


def _reason(item: Any, *, zh: bool) -> str:
    return "; ".join(filter(None, (item["reason"], *item["missing"])))


def _warnings(item: Any, *, zh: bool) -> None:
    for each in item["rounds"][-1:]:
        for warning in each["warnings"]:
            err.print(warning["detail_zh" if zh else "detail"], highlight=False, markup=False)


def _if_any(at: str, *columns: Column) -> Any:
    shown = within(at, *columns)

    def told(item: Any, *, zh: bool) -> None:
        if found_at(item, at):
            shown(item, zh=zh)

    return told


def _came_to(item: Any, *, zh: bool) -> str:
    return said(item["rounds"][-1]["outcome"] if item["rounds"] else None, zh=zh)


REVIEW = together(
    line(Column("", "", "number"), Column("", "", "state"), Column("", "", _came_to)),
    _ballots,
    _if_any(
        "assessors",
        Column("asked", "受托方", "organisation_id"),
        Column("as", "性质", "kind"),
        Column("since", "自", "at"),
    ),
    _if_any(
        "opinions",
        Column("opinion of", "意见出具方", "organisation_id"),
        Column("finding", "结论", "verdict"),
        Column("text", "内容", "text"),
        Column("document", "文件", "document_id"),
    ),
    _warnings,
)

describe(
    Command(
        review,
        "list",
        "GET /api/reviews",
        "List the permits that wait for the vote of one's department.",
        (
            option("kind", "Of this kind.", "query:kind", PermitKind),
            option(
                "due_before",
                "Only what is to be decided before this time.",
                "query:due_before",
                metavar="TIME",
                read=moment,
            ),
        ),
        AWAITED,
        (
            "zone review list --username rita",
            "zone review list --due-before 2026-12-01 --username rita",
        ),
        is_list=True,
        needs_somebody=True,
    ),
    Command(
        review,
        "show",
        "GET /api/permits/{number}/review",
        "Show who has voted on a permit, and what; whose opinion is asked, and what it is.",
        (PERMIT,),
        REVIEW,
        ("zone review show RT-2026-000001 --username rita",),
    ),
    Command(
        review,
        "vote",
        "POST /api/permits/{number}/review/votes",
        "Cast the vote of one's department; the last one decides.",
        (
            PERMIT,
            argument("choice", "What one votes.", "body:choice", Choice),
            option("reason", "Why; APPROVE needs none.", "body:reason", default=""),
            option(
                "missing", "What a RETURN misses; once for each item.", "body:missing", list[str]
            ),
            *CONDITIONS,
            option(
                "department",
                "For which, where one votes for several.",
                "body:department",
                Department,
            ),
        ),
        REVIEW,
        (
            "zone review vote RT-2026-000001 APPROVE --username rita",
            (
                'zone review vote RT-2026-000001 APPROVE_WITH_CONDITIONS --reason "school near by" '
                "--max-speed-mps 8.3 --username rita"
            ),
            (
                'zone review vote RT-2026-000001 RETURN --username rita --reason "not complete" '
                '--missing "the insurance"'
            ),
        ),
    ),
    Command(
        review,
        "ask",
        "POST /api/permits/{number}/review/assessors",
        "Ask a third party or a panel of experts: from then on its people see the permit.",
        (
            PERMIT,
            argument("organisation", "Its id.", "body:organisation_id", metavar="ORGANISATION"),
            option("kind", "As what.", "body:kind", OpinionKind, default=DEMANDED, typed="--as"),
        ),
        REVIEW,
        ("zone review ask RT-2026-000001 lab --as third_party --username rita",),
    ),
    Command(
        review,
        "opinion",
        "POST /api/permits/{number}/review/opinions",
        "Give the opinion of one's organisation on a permit that it is asked about.",
        (
            PERMIT,
            argument("verdict", "What it finds.", "body:verdict", Verdict),
            option("text", "The opinion.", "body:text", default=DEMANDED),
            option("document", "The document with it, by its id.", "body:document_id"),
        ),
        REVIEW,
        (
            (
                'zone review opinion RT-2026-000001 favourable --text "240 hours without a takeover" '
                "--document D-0000012 --username lin"
            ),
        ),
    ),
)
