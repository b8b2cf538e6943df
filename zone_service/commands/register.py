"""Commands for the register: what is registered, filed anew, linked to its device, taken out of service."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from permits.document_kinds import CoveredKind
from zone_service.commands.described import Command, describe, seen
from zone_service.commands.root import out, register
from zone_service.commands.showing import Column, line, members, named, table, together
from zone_service.commands.words import argument, file_of_json, option
from zone_service.interrupts import nothing_begun

if TYPE_CHECKING:
    from zone_service.asking import Api, Request

ENTRY = argument("entry_id", "Its id in the register.", "path:entry_id", metavar="ENTRY")


def _kind(item: Any, *, zh: bool) -> str:
    from permits.document_kinds import COVERED_NAMES

    return COVERED_NAMES[CoveredKind(item["kind"])][1 if zh else 0]


def _what(item: Any, *, zh: bool) -> str:
    names = ("vin", "code", "upic", "mmsi", "registration", "name")
    found = (item["particulars"].get(name) for name in names)
    return next((str(each) for each in found if each), "")


def _state(item: Any, *, zh: bool) -> str:
    if zh:
        return "在用" if item["active"] else "停用"
    return "in service" if item["active"] else "out of service"


def _each_of_a_sample(api: "Api", request: "Request") -> "Request":
    """Register one after another what a sample of an application lists; the last is what is told."""
    with nothing_begun():
        from zone_service.asking import answered

    entries = (request.body or {}).get("entries")
    if not entries:
        return request
    *before, last = entries
    for each in before:
        answered(api.ask(replace(request, body=each)))
    return replace(request, body=last)


def _class(item: Any, *, zh: bool) -> None:
    for each in (item.get("classed") or {}).get("tried", ()):
        condition = each["condition_zh" if zh else "condition"]
        said = f"{each['aircraft_class']}  {each['verdict']}  {condition}"
        out.print(said, highlight=False, markup=False)


WHAT = (
    Column("entry", "编号", "entry_id"),
    Column("kind", "种类", _kind),
    Column("organisation", "单位", "organisation_id"),
    Column("what", "内容", _what),
    Column("device", "设备", "device_id"),
    Column("state", "状态", _state),
)
ENTRIES = table(*WHAT)
NAMED = line(Column("", "", "entry_id"))
ONE = together(
    line(*WHAT),
    members("particulars"),
    named(Column("revision", "修订号", "revision")),
    _class,
)

describe(
    Command(
        register,
        "add",
        "POST /api/register",
        "Register a vehicle, an aircraft, a vessel, a person or a consortium.",
        (
            file_of_json(
                "JSON as POST /api/register takes it, or a sample with its `entries`; a dash: what is "
                "piped in."
            ),
        ),
        NAMED,
        ("zone register add car.json --username olga",),
        prepared=_each_of_a_sample,
    ),
    Command(
        register,
        "list",
        "GET /api/register",
        "List what is registered: kind, organisation, what it is, its device.",
        (option("kind", "Only of this kind.", "query:kind", CoveredKind),),
        ENTRIES,
        ("zone register list --kind vehicle",),
        is_list=True,
    ),
    Command(
        register,
        "show",
        "GET /api/register/{entry_id}",
        "Show one entry; of an aircraft its class by the rule set in force, and why.",
        (ENTRY,),
        ONE,
        ("zone register show kite-1",),
    ),
    Command(
        register,
        "amend",
        "PUT /api/register/{entry_id}",
        "File what has changed of something that is registered.",
        (
            ENTRY,
            file_of_json("JSON as PUT /api/register/… takes it: the particulars, whole."),
        ),
        ONE,
        ("zone register amend car-1 car.json --username olga",),
        prepared=seen(""),
    ),
    Command(
        register,
        "link",
        "PUT /api/register/{entry_id}/device",
        "Say by which device something is seen to move.",
        (
            ENTRY,
            argument(
                "device_id",
                "By which it is seen to move; none without.",
                "body:device_id",
                metavar="DEVICE",
                default=None,
            ),
        ),
        line(Column("", "", "entry_id"), Column("", "", "device_id"), between=" → "),
        ("zone register link swift-1 car-1 --username olga",),
        fixed={"body:device_id": None},
        prepared=seen(".."),
    ),
    Command(
        register,
        "retire",
        "DELETE /api/register/{entry_id}",
        "Take something out of service, and off its device.",
        (ENTRY,),
        line(Column("", "", "entry_id"), Column("", "", _state)),
        ("zone register retire swift-1 --username olga",),
        prepared=seen(""),
    ),
)
