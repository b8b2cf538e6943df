"""Commands for matters under permits: what is suspended of them, and how that goes on."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from permits.matter_states import MatterAction, MatterKind
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.permits import language_of
from zone_service.commands.root import example, fail, listed, out, suspension
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.matter_step import MatterDetail
    from zone_service.matter_keeping import Typed
    from zone_service.schemas.matters import MatterShown

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Username = Annotated[str, typer.Option(help="As whom.")]
Password = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        envvar="ZONE_PASSWORD",
        help="Asked for where it is not given.",
    ),
]
Permit = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]
OfPermit = Annotated[str, typer.Option("--permit", help="Only those under one permit.")]
Overdue = Annotated[
    bool, typer.Option("--overdue", help="Only those in which somebody owes a step and is late.")
]
IsOpen = Annotated[bool, typer.Option("--open", help="Only those that are not over.")]
Reason = Annotated[str, typer.Option(help="Why; decisions against somebody need one.")]
Documents = Annotated[
    list[str] | None,
    typer.Option("--document", help="A document about the permit, by its id; once for each."),
]


@suspension.command("list", epilog=example("zone suspension list --open"))
def suspension_list(
    of_permit: OfPermit = "",
    *,
    overdue: Overdue = False,
    is_open: IsOpen = False,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List what is suspended of permits: vehicles and segments, and what is due of each."""
    list_matters(
        (MatterKind.SUSPENSION,), of_permit, overdue=overdue, is_open=is_open, as_json=as_json,
        zh=is_chinese(chinese),
    )  # fmt: skip


