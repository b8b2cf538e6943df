"""Commands for reports, and for what everybody may read."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zone_service.commands.described import ActsAs, Command, Password, describe
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.new_files import fail_over
from zone_service.commands.root import example, fail, listed, out, report
from zone_service.commands.showing import Column, line, members
from zone_service.commands.words import argument, file_of_json
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.public_lists import PublicLists

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Name = Annotated[
    str, typer.Argument(metavar="MONTH|YEAR", help="Such as 2026-12, or 2026 for the public.")
]
Number = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]
ReportId = Annotated[str, typer.Argument(metavar="REPORT", help="As `zone report list` has it.")]


@report.command("public", epilog=example("zone report public", "zone report public --geojson"))
def report_public(
    *,
    as_json: AsJson = False,
    geojson: Annotated[bool, typer.Option("--geojson", help="The places with outlines.")] = False,
    chinese: InChinese = None,
) -> None:
    """List what everybody may read: opened roads and areas, and the permits in force."""
    with nothing_begun():
        from zone_service.report_keeping import public_lists

    found = public_lists(load())
    if as_json or geojson:
        typer.echo(_geojson(found) if geojson else _json(found))
        return
    _tell_places(found, zh=is_chinese(chinese))
    out.print()
    _tell_permits(found, zh=is_chinese(chinese))


def _json(found: "PublicLists") -> str:
    with nothing_begun():
        import msgspec

    return msgspec.json.encode({"places": found.places, "permits": found.permits}).decode()


def _geojson(found: "PublicLists") -> str:
    with nothing_begun():
        import msgspec

    features = [each for place in found.places for each in found.features[place.zone_id]]
    told = {"type": "FeatureCollection", "datum": "WGS84", "features": features}
    return msgspec.json.encode(told).decode()


def _tell_places(found: "PublicLists", *, zh: bool) -> None:
    names = {"road": "道路", "route": "航线", "area": "区域"}
    listed(
        ("编号", "种类", "公里", "平方公里", "许可", "名称")
        if zh
        else ("id", "kind", "km", "km²", "permits", "name"),
        (
            (
                each.zone_id,
                names[each.kind] if zh else each.kind,
                _number(each.length_km),
                _number(each.area_km2),
                str(len(each.permits)),
                each.name_zh if zh else each.name,
            )
            for each in found.places
        ),
    )


def _tell_permits(found: "PublicLists", *, zh: bool) -> None:
    with nothing_begun():
        from permits.issuing import SHANGHAI
        from zone_service.certificate_words import kind_name

    listed(
        ("许可", "种类", "持有人", "设备", "有效期至（不含）")
        if zh
        else ("permit", "kind", "holder", "devices", "valid before"),
        (
            (
                each.number,
                kind_name(each.kind)[zh],
                each.holder or "–",
                str(each.devices),
                f"{each.valid_to.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            )
            for each in found.permits
        ),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


@report.command(
    "make",
    epilog=example(
        "zone report make 2026-12 --username wang", "zone report make 2026 --username wang"
    ),
)
def report_make(
    name: Name,
    username: ActsAs,
    password: Password = "",
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Make a report from the store's figures: of a month to the ministries, of a year to the public.

    A report whose period still goes on is refused. Made again, it is the next edition; all are kept.
    """
    with nothing_begun():
        from permits.report_periods import ReportKind, ReportRefused
        from permits.rule_words import Language
        from zone_service.acting import Named
        from zone_service.report_keeping import made
        from zone_service.schemas.reports import ReportWithFigures

    zh = is_chinese(chinese)
    kind = ReportKind.HALF_YEARLY if "-" in name else ReportKind.ANNUAL
    try:
        found = made(load(), Named(username, password), kind, name)
    except ReportRefused as refused:
        fail(refused.said(Language.CHINESE if zh else Language.ENGLISH))
    if as_json:
        typer.echo(ReportWithFigures.with_figures(found).model_dump_json())
        return
    period = f"{found.period.begins} – {found.period.last}"
    out.print(f"{found.report_id}  {period}", highlight=False)


