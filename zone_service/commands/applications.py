"""Commands for applications: what one says and lacks, filling it in, samples to try things out."""

import json
from typing import Annotated, Any

import typer

from permits.document_kinds import COVERED_NAMES, CoveredKind
from zone_service.commands.described import ActsAs, Command, Password, describe, seen
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import application, example, out
from zone_service.commands.showing import Column, line, said, table, within
from zone_service.commands.words import argument, file_of_json, moment, option
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Number = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]


@application.command("show", epilog=example("zone application show RT-2026-000001"))
def application_show(number: Number, *, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """Show all that an application lacks; the exit status is 1 where there is something."""
    with nothing_begun():
        from zone_service.application_keeping import application_there

    found = application_there(load(), number)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
    else:
        zh = is_chinese(chinese)
        for each in found.missing:
            said = each.message_zh if zh else each.message
            out.print(said, highlight=False, markup=False)
        if found.complete:
            out.print("材料齐全" if zh else "complete")
    raise typer.Exit(0 if found.complete else 1)


def _missing(item: Any, *, zh: bool) -> str:
    return f"缺少 {len(item['missing'])} 项" if zh else f"{len(item['missing'])} missing"


describe(
    Command(
        application,
        "put",
        "PUT /api/permits/{number}/application",
        "Fill in an application, whole, while it is a draft or returned.",
        (
            argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT"),
            file_of_json(
                "JSON as PUT …/application takes it, alone or as `application` of a sample; a dash: "
                "what is piped in.",
                part="application",
            ),
        ),
        line(Column("", "", "number"), Column("", "", _missing), between=": "),
        ("zone application put RT-2026-000001 ours.json --username olga",),
        prepared=seen(""),
    )
)


PERMIT = argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT")
ENTRY = argument("entry_id", "Its id in the register.", "path:entry_id", metavar="ENTRY")


def _kind_of(item: Any, *, zh: bool) -> str:
    return COVERED_NAMES[CoveredKind(item["kind"])][1 if zh else 0]


def _consent(item: Any, *, zh: bool) -> str:
    if item["holders"]:
        return "申请单位自有" if zh else "the holder's own"
    if item["consented_at"] is None:
        return "未获同意" if zh else "no consent"
    said = f"{item['consented_by']} {item['consented_at']}"
    return f"{said} 同意" if zh else f"consent of {said}"


def _named(item: Any, *, zh: bool) -> str:
    if zh:
        return "已列入" if item["named"] else "未列入"
    return "named" if item["named"] else "not named"


BROUGHT = (
    Column("entry", "编号", "entry_id"),
    Column("kind", "种类", _kind_of),
    Column("organisation", "单位", "organisation_id"),
    Column("device", "设备", "device_id"),
    Column("consent", "同意", _consent),
    Column("application", "申请", _named),
)


def _free(item: Any, *, zh: bool) -> str:
    found = (
        (each["zone_id"], said(slot["begins"], zh=zh), said(slot["ends"], zh=zh))
        for each in item["zones"]
        for slot in each["free"]
    )
    return ("；" if zh else "; ").join(f"{zone} {begins} – {ends}" for zone, begins, ends in found)


describe(
    Command(
        application,
        "slots",
        "GET /api/test-bases",
        "List the test bases, and which slots of each are free.",
        (
            option(
                "begins",
                "From this moment on; now, if it is left out.",
                "query:from",
                typed="--from",
                metavar="TIME",
                read=moment,
            ),
            option(
                "ends",
                "Until then; for a week, if it is left out.",
                "query:to",
                typed="--to",
                metavar="TIME",
                read=moment,
            ),
            option("aircraft", "So many at once.", "query:aircraft", int),
            option("jurisdiction", "Whose bases; ours, if it is left out.", "query:jurisdiction"),
        ),
        within(
            "bases",
            Column("base", "试验基地", "name"),
            Column("height, m", "真高（米）", "height_max_agl_m"),
            Column("free", "空闲时段", _free),
        ),
        ("zone application slots --from 2026-12-01T08:00+08:00 --to 2026-12-01T18:00+08:00",),
    ),
    Command(
        application,
        "brought",
        "GET /api/permits/{number}/brought",
        "List what is named under a permit, or may be, and which organisation brings it.",
        (PERMIT,),
        table(*BROUGHT),
        ("zone application brought RT-2026-000001",),
        is_list=True,
    ),
    Command(
        application,
        "bring",
        "PUT /api/permits/{number}/brought/{entry_id}",
        "Consent, as a member of its consortium, that something of one's own is named under a permit.",
        (PERMIT, ENTRY),
        line(*BROUGHT),
        ("zone application bring RT-2026-000001 swift-1 --username kim",),
    ),
    Command(
        application,
        "take-back",
        "DELETE /api/permits/{number}/brought/{entry_id}",
        "Take that consent back, as long as nothing that was handed in rests on it.",
        (PERMIT, ENTRY),
        line(*BROUGHT),
        ("zone application take-back RT-2026-000001 swift-1 --username kim",),
    ),
)


@application.command(
    "sample", epilog=example("zone application sample RT-2026-000001 --username olga")
)
def application_sample(
    number: Number, username: ActsAs, password: Password = "", *, chinese: InChinese = None
) -> None:
    """Hand in samples of all that an application lacks, to try things out; not in production."""
    with nothing_begun():
        from zone_service.acting import Named
        from zone_service.application_keeping import with_samples

    count = with_samples(load(), Named(username, password), number)
    zh = is_chinese(chinese)
    said = (
        f"{count} 份样例材料；均非真实材料"
        if zh
        else f"{count} sample documents; none of them is true"
    )
    out.print(f"{number}: {said}", highlight=False)
