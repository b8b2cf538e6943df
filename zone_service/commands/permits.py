"""Commands for permits: which there are, what is due of them, and what was done."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zone_service.clock import now
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import example, fail, listed, out, permit
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.permit import PermitState
    from permits.rule_words import Language
    from zone_service.schemas.permits import DueShown

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]


@permit.command(
    "list", epilog=example("zone permit list --overdue", "zone permit list --state ACTIVE")
)
def permit_list(
    *,
    overdue: Annotated[
        bool,
        typer.Option("--overdue", help="Only those of which somebody owes a step and is late."),
    ] = False,
    state: Annotated[str, typer.Option(help="Only those in a state, such as SUBMITTED.")] = "",
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List the permits, and of each what is due next, by whom and until when."""
    with nothing_begun():
        from zone_service.permit_keeping import permits_there

    language = language_of(zh=is_chinese(chinese))
    found = permits_there(
        load(), now(), language, overdue=overdue, state=_state(state) if state else None
    )
    if as_json:
        typer.echo(_json([each.model_dump(mode="json") for each in found]))
        return
    zh = is_chinese(chinese)
    columns = ("permit", "kind", "state", "holder", "due next", "by whom", "until")
    rows = ((each, each.deadlines[0] if each.deadlines else None) for each in found)
    listed(
        ("许可", "种类", "状态", "持有人", "下一期限", "责任方", "截止") if zh else columns,
        (
            (
                each.number,
                each.kind,
                each.state,
                each.holder_id,
                due.name if due else "–",
                due.who_said if due else "–",
                _until(due, language) if due else "–",
            )
            for each, due in rows
        ),
    )


@permit.command("show", epilog=example("zone permit show RT-2026-000001"))
def permit_show(
    number: Annotated[str, typer.Argument(metavar="PERMIT", help="Its number.")],
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Show one permit: what is due of it, and every step of its life."""
    with nothing_begun():
        from zone_service.permit_keeping import one_permit
        from zone_service.store.errors import NotFound

    zh = is_chinese(chinese)
    language = language_of(zh=zh)
    try:
        found = one_permit(load(), number, now(), language)
    except NotFound:
        fail(
            f"没有许可 {number!r}" if zh else f"no permit {number!r}: `zone permit list` shows all"
        )
    if as_json:
        typer.echo(_json(found.model_dump(mode="json")))
        return
    out.print(f"{found.number}  {found.kind}  {found.state}", highlight=False, markup=False)
    if found.warning_id:
        said = "航行警告" if zh else "navigational warning"
        out.print(f"{said}  {found.warning_id}", highlight=False, markup=False)
    columns = ("due", "by whom", "until", "calendar")
    listed(
        ("期限", "责任方", "截止", "工作日历") if zh else columns,
        (
            (due.name, due.who_said, _until(due, language), _calendar(due, language))
            for due in found.deadlines
        ),
    )
    listed(
        ("时间", "法律效力自", "步骤", "状态", "经办", "理由")
        if zh
        else ("at", "counts from", "step", "state", "by", "reason"),
        (
            (
                _moment(step.at),
                _moment(step.effective_at),
                step.action,
                step.after,
                step.by,
                step.reason or "–",
            )
            for step in found.history
        ),
    )


def _until(due: "DueShown", language: "Language") -> str:
    """Return the end in Shanghai time and what has become of it; the moment in UTC is in the JSON."""
    from permits.step_words import step_words

    if due.until_local is None:
        return step_words("paused", language, left=due.left_working_days)
    key = "overdue" if due.overdue else "closed" if due.passed and not due.owed else ""
    return due.until_local + (f" ({step_words(key, language)})" if key else "")


def _calendar(due: "DueShown", language: "Language") -> str:
    from permits.step_words import step_words

    return step_words("assumed", language) if due.calendar == "assumed" else "–"


def _moment(moment: Any) -> str:
    from permits.step_checks import local_text

    return local_text(moment)


def _state(given: str) -> "PermitState":
    from permits.permit import PermitState

    try:
        return PermitState(given.upper())
    except ValueError:
        fail(f"{given!r}: expected one of {', '.join(PermitState)}")


def language_of(*, zh: bool) -> "Language":
    """Return the language in which a command speaks."""
    from permits.rule_words import Language

    return Language.CHINESE if zh else Language.ENGLISH


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
