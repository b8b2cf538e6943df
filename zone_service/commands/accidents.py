"""Commands for accidents: reported, looked at, accepted."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from permits.accident import Liability
from permits.matter_states import MatterAction, MatterKind, MatterState
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.matters import (
    AsJson,
    Documents,
    IsOpen,
    OfPermit,
    Overdue,
    Password,
    Permit,
    Reason,
    Username,
    act_in,
    done,
    list_matters,
    show_matter,
    typed_by,
)
from zone_service.commands.permits import language_of
from zone_service.commands.root import accident, example, fail
from zone_service.commands.times import time_typed
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

AccidentId = Annotated[str, typer.Argument(metavar="ACCIDENT", help="Its id.")]
People = Annotated[int, typer.Option(min=0, max=10_000, help="How many people.")]
_ACCEPTS = {
    MatterState.REPORT_FILED: MatterAction.ACCEPT_REPORT,
    MatterState.ANALYSIS_FILED: MatterAction.ACCEPT_ANALYSIS,
}


@accident.command("list", epilog=example("zone accident list --overdue"))
def accident_list(
    of_permit: OfPermit = "",
    *,
    overdue: Overdue = False,
    is_open: IsOpen = False,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List accidents, and of each which report is owed next and until when."""
    list_matters(
        (MatterKind.ACCIDENT,), of_permit, overdue=overdue, is_open=is_open, as_json=as_json,
        zh=is_chinese(chinese),
    )  # fmt: skip


@accident.command("show", epilog=example("zone accident show AC-2026-000001"))
def accident_show(
    matter_id: AccidentId, *, as_json: AsJson = False, chinese: InChinese = None
) -> None:
    """Show one accident: what is owed, and every step with its papers."""
    show_matter(matter_id, as_json=as_json, zh=is_chinese(chinese))


@accident.command(
    "report",
    epilog=example(
        "zone accident report RT-2026-000001 --vehicle car-1 --at 2026-11-27T08:30+08:00 "
        '--place "Ring road, km 3" --account "touched a scooter" --slightly-injured 1 '
        "--username sam"
    ),
)
def accident_report(
    number: Permit,
    vehicle: Annotated[list[str], typer.Option(help="A vehicle in it, by its device; repeat.")],
    at: Annotated[str, typer.Option(help="When it happened, with its offset.")],
    place: Annotated[str, typer.Option(help="Where.")],
    account: Annotated[str, typer.Option(help="What happened; name nobody.")],
    username: Username,
    password: Password,
    killed: People = 0,
    seriously_injured: People = 0,
    slightly_injured: People = 0,
    mode: Annotated[str, typer.Option(help="Who or what drove, such as AUTONOMOUS.")] = "",
    document: Documents = None,
    *,
    vehicle_destroyed: Annotated[
        bool, typer.Option("--vehicle-destroyed", help="A vehicle is beyond repair.")
    ] = False,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Report an accident: its vehicles stop until the reports are accepted."""
    with nothing_begun():
        from permits.accident import Accident, Harm
        from zone_service.matter_keeping import tell

    zh = is_chinese(chinese)
    told = Accident(
        occurred_at=datetime.fromtimestamp(time_typed(at, "--at"), UTC),
        device_ids=frozenset(vehicle),
        place=place,
        account=account,
        control_mode=mode,
        harm=Harm(killed, seriously_injured, slightly_injured, vehicle_destroyed),
    )
    typed = typed_by(username, password, zh=zh)
    done(lambda: tell(load(), typed, number, told, tuple(document or ())), as_json=as_json, zh=zh)


@accident.command("accept", epilog=example("zone accident accept AC-2026-000001 --username pan"))
def accident_accept(
    matter_id: AccidentId,
    username: Username,
    password: Password,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Accept what was filed, the report or the analysis; with the analysis the vehicles go on."""
    with nothing_begun():
        from zone_service.matter_keeping import one_matter
        from zone_service.store.errors import NotFound

    zh = is_chinese(chinese)
    try:
        state = one_matter(load(), matter_id, language_of(zh=zh)).state
    except NotFound:
        fail(f"没有 {matter_id!r}" if zh else f"no accident {matter_id!r}")
    action = _ACCEPTS.get(state, MatterAction.ACCEPT_REPORT)
    act_in(matter_id, action, typed_by(username, password, zh=zh), "", None, as_json=as_json, zh=zh)


@accident.command(
    "act",
    epilog=example(
        "zone accident act AC-2026-000001 FILE_REPORT --document D-0000007 --username sam",
        "zone accident act AC-2026-000001 DETERMINE_LIABILITY --liability NONE "
        '--reason "file 12 of the police" --username pan',
    ),
)
def accident_act(
    matter_id: AccidentId,
    action: Annotated[MatterAction, typer.Argument(help="The step; `show` says which there are.")],
    username: Username,
    password: Password,
    reason: Reason = "",
    document: Documents = None,
    liability: Annotated[
        Liability | None, typer.Option(help="Who is liable, with DETERMINE_LIABILITY.")
    ] = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Take an accident further: file or return a report or an analysis, decide who is liable."""
    from permits.matter_step import MatterDetail

    zh = is_chinese(chinese)
    said = {MatterDetail.LIABILITY: liability.value} if liability else None
    act_in(
        matter_id, action, typed_by(username, password, zh=zh), reason, document, said,
        as_json=as_json, zh=zh,
    )  # fmt: skip