@suspension.command("show", epilog=example("zone suspension show SU-2026-000001"))
def suspension_show(
    matter_id: Annotated[str, typer.Argument(metavar="SUSPENSION", help="Its id.")],
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Show one suspension: what is due of it, and every step."""
    show_matter(matter_id, as_json=as_json, zh=is_chinese(chinese))


@suspension.command(
    "order",
    epilog=example(
        "zone suspension order RT-2026-000001 --vehicle car-1 --reason "
        '"ran a red light" --username pan'
    ),
)
def suspension_order(
    number: Permit,
    username: Username,
    password: Password,
    reason: Annotated[str, typer.Option(help="Why.")],
    vehicle: Annotated[
        list[str] | None, typer.Option(help="A vehicle, by its device; once for each.")
    ] = None,
    segment: Annotated[
        list[str] | None, typer.Option(help="A segment, by its zone; once for each.")
    ] = None,
    document: Documents = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Suspend vehicles or segments of a permit at once; the rest goes on."""
    with nothing_begun():
        from permits.matter import Suspension
        from zone_service.matter_keeping import begin

    zh = is_chinese(chinese)
    about = Suspension(frozenset(vehicle or ()), frozenset(segment or ()))
    typed = typed_by(username, password, zh=zh)

    def ordered() -> "MatterShown":
        return begin(
            load(), typed, number, MatterKind.SUSPENSION, MatterAction.SUSPEND, about, reason,
            tuple(document or ()),
        )  # fmt: skip

    done(ordered, as_json=as_json, zh=zh)


@suspension.command(
    "act",
    epilog=example(
        "zone suspension act SU-2026-000001 START_RECTIFICATION --username sam",
        "zone suspension act SU-2026-000001 REQUEST_RESUME --document D-0000007 --username sam",
        "zone suspension act SU-2026-000001 RESUME --username pan",
    ),
)
def suspension_act(
    matter_id: Annotated[str, typer.Argument(metavar="SUSPENSION", help="Its id.")],
    action: Annotated[MatterAction, typer.Argument(help="The step; `show` says which there are.")],
    username: Username,
    password: Password,
    reason: Reason = "",
    document: Documents = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Take a suspension further: order or report what is put right, refuse, or let go on."""
    act_in(
        matter_id, action, typed_by(username, password, zh=is_chinese(chinese)), reason,
        document, as_json=as_json, zh=is_chinese(chinese),
    )  # fmt: skip


def list_matters(
    kinds: Sequence[MatterKind],
    of_permit: str,
    *,
    overdue: bool,
    is_open: bool,
    as_json: bool,
    zh: bool,
) -> None:
    """Print a list of matters."""
    with nothing_begun():
        from zone_service.matter_keeping import matters_there

    found = matters_there(
        load(), kinds, language_of(zh=zh), number=of_permit, overdue=overdue,
        is_open=True if is_open else None,
    )  # fmt: skip
    if as_json:
        typer.echo(_json([each.model_dump(mode="json") for each in found]))
        return
    if not found:
        out.print("没有符合条件的事项" if zh else "there is none")
        return
    dues = ((each, each.deadlines[0] if each.deadlines else None) for each in found)
    listed(
        ("编号", "种类", "许可", "状态", "下一期限", "责任方", "截止")
        if zh
        else ("id", "kind", "permit", "state", "due next", "by whom", "until"),
        (
            (
                each.matter_id,
                each.kind_name,
                each.permit,
                each.state,
                due.name if due else "–",
                due.who_said if due else "–",
                _until(due, zh=zh),
            )
            for each, due in dues
        ),
    )


def show_matter(matter_id: str, *, as_json: bool, zh: bool) -> None:
    """Print one matter."""
    with nothing_begun():
        from zone_service.matter_keeping import one_matter

    done(lambda: one_matter(load(), matter_id, language_of(zh=zh)), as_json=as_json, zh=zh)


def act_in(
    matter_id: str,
    action: MatterAction,
    typed: "Typed",
    reason: str,
    document: list[str] | None,
    details: "Mapping[MatterDetail, str] | None" = None,
    *,
    as_json: bool,
    zh: bool,
) -> None:
    """Do one step in a matter and print it."""
    with nothing_begun():
        from zone_service.matter_keeping import act

    done(
        lambda: act(load(), typed, matter_id, action, reason, tuple(document or ()), details),
        as_json=as_json,
        zh=zh,
    )


def done(does: Callable[[], "MatterShown"], *, as_json: bool, zh: bool) -> None:
    """Print the matter that something comes to, or say why it is refused."""
    from permits.matter_refusals import MatterError
    from permits.paper_words import PapersRefused
    from permits.permit import ActionNotAllowed, StepRefused
    from zone_service.store.errors import Conflict, InvalidValue, NotAllowed, NotFound

    try:
        found = does()
    except (MatterError, PapersRefused, StepRefused) as error:
        fail(error.said(language_of(zh=zh)))
    except NotFound as error:
        fail(f"没有 {error.key!r}" if zh else str(error))
    except (Conflict, InvalidValue, NotAllowed, ActionNotAllowed) as error:
        fail(str(error))
    if as_json:
        typer.echo(_json(found.model_dump(mode="json")))
        return
    _print(found, zh=zh)


def typed_by(username: str, password: str, *, zh: bool) -> "Typed":
    """Return who types."""
    from zone_service.matter_keeping import Typed

    return Typed(username, password, language_of(zh=zh))


def _print(found: "MatterShown", *, zh: bool) -> None:
    head = f"{found.matter_id}  {found.kind_name}  {found.permit}  {found.state}"
    out.print(head, highlight=False, markup=False)
    for name, said in found.about.items():
        if said not in (None, [], {}, ""):
            out.print(f"{name}: {_said(said)}", highlight=False, markup=False)
    listed(
        ("期限", "责任方", "截止", "步骤") if zh else ("due", "by whom", "until", "steps"),
        (
            (due.name, due.who_said, _until(due, zh=zh), ", ".join(due.actions))
            for due in found.deadlines
        ),
    )
    listed(
        ("时间", "步骤", "状态", "经办", "理由", "材料")
        if zh
        else ("at", "step", "state", "by", "reason", "papers"),
        (
            (
                f"{step.at:%Y-%m-%d %H:%M}",
                step.action,
                step.after,
                step.by,
                step.reason or "–",
                ", ".join(each.document_id for each in step.papers) or "–",
            )
            for step in found.history
        ),
    )


def _until(due: Any, *, zh: bool) -> str:
    if due is None:
        return "–"
    late = " (已逾期)" if zh else " (overdue)"
    return f"{due.until_local}{late if due.overdue else ''}"


def _said(found: Any) -> str:
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
