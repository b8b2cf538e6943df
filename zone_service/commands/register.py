"""Commands for the register: what is registered, one entry with the class of an aircraft, links."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import example, fail, listed, out, register
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
EntryId = Annotated[str, typer.Argument(metavar="ENTRY", help="Its id in the register.")]


@register.command("add", epilog=example("zone register add car.json"))
def register_add(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="JSON as POST /api/register takes it."
        ),
    ],
    *,
    chinese: InChinese = None,
) -> None:
    """Register a vehicle, an aircraft, a vessel, a person or a consortium."""
    with nothing_begun():
        from permits.paper_words import PapersRefused
        from permits.rule_words import Language
        from zone_service.register_keeping import registered

    try:
        made = registered(load(), file.read_text("utf-8"))
    except UnicodeDecodeError:
        fail(f"{file} is not a text in UTF-8")
    except PapersRefused as error:
        fail(error.said(Language.CHINESE if is_chinese(chinese) else Language.ENGLISH))
    out.print(made.entry_id, highlight=False)


@register.command("list", epilog=example("zone register list --kind vehicle"))
def register_list(
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List what is registered: kind, organisation, what it is, its device."""
    with nothing_begun():
        from permits.document_kinds import COVERED_NAMES, CoveredKind
        from zone_service.register_keeping import entries_there

    if kind and kind not in set(CoveredKind):
        fail(f"kind {kind!r}: expected one of {', '.join(CoveredKind)}")
    found = entries_there(load(), CoveredKind(kind) if kind else None)
    if as_json:
        typer.echo(_json([each.model_dump(mode="json") for each in found]))
        return
    zh = is_chinese(chinese)
    columns = ("entry", "kind", "organisation", "what", "device", "state")
    listed(
        ("编号", "种类", "单位", "内容", "设备", "状态") if zh else columns,
        (
            (
                each.entry_id,
                COVERED_NAMES[each.kind][1 if zh else 0],
                each.organisation_id,
                _what(each.particulars),
                each.device_id or "–",
                _state(active=each.active, zh=zh),
            )
            for each in found
        ),
    )


@register.command("show", epilog=example("zone register show kite-1"))
def register_show(entry_id: EntryId, *, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """Show one entry; of an aircraft its class by the rule set in force, and why."""
    with nothing_begun():
        from zone_service.register_keeping import one_entry

    found = one_entry(load(), entry_id)
    if as_json:
        typer.echo(_json(found.model_dump(mode="json")))
        return
    for name, value in found.particulars.items():
        out.print(f"{name}  {value}", highlight=False, markup=False)
    if found.classed is None:
        return
    zh = is_chinese(chinese)
    for each in found.classed.tried:
        condition = each.condition_zh if zh else each.condition
        said = f"{each.aircraft_class}  {each.verdict}  {condition}"
        out.print(said, highlight=False, markup=False)


@register.command("link", epilog=example("zone register link swift-1 car-1"))
def register_link(
    entry_id: EntryId,
    device_id: Annotated[
        str, typer.Argument(metavar="DEVICE", help="By which it is seen to move; none without.")
    ] = "",
) -> None:
    """Say by which device something is seen to move."""
    with nothing_begun():
        from zone_service.register_keeping import linked

    linked(load(), entry_id, device_id or None)
    out.print(f"{entry_id} → {device_id or '–'}", highlight=False)


def _what(particulars: dict[str, Any]) -> str:
    names = ("vin", "code", "upic", "mmsi", "registration", "name")
    return next((str(particulars[name]) for name in names if particulars.get(name)), "–")


def _state(*, active: bool, zh: bool) -> str:
    if zh:
        return "在用" if active else "停用"
    return "in service" if active else "out of service"


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
