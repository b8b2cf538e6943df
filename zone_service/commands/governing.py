"""Commands for graded governance: the sandbox, and what follows breaches."""

from typing import Any

from permits.governance_file import Opinion
from permits.governance_states import FileAction, FileKind, FileState
from zone_service.commands.described import Command, describe
from zone_service.commands.root import governance
from zone_service.commands.showing import Column, line, members, named, table, together, within
from zone_service.commands.words import DEMANDED, argument, file_of_json, of_json, option

FILE = argument("file_id", "Such as SB-2026-000001.", "path:file_id", metavar="FILE")
GIVEN = file_of_json("JSON as the API takes it; a dash: what is piped in.")


def _about(item: Any, *, zh: bool) -> str:
    return str(item["about"].get("title") or item["about"].get("code"))


FILES = table(
    Column("id", "编号", "file_id"),
    Column("kind", "种类", "kind"),
    Column("of", "单位", "organisation_id"),
    Column("state", "状态", "state_name"),
    Column("about", "内容", _about),
)
MOVED = line(Column("", "", "file_id"), Column("", "", "state_name"), between=": ")
APPLIED = together(
    MOVED,
    named(Column("high risk", "高风险事项", "high_risk_names")),
    named(Column("not declared", "未申报事项", "undeclared_names")),
)
WHOLE = together(
    MOVED,
    named(Column("of", "单位", "organisation_id")),
    members("about"),
    named(Column("until", "期限", "due_at")),
    named(Column("high risk", "高风险事项", "high_risk_names")),
    named(Column("not declared", "未申报事项", "undeclared_names")),
    named(Column("what may be done", "可办理", "allowed")),
    within(
        "history",
        Column("at", "时间", "at"),
        Column("step", "步骤", "action_name"),
        Column("state", "状态", "after"),
        Column("by", "经办", "by"),
        Column("reason", "理由", "reason"),
    ),
)

describe(
    Command(
        governance,
        "list",
        "GET /api/governance",
        "List the files of the sandbox and of breaches that one may see.",
        (
            option("kind", "One kind of files alone.", "query:kind", FileKind),
            option("state", "In this state.", "query:state", FileState),
            option("organisation", "Of this organisation.", "query:organisation_id"),
            option(
                "owed",
                "Only what is to be put right still, or was never controlled.",
                "query:owed",
                bool,
                default=False,
                typed="--owed",
            ),
            option(
                "overdue",
                "Only those whose time is over.",
                "query:overdue",
                bool,
                default=False,
                typed="--overdue",
            ),
        ),
        FILES,
        ("zone governance list --username rita",),
        is_list=True,
    ),
    Command(
        governance,
        "show",
        "GET /api/governance/{file_id}",
        "Show one file: what it is about, what may be done, and every step.",
        (FILE,),
        WHOLE,
        ("zone governance show BR-2026-000002",),
    ),
    Command(
        governance,
        "disclosed",
        "GET /api/public/disclosures",
        "List what was disclosed before it was tried, as everybody may read it.",
        (),
        table(
            Column("file", "编号", "file_id"),
            Column("of", "单位", "organisation"),
            Column("title", "名称", "title"),
            Column("published", "公开日期", "published_on"),
            Column("from", "起", "begins"),
            Column("to", "止", "ends"),
            Column("state", "状态", "state_name", "state_name_zh"),
            Column("controlled", "控制日期", "controlled_on"),
            Column("finding", "结论", "finding"),
            Column("risks", "风险", "risks"),
            Column("measures", "措施", "measures"),
        ),
        ("zone governance disclosed --chinese",),
        is_list=True,
    ),
    Command(
        governance,
        "apply",
        "POST /api/governance/sandbox",
        "Apply for a product or scenario to be admitted to the sandbox.",
        (GIVEN,),
        APPLIED,
        ("zone governance apply ours.json --username olga",),
    ),
    Command(
        governance,
        "breach",
        "POST /api/governance/breaches",
        "Open the file of a breach.",
        (GIVEN,),
        MOVED,
        ("zone governance breach seen.json --username paul",),
    ),
    Command(
        governance,
        "act",
        "POST /api/governance/{file_id}/actions",
        "Do one step with a file; what may not be done is refused by name.",
        (
            FILE,
            argument("action", "What is done.", "body:action", FileAction, metavar="ACTION"),
            option("reason", "Why; every step says it.", "body:reason", default=DEMANDED),
            option("opinion", "With GIVE_OPINION.", "body:opinion", Opinion),
            option(
                "said",
                "What is said with DISCLOSE, CONTROL, INTERVIEW or TRANSFER_TO_POLICE: JSON as the API "
                "takes it.",
                "body:",
                metavar="FILE",
                read=of_json,
            ),
        ),
        MOVED,
        ('zone governance act BR-2026-000002 REMIND --reason "first time" --username paul',),
    ),
)
