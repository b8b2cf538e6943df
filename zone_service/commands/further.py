"""Commands for what is applied for under permits: changes, further vehicles, renewals."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from permits.matter_states import FURTHER, MatterAction, MatterKind
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
from zone_service.commands.root import example, further
from zone_service.commands.times import time_typed
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.matter import About

FurtherId = Annotated[str, typer.Argument(metavar="APPLICATION", help="Its id.")]


@further.command("list", epilog=example("zone further list --open"))
def further_list(
    of_permit: OfPermit = "",
    *,
    overdue: Overdue = False,
    is_open: IsOpen = False,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List what is applied for under permits, and of each until when it is to be decided."""
    list_matters(
        sorted(FURTHER), of_permit, overdue=overdue, is_open=is_open, as_json=as_json,
        zh=is_chinese(chinese),
    )  # fmt: skip


@further.command("show", epilog=example("zone further show CH-2026-000001"))
def further_show(
    matter_id: FurtherId, *, as_json: AsJson = False, chinese: InChinese = None
) -> None:
    """Show one application: what is asked for, who has consented, and every step."""
    show_matter(matter_id, as_json=as_json, zh=is_chinese(chinese))


@further.command(
    "change",
    epilog=example(
        "zone further change RT-2026-000001 --max-speed-mps 12.5 --username sam",
        "zone further change RT-2026-000001 --zone road-1 --zone road-2 --username sam",
    ),
)
def further_change(
    number: Permit,
    username: Username,
    password: Password,
    zone: Annotated[
        list[str] | None, typer.Option(help="All segments from then on; once for each.")
    ] = None,
    mode: Annotated[
        list[str] | None, typer.Option(help="All control modes from then on; once for each.")
    ] = None,
    max_speed_mps: Annotated[float | None, typer.Option(help="Metres a second.")] = None,
    max_height_agl_m: Annotated[float | None, typer.Option(help="Metres above ground.")] = None,
    reason: Reason = "",
    document: Documents = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Apply for other terms; what is not named stays as it is."""
    from permits.further import Change

    wanted: dict[str, Any] = {
        "zone_ids": zone,
        "control_modes": mode,
        "max_speed_mps": max_speed_mps,
        "max_height_agl_m": max_height_agl_m,
    }
    named = {name: said for name, said in wanted.items() if said is not None}
    _apply(
        number, MatterKind.CHANGE, Change(named), username, password, reason, document,
        as_json=as_json, zh=is_chinese(chinese),
    )  # fmt: skip


@further.command(
    "vehicles", epilog=example("zone further vehicles RT-2026-000001 V-2 V-3 --username sam")
)
def further_vehicles(
    number: Permit,
    entry: Annotated[
        list[str], typer.Argument(metavar="ENTRY…", help="By their ids in the register.")
    ],
    username: Username,
    password: Password,
    reason: Reason = "",
    document: Documents = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Apply for further vehicles of the configuration of one that was tested."""
    from permits.further import Addition

    _apply(
        number, MatterKind.ADD_VEHICLES, Addition(tuple(entry)), username, password, reason,
        document, as_json=as_json, zh=is_chinese(chinese),
    )  # fmt: skip


@further.command(
    "renew",
    epilog=example(
        "zone further renew RT-2026-000001 --until 2027-06-01T00:00+08:00 --username sam"
    ),
)
def further_renew(
    number: Permit,
    username: Username,
    password: Password,
    until: Annotated[str, typer.Option(help="Its new end; else as long as may be.")] = "",
    reason: Reason = "",
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Apply for a renewal; with a summary report where the rule set asks for one."""
    from permits.further import Renewal

    ends = datetime.fromtimestamp(time_typed(until, "--until"), UTC) if until else None
    _apply(
        number, MatterKind.RENEWAL, Renewal(ends), username, password, reason, None,
        as_json=as_json, zh=is_chinese(chinese),
    )  # fmt: skip


@further.command(
    "act",
    epilog=example(
        "zone further act CH-2026-000001 CONSENT --username rita",
        'zone further act CH-2026-000001 RETURN --reason "say why" --username rita',
    ),
)
def further_act(
    matter_id: FurtherId,
    action: Annotated[MatterAction, typer.Argument(help="Plates are given by the API.")],
    username: Username,
    password: Password,
    reason: Reason = "",
    document: Documents = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Take an application further: consent, send back, refuse, come again, take back."""
    zh = is_chinese(chinese)
    typed = typed_by(username, password, zh=zh)
    act_in(matter_id, action, typed, reason, document, as_json=as_json, zh=zh)


def _apply(
    number: str,
    kind: MatterKind,
    about: "About",
    username: str,
    password: str,
    reason: str,
    document: list[str] | None,
    *,
    as_json: bool,
    zh: bool,
) -> None:
    with nothing_begun():
        from zone_service.matter_keeping import begin

    typed = typed_by(username, password, zh=zh)
    done(
        lambda: begin(
            load(), typed, number, kind, MatterAction.APPLY, about, reason, tuple(document or ())
        ),
        as_json=as_json,
        zh=zh,
    )