@report.command("list", epilog=example("zone report list"))
def report_list(*, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """List the reports of the authority."""
    with nothing_begun():
        from zone_service.report_keeping import reports_there
        from zone_service.schemas.reports import ReportShown

    found = reports_there(load(), None)
    if as_json:
        shown = (ReportShown.of(each).model_dump_json() for each in found)
        typer.echo(f"[{', '.join(shown)}]")
        return
    listed(
        ("编号", "起", "止", "规则集", "PDF SHA-256")
        if is_chinese(chinese)
        else ("id", "from", "to", "rules", "SHA-256 of the PDF"),
        (
            (
                each.report_id,
                f"{each.period.begins}",
                f"{each.period.last}",
                each.rules,
                each.pdf_sha256,
            )
            for each in found
        ),
    )


@report.command("save", epilog=example("zone report save half-yearly-2026-12-1 --xlsx"))
def report_save(
    report_id: ReportId,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Else named as the report.")
    ] = None,
    *,
    xlsx: Annotated[bool, typer.Option("--xlsx", help="The workbook, and not the PDF.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Over a file that is there.")] = False,
    chinese: InChinese = None,
) -> None:
    """Save a report as a file, as it was made."""
    with nothing_begun():
        from zone_service.report_keeping import report_file

    ending = "xlsx" if xlsx else "pdf"
    found, content = report_file(load(), report_id, ending)
    target = output or Path(f"{found.report_id}.{ending}")
    try:
        with target.open("wb" if force else "xb") as written:
            written.write(content)
    except FileExistsError:
        fail_over(target, zh=is_chinese(chinese), may_force=True)
    digest = found.xlsx_sha256 if xlsx else found.pdf_sha256
    typer.echo(f"{found.report_id} → {target}\nSHA-256 {digest}")


@report.command("check", epilog=example("zone report check half-yearly-2026-12-1"))
def report_check(report_id: ReportId, *, chinese: InChinese = None) -> None:
    """Make a report again from the store as it was known then; exit status 1 where it differs."""
    with nothing_begun():
        from zone_service.report_keeping import checked

    found = checked(load(), report_id)
    zh = is_chinese(chinese)
    if found.same:
        out.print("完全一致" if zh else "the same, byte for byte")
        return
    if found.figures_same:
        fail("数据一致，文件不同" if zh else "the same figures, other files")
    fail("数据不同" if zh else "other figures")


@report.command("due", epilog=example("zone report due"))
def report_due(*, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """Show the latest report of each kind that can be made, whether it was, and by when it must be."""
    with nothing_begun():
        from permits.issuing import SHANGHAI
        from zone_service.report_keeping import due_now

    found = due_now(load())
    if as_json:
        typer.echo(f"[{', '.join(each.model_dump_json() for each in found)}]")
        return
    zh = is_chinese(chinese)
    late = ("已逾期", "") if zh else ("overdue", "")
    listed(
        ("报告", "种类", "期限（不含）", "首次编制", "")
        if zh
        else ("report", "kind", "due before", "first made", ""),
        (
            (
                each.name,
                each.kind,
                "–" if each.due_at is None else f"{each.due_at.astimezone(SHANGHAI):%Y-%m-%d}",
                "–" if each.made_at is None else f"{each.made_at.astimezone(SHANGHAI):%Y-%m-%d}",
                late[not each.overdue],
            )
            for each in found
        ),
    )


describe(
    Command(
        report,
        "file",
        "POST /api/permits/{number}/reports",
        "File the report of a stage of a permit, or its final one.",
        (
            argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT"),
            file_of_json("JSON as the API takes it; a dash: what is piped in."),
        ),
        line(
            Column("", "", "kind"),
            Column("", "", "stage"),
            Column("", "", "begins"),
            Column("", "", "ends"),
        ),
        ("zone report file RT-2026-000001 stage.json --username olga",),
    ),
    Command(
        report,
        "show",
        "GET /api/reports/{report_id}",
        "Show a report of the authority with its figures, as it was made.",
        (
            argument(
                "report_id", "As `zone report list` has it.", "path:report_id", metavar="REPORT"
            ),
        ),
        members(),
        ("zone report show half-yearly-2026-12-1 --json",),
    ),
)


@report.command("of", epilog=example("zone report of RT-2026-000001"))
def report_of(number: Number, *, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """Show what was reported on a permit, and what is owed."""
    with nothing_begun():
        from zone_service.report_keeping import reports_of

    found = reports_of(load(), number)
    if as_json:
        typer.echo(found.model_dump_json())
        return
    zh = is_chinese(chinese)
    owed, done = ("应交", "已交") if zh else ("owed", "filed")
    listed(
        ("状态", "种类", "阶段", "起", "止（不含）", "日期")
        if zh
        else ("standing", "kind", "stage", "from", "before", "by or at"),
        [
            *(
                (
                    done,
                    each.kind,
                    str(each.stage or "–"),
                    f"{each.begins}",
                    f"{each.ends}",
                    f"{each.filed_at:%Y-%m-%d}",
                )
                for each in found.filed
            ),
            *(
                (
                    owed,
                    each.kind,
                    str(each.stage or "–"),
                    f"{each.begins}",
                    f"{each.ends}",
                    f"{each.last_day}",
                )
                for each in found.owed
            ),
        ],
    )
