"""Commands for preconditions: what must hold before a permit is granted, whether it does, attesting it."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from permits.precondition_codes import PreconditionCode
from zone_service.commands.described import Command, describe
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import example, fail, listed, out, permit
from zone_service.commands.words import argument, option
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.asking import Api, Request
    from zone_service.schemas.preconditions import (
        AnswerShown,
        FigureShown,
        PreconditionShown,
        PreconditionsShown,
        ToldShown,
    )

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Number = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]
OfMatter = Annotated[
    str, typer.Option("--matter", help="As the permit would be, were this application granted.")
]


@permit.command(
    "preconditions",
    epilog=example(
        "zone permit preconditions RT-2026-000001",
        "zone permit preconditions RT-2026-000001 --json",
        "zone permit preconditions RT-2026-000001 --matter CH-2026-000001",
    ),
)
def permit_preconditions(
    number: Number,
    matter: OfMatter = "",
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Show every precondition of a permit with its figures; the exit status is 1 where granting is refused."""
    with nothing_begun():
        from permits.rule_words import Language
        from zone_service.precondition_keeping import preconditions_of, preconditions_of_matter
        from zone_service.store.errors import Conflict, NotFound

    zh = is_chinese(chinese)
    try:
        found = (
            preconditions_of_matter(load(), number, matter)
            if matter
            else preconditions_of(load(), number)
        )
    except NotFound as error:
        if error.key != number:
            fail(error.said(Language.CHINESE if zh else Language.ENGLISH))
        fail(
            f"没有许可 {number!r}：`zone permit list` 可列出全部许可"
            if zh
            else f"no permit {number!r}: `zone permit list` shows all"
        )
    except Conflict as error:
        fail(error.said(Language.CHINESE if zh else Language.ENGLISH))
    _show(found, as_json=as_json, zh=zh)
    raise typer.Exit(1 if found.refuses["grant"] else 0)  # type: ignore[index]


def _of_matter(_: "Api", request: "Request") -> "Request":
    """Attest of what is asked for under the permit, where that is named, and not of the permit."""
    body = dict(request.body or {})
    matter = body.pop("matter", None)
    if matter is None:
        return request
    address = f"/api/matters/{quote(matter, safe='')}/preconditions/attestations"
    return replace(request, address=address, body=body)


def _as_table(item: Any, *, zh: bool) -> None:
    from zone_service.schemas.preconditions import PreconditionsShown

    _show(PreconditionsShown.model_validate(item), as_json=False, zh=zh)


describe(
    Command(
        permit,
        "attest",
        "POST /api/permits/{number}/preconditions/attestations",
        "Attest by a document, as somebody of a department, what the figures leave open.",
        (
            argument("number", "Such as RT-2026-000001.", "path:number", metavar="PERMIT"),
            argument("code", "Which precondition.", "body:code", PreconditionCode),
            argument(
                "document_id",
                "By which document, such as D-0000012.",
                "body:document_id",
                metavar="DOCUMENT",
            ),
            option("note", "What it shows; kept on record.", "body:note", default=""),
            option(
                "met",
                "Whether it shows it.",
                "body:met",
                bool,
                default=True,
                typed="--met/--not-met",
            ),
            option("matter", "Of what is asked for in this application.", "body:matter"),
        ),
        _as_table,
        (
            "zone permit attest RT-2026-000001 DATA_LINK_TEST_PASSED D-0000012 --username rita",
            (
                "zone permit attest RT-2026-000001 NETSEC_ASSESSED D-0000013 --not-met "
                '--note "two items are open" --username rita'
            ),
        ),
        fixed={"body:met": True},
        prepared=_of_matter,
    )
)


def _show(found: "PreconditionsShown", *, as_json: bool, zh: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
        return
    head = (found.number, found.matter, found.state, found.rules)
    out.print("  ".join(each for each in head if each), highlight=False, markup=False)
    listed(
        ("前置条件", "内容", "对象", "结果", "数据", "核验", "依据")
        if zh
        else ("precondition", "what must hold", "about", "result", "figures", "attested", "source"),
        (row for each in found.preconditions for row in _rows(each, zh=zh)),
    )
    counts = (found.met, found.not_met, found.unknown)
    said = "满足 {}，不满足 {}，不明 {}" if zh else "{} met, {} not met, {} unknown"
    out.print(said.format(*counts), highlight=False, markup=False)


def _rows(each: "PreconditionShown", *, zh: bool) -> list[tuple[str, ...]]:
    name = each.name_zh if zh else each.name
    source = _source(each, zh=zh)
    if not each.answers:
        return [(each.code, name, "–", _result(each.result, zh=zh), "–", "–", source)]
    return [
        (
            each.code,
            name,
            f"{answer.about} {answer.key}",
            _result(answer.result, zh=zh),
            "; ".join((*(_figure(one, zh=zh) for one in answer.figures), *_told(answer, zh=zh)))
            or "–",
            _attested(answer),
            source,
        )
        for answer in each.answers
    ]


def _result(result: str, *, zh: bool) -> str:
    from permits.condition import Verdict
    from permits.precondition_words import result_name
    from permits.rule_words import Language

    return result_name(Verdict(result), Language.CHINESE if zh else Language.ENGLISH)


def _figure(figure: "FigureShown", *, zh: bool) -> str:
    name, unit = (figure.name_zh, figure.unit_zh) if zh else (figure.name, figure.unit)
    found, limit = _plain(figure.found), _plain(figure.limit)
    return (
        f"{name} {found} ({figure.comparison} {limit} {'' if unit == '1' else unit}".rstrip() + ")"
    )


def _told(answer: "AnswerShown", *, zh: bool) -> list[str]:
    """Return where figures come from that are in no document."""
    sources = [each.said_zh if zh else each.said for each in answer.sources]
    return [*sources, *(_side(each, zh=zh) for each in answer.told)]


def _side(told: "ToldShown", *, zh: bool) -> str:
    """Return what one side tells that a vehicle has driven, and what of it counts."""
    said = told.source.said_zh if zh else told.source.said
    figures = (told.automated_km, told.counted_km, told.automated_h, told.counted_h)
    km, counted_km, hours, counted_h = map(_plain, figures)
    if zh:
        return f"{told.entry_id} {said}：{km} 公里（计入 {counted_km}），{hours} 小时（计入 {counted_h}）"
    return (
        f"{told.entry_id} {said}: {km} km ({counted_km} counted), {hours} h ({counted_h} counted)"
    )


def _plain(value: "bool | float | None") -> str:
    if value is None:
        return "?"
    return str(value).lower() if isinstance(value, bool) else f"{value:,.10g}"


def _attested(answer: "AnswerShown") -> str:
    found = answer.attested
    return "–" if found is None else f"{found.by} {found.document_id} {found.at:%Y-%m-%d}"


def _source(each: "PreconditionShown", *, zh: bool) -> str:
    if each.source is None:
        return "–"
    title = each.source.title_zh if zh else each.source.title
    return f"{title or each.source.rule_set} {each.source.article}".strip()
