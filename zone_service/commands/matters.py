"""Commands for matters under permits: suspensions, accidents, and what is applied for under them."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from permits.accident import Liability
from permits.matter_states import FURTHER, MatterAction, MatterKind, MatterState
from permits.permit import PermitAction
from permits.suspended import SuspendedKind
from permits.suspension_grounds import SuspensionGround
from zone_service.commands.described import Command, describe
from zone_service.commands.reviewing import CONDITIONS
from zone_service.commands.root import accident, further, hearing, matter, suspension
from zone_service.commands.showing import (
    Column,
    line,
    members,
    named,
    next_due,
    table,
    together,
    until,
    within,
)
from zone_service.commands.words import (
    DEMANDED,
    Word,
    argument,
    moment,
    of_json,
    option,
    plates,
)

if TYPE_CHECKING:
    from zone_service.asking import Api, Request

PERMIT = argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT")
REASON = option(
    "reason", "Why; decisions against somebody need one.", "body:reason", str, default=""
)
DOCUMENTS = option(
    "document",
    "A document about the permit, by its id; once for each.",
    "body:document_ids",
    list[str],
)
OTHER_TERMS = option(
    "file",
    "All that differs, such as hours, as JSON; else by the words beside it.",
    "body:change",
    typed="--terms",
    metavar="FILE",
    read=of_json,
)
GIVEN_PLATES = option(
    "plate",
    "The plate of a further vehicle; once for each.",
    "body:plates",
    list[str],
    metavar="DEVICE=PLATE",
    read=plates,
)
LIABILITY = option(
    "liability", "Who is liable, with DETERMINE_LIABILITY.", "body:details.liability", Liability
)

MATTERS = table(
    Column("id", "编号", "matter_id"),
    Column("kind", "种类", "kind_name"),
    Column("permit", "许可", "permit"),
    Column("state", "状态", "state"),
    Column("due next", "下一期限", next_due("name")),
    Column("by whom", "责任方", next_due("who_said")),
    Column("until", "截止", next_due("until")),
    none=("there is none", "没有符合条件的事项"),
)
MATTER = together(
    line(
        Column("", "", "matter_id"),
        Column("", "", "kind_name"),
        Column("", "", "permit"),
        Column("", "", "state"),
    ),
    members("about"),
    within(
        "deadlines",
        Column("due", "期限", "name"),
        Column("by whom", "责任方", "who_said"),
        Column("until", "截止", until),
        Column("steps", "步骤", "actions"),
    ),
    named(Column("what may be done", "可办理", "allowed")),
    within(
        "history",
        Column("at", "时间", "at"),
        Column("step", "步骤", "action"),
        Column("state", "状态", "after"),
        Column("by", "经办", "by"),
        Column("reason", "理由", "reason"),
        Column("papers", "材料", lambda item, *, zh: ", ".join(_ids(item["papers"]))),
    ),
)


def _ids(papers: list[dict[str, str]]) -> list[str]:
    return [each["document_id"] for each in papers]


def _what_was_filed(api: "Api", request: "Request") -> "Request":
    """Accept the analysis where one is filed, else the report."""
    state = api.get(request.address.removesuffix("/actions"))["state"]
    filed = state == MatterState.ANALYSIS_FILED
    action = MatterAction.ACCEPT_ANALYSIS if filed else MatterAction.ACCEPT_REPORT
    return replace(request, body={"action": action.value})


UNDER = option("permit", "Only those under one permit.", "query:permit", str, default="")
OVERDUE = option(
    "overdue", "Only those in which somebody owes a step and is late.", "query:overdue",
    bool, default=False, typed="--overdue",
)  # fmt: skip
WHICH = (
    UNDER,
    OVERDUE,
    option("state", "Only those in this state.", "query:state", MatterState),
    option("is_open", "Only those that go on, or that are over.", "query:open", bool, typed="--open/--over"),
)  # fmt: skip


def _parts(item: Any, *, zh: bool) -> str:
    return ", ".join((*item["device_ids"], *item["zone_ids"]))


def _by(item: Any, *, zh: bool) -> str:
    return str(item["authority"] or item["by"])


def _ground(item: Any, *, zh: bool) -> str:
    return ": ".join(filter(None, (item["ground_name"], item["reason"])))


SUSPENDED = table(
    Column("permit", "许可", "permit"),
    Column("what", "暂停范围", "kind_name"),
    Column("which", "车辆、路段", _parts),
    Column("since", "自", "since"),
    Column("by", "决定方", _by),
    Column("state", "状态", "state"),
    Column("due next", "下一期限", next_due("name")),
    Column("by whom", "责任方", next_due("who_said")),
    Column("until", "截止", next_due("until")),
    Column("matter", "事项", "matter_id"),
    Column("ground", "依据", _ground),
    none=("nothing is suspended", "没有暂停中的许可或部分"),
)


def _listing(group: typer.Typer, kinds: tuple[MatterKind, ...], said: str, typed: str) -> Command:
    words = WHICH
    only = {"query:kind": [each.value for each in kinds]}
    return Command(
        group, "list", "GET /api/matters", said, words, MATTERS, (typed,), fixed=only, is_list=True
    )


def _showing(group: typer.Typer, what: str, said: str, typed: str) -> Command:
    words = (argument("matter_id", "Its id.", "path:matter_id", metavar=what),)
    return Command(group, "show", "GET /api/matters/{matter_id}", said, words, MATTER, (typed,))


def _acting(
    group: typer.Typer, what: str, said: str, *typed: str, more: tuple[Word, ...] = ()
) -> Command:
    words = (
        argument("matter_id", "Its id.", "path:matter_id", metavar=what),
        argument(
            "action",
            "The step; `show` says which there are.",
            "body:action",
            MatterAction,
            metavar="ACTION",
        ),
        REASON,
        DOCUMENTS,
        *more,
    )
    operation = "POST /api/matters/{matter_id}/actions"
    return Command(group, "act", operation, said, words, MATTER, typed)


describe(
    Command(
        matter,
        "list",
        "GET /api/matters",
        "List matters under permits: suspensions, accidents, and what is applied for.",
        (*WHICH, option("kind", "Of this kind; once for each.", "query:kind", list[MatterKind])),
        MATTERS,
        (
            "zone matter list --open --overdue",
            "zone matter list --kind SUSPENSION --permit RT-2026-000001",
        ),
        is_list=True,
    ),
    Command(
        suspension,
        "list",
        "GET /api/suspensions",
        "List what is suspended now: whole permits, and vehicles and segments of others.",
        (
            UNDER,
            option("kind", "Of this kind; once for each.", "query:kind", list[SuspendedKind]),
            option("ground", "On this ground.", "query:ground", SuspensionGround),
            OVERDUE,
        ),
        SUSPENDED,
        ("zone suspension list", "zone suspension list --kind PERMIT --overdue"),
        is_list=True,
    ),
    _showing(
        suspension,
        "SUSPENSION",
        "Show one suspension: what is due of it, what may be done, and every step.",
        "zone suspension show SU-2026-000001",
    ),
    Command(
        suspension,
        "order",
        "POST /api/permits/{number}/suspensions",
        "Suspend vehicles or segments of a permit at once; the rest goes on.",
        (
            PERMIT,
            option("reason", "Why.", "body:reason", default=DEMANDED),
            option(
                "vehicle", "A vehicle, by its device; once for each.", "body:device_ids", list[str]
            ),
            option("segment", "A segment, by its zone; once for each.", "body:zone_ids", list[str]),
            option("ground", "Its kind, beside the reason.", "body:ground", SuspensionGround),
            DOCUMENTS,
        ),
        MATTER,
        (
            (
                "zone suspension order RT-2026-000001 --vehicle car-1 --reason "
                '"ran a red light" --username pan'
            ),
        ),
    ),
    _acting(
        suspension,
        "SUSPENSION",
        "Take a suspension further: order or report what is put right, refuse, or let go on.",
        "zone suspension act SU-2026-000001 START_RECTIFICATION --username sam",
        "zone suspension act SU-2026-000001 REQUEST_RESUME --document D-0000007 --username sam",
        "zone suspension act SU-2026-000001 RESUME --username pan",
    ),
    _listing(
        hearing,
        (MatterKind.HEARING,),
        "List hearings before grave acts, and of each until when it is to be asked for or held.",
        "zone hearing list --open",
    ),
    _showing(
        hearing,
        "HEARING",
        "Show one hearing: what was announced, what may be done, and every step with its minutes.",
        "zone hearing show HE-2026-000001",
    ),
    Command(
        hearing,
        "announce",
        "POST /api/permits/{number}/hearings",
        "Announce a grave act to the holder of a permit, who may ask for a hearing before it is taken.",
        (
            PERMIT,
            argument(
                "action", "What is to be done.", "body:action", PermitAction, metavar="ACTION"
            ),
            option("reason", "Why.", "body:reason", default=DEMANDED),
            option("facts", "On what facts.", "body:facts", default=DEMANDED),
            DOCUMENTS,
        ),
        MATTER,
        (
            (
                'zone hearing announce RT-2026-000001 REVOKE --reason "no officer in the car" '
                '--facts "recordings of 3 and 5 November" --username pan'
            ),
        ),
    ),
    _acting(
        hearing,
        "HEARING",
        "Take a hearing further: ask for it, waive it, hold it with its minutes, or drop what was announced.",
        'zone hearing act HE-2026-000001 ASK --reason "the officer was there" --username sam',
        "zone hearing act HE-2026-000001 HOLD --document D-0000009 --username pan",
        'zone permit act RT-2026-000001 REVOKE --reason "as announced" --username pan',
    ),
    _listing(
        accident,
        (MatterKind.ACCIDENT,),
        "List accidents, and of each which report is owed next and until when.",
        "zone accident list --overdue",
    ),
    _showing(
        accident,
        "ACCIDENT",
        "Show one accident: what is owed, what may be done, and every step with its papers.",
        "zone accident show AC-2026-000001",
    ),
    Command(
        accident,
        "report",
        "POST /api/permits/{number}/accidents",
        "Report an accident: its vehicles stop until the reports are accepted.",
        (
            PERMIT,
            option(
                "vehicle",
                "A vehicle in it, by its device; repeat.",
                "body:device_ids",
                list[str],
                default=DEMANDED,
            ),
            option(
                "at",
                "When it happened, with its offset.",
                "body:occurred_at",
                default=DEMANDED,
                read=moment,
            ),
            option("place", "Where.", "body:place", default=DEMANDED),
            option("account", "What happened; name nobody.", "body:account", default=DEMANDED),
            option("killed", "How many people.", "body:harm.killed", int, default=0),
            option(
                "seriously_injured",
                "How many people.",
                "body:harm.seriously_injured",
                int,
                default=0,
            ),
            option(
                "slightly_injured", "How many people.", "body:harm.slightly_injured", int, default=0
            ),
            option(
                "vehicle_destroyed",
                "A vehicle is beyond repair.",
                "body:harm.vehicle_destroyed",
                bool,
                default=False,
                typed="--vehicle-destroyed",
            ),
            option(
                "mode", "Who or what drove, such as AUTONOMOUS.", "body:control_mode", default=""
            ),
            option("landed_at", "When an aircraft landed after it.", "body:landed_at", read=moment),
            DOCUMENTS,
        ),
        MATTER,
        (
            (
                "zone accident report RT-2026-000001 --vehicle car-1 --at 2026-11-27T08:30+08:00 "
                '--place "Ring road, km 3" --account "touched a scooter" --slightly-injured 1 '
                "--username sam"
            ),
        ),
    ),
    Command(
        accident,
        "accept",
        "POST /api/matters/{matter_id}/actions",
        "Accept what was filed, the report or the analysis; with the analysis the vehicles go on.",
        (argument("matter_id", "Its id.", "path:matter_id", metavar="ACCIDENT"),),
        MATTER,
        ("zone accident accept AC-2026-000001 --username pan",),
        prepared=_what_was_filed,
    ),
    _acting(
        accident,
        "ACCIDENT",
        "Take an accident further: file or return a report or an analysis, decide who is liable.",
        "zone accident act AC-2026-000001 FILE_REPORT --document D-0000007 --username sam",
        "zone accident act AC-2026-000001 DETERMINE_LIABILITY --liability NONE "
        '--reason "file 12 of the police" --username pan',
        more=(LIABILITY,),
    ),
    _listing(
        further,
        tuple(sorted(FURTHER)),
        "List what is applied for under permits, and of each until when it is to be decided.",
        "zone further list --open",
    ),
    _showing(
        further,
        "APPLICATION",
        "Show one application: what is asked for, who has consented, and every step.",
        "zone further show CH-2026-000001",
    ),
    Command(
        further,
        "change",
        "POST /api/permits/{number}/further-applications",
        "Apply for other terms; what is not named stays as it is.",
        (
            PERMIT,
            OTHER_TERMS,
            option(
                "zone",
                "All segments from then on; once for each.",
                "body:change.zone_ids",
                list[str],
            ),
            option(
                "mode",
                "All control modes from then on; once for each.",
                "body:change.control_modes",
                list[str],
            ),
            option(
                "person",
                "All safety officers, remote operators and pilots from then on; once for each.",
                "body:change.people",
                list[str],
            ),
            option(
                "leaving",
                "A member that leaves the consortium, with all that it brings; once for each.",
                "body:change.leaving",
                list[str],
            ),
            option("max_speed_mps", "Metres a second.", "body:change.max_speed_mps", float),
            option(
                "max_height_agl_m", "Metres above ground.", "body:change.max_height_agl_m", float
            ),
            REASON,
            DOCUMENTS,
        ),
        MATTER,
        (
            "zone further change RT-2026-000001 --max-speed-mps 12.5 --username sam",
            "zone further change RT-2026-000001 --zone road-1 --zone road-2 --username sam",
        ),
        fixed={"body:kind": MatterKind.CHANGE.value, "body:change": {}},
    ),
    Command(
        further,
        "vehicles",
        "POST /api/permits/{number}/further-applications",
        "Apply for further vehicles of the configuration of one that was tested.",
        (
            PERMIT,
            argument(
                "entry",
                "By their ids in the register.",
                "body:entry_ids",
                list[str],
                metavar="ENTRY…",
            ),
            REASON,
            DOCUMENTS,
        ),
        MATTER,
        ('zone further vehicles RT-2026-000001 V-2 V-3 --reason "A second shift." --username sam',),
        fixed={"body:kind": MatterKind.ADD_VEHICLES.value},
    ),
    Command(
        further,
        "renew",
        "POST /api/permits/{number}/further-applications",
        "Apply for a renewal; with a summary report where the rule set asks for one.",
        (
            PERMIT,
            option(
                "until", "Its new end; else as long as may be.", "body:asked_until", read=moment
            ),
            REASON,
            DOCUMENTS,
        ),
        MATTER,
        ("zone further renew RT-2026-000001 --until 2027-06-01T00:00+08:00 --username sam",),
        fixed={"body:kind": MatterKind.RENEWAL.value},
    ),
    _acting(
        further,
        "APPLICATION",
        "Take an application further: consent, send back, refuse, come again, take back, give plates.",
        "zone further act CH-2026-000001 CONSENT --username rita",
        'zone further act CH-2026-000001 CONSENT --max-speed-mps 8.3 --reason "a school" --username rita',
        'zone further act CH-2026-000001 RETURN --reason "say why" --username rita',
        'zone further act AD-2026-000001 CONSENT --plate "car-2=沪A0002试" --username pan',
        more=(GIVEN_PLATES, *CONDITIONS),
    ),
)
