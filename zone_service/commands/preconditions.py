"""Commands for preconditions: what must hold before a permit is granted, whether it does, attesting it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from permits.precondition_codes import PreconditionCode
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.reviewing import Password, Username
from zone_service.commands.root import example, fail, listed, out, permit
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.schemas.preconditions import (
        AnswerShown,
        FigureShown,
        PreconditionShown,
        PreconditionsShown,
    )

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Number = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]


@permit.command(
    "preconditions",
    epilog=example(
        "zone permit preconditions RT-2026-000001",
        "zone permit preconditions RT-2026-000001 --json",
    ),
)
def permit_preconditions(
    number: Number, *, as_json: AsJson = False, chinese: InChinese = None
) -> None:
    """Show every precondition of a permit with its figures; the exit status is 1 where granting is refused."""
    with nothing_begun():
        from zone_service.precondition_keeping import preconditions_of
        from zone_service.store.errors import NotFound

    zh = is_chinese(chinese)
    try:
        found = preconditions_of(load(), number)
    except NotFound:
        fail(
            f"没有许可 {number!r}" if zh else f"no permit {number!r}: `zone permit list` shows all"
        )
    _show(found, as_json=as_json, zh=zh)
    raise typer.Exit(1 if found.refuses["grant"] else 0)  # type: ignore[index]


@permit.command(
    "attest",
    epilog=example(
        "zone permit attest RT-2026-000001 DATA_LINK_TEST_PASSED D-0000012 --username rita",
        "zone permit attest RT-2026-000001 NETSEC_ASSESSED D-0000013 --not-met "
        '--note "two items are open" --username rita',
    ),
)
def permit_attest(
    number: Number,
    code: Annotated[PreconditionCode, typer.Argument(help="Which precondition.")],
    document_id: Annotated[
        str, typer.Argument(metavar="DOCUMENT", help="By which document, such as D-0000012.")
    ],
    username: Username,
    password: Password,
    note: Annotated[str, typer.Option(help="What it shows; kept on record.")] = "",
    *,
    met: Annotated[bool, typer.Option("--met/--not-met", help="Whether it shows it.")] = True,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Attest by a document, as somebody of a department, what the figures leave open."""
    with nothing_begun():
        from permits.paper_words import PapersRefused
        from permits.review import ReviewError
        from permits.rule_words import Language
        from zone_service.precondition_keeping import attested

    zh = is_chinese(chinese)
    try:
        found = attested(load(), username, password, number, code, document_id, met=met, note=note)
    except (PapersRefused, ReviewError) as error:
        fail(error.said(Language.CHINESE if zh else Language.ENGLISH))
    _show(found, as_json=as_json, zh=zh)


def _show(found: "PreconditionsShown", *, as_json: bool, zh: bool) -> None:
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
        return
    out.print(f"{found.number}  {found.state}  {found.rules}", highlight=False, markup=False)
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
            "; ".join(_figure(one, zh=zh) for one in answer.figures) or "–",
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
