"""Commands for who and what there is: organisations, one device, and what vehicles have driven."""

from typing import Any

from zone_service.commands.described import Command, describe, seen
from zone_service.commands.fences import STATES
from zone_service.commands.root import device, driven, operator
from zone_service.commands.showing import Column, line, lines, table
from zone_service.commands.words import DEMANDED, argument, option
from zone_service.store.roles import Department, OrganisationKind

DEVICE = argument("device_id", "Its id.", "path:device_id", metavar="DEVICE")
ENTRY = argument("entry_id", "The vehicle's id in the register.", "path:entry_id", metavar="ENTRY")
WHO = (
    Column("organisation", "单位", "organisation_id"),
    Column("kind", "种类", "kind"),
    Column("department", "部门", "department"),
    Column("name", "名称", "name"),
)
WHAT = (
    Column("device", "设备", "device_id"),
    Column("organisation", "单位", "organisation_id"),
    Column("domain", "领域", "domain"),
    Column("codec", "协议", "codec"),
    Column("id in payloads", "报文内编号", "wire_id"),
    Column("datum", "坐标系", "datum"),
    Column("in service", "在用", "active"),
    Column("label", "名称", "label"),
)
ON_BOARD = (
    Column("zones on board", "机载区域", lambda item, *, zh: STATES[item["fence"]][zh]),
    Column("version of now", "现行版本", "fence_version"),
    Column("holds version", "所持版本", "fence_held_version"),
)
FIGURE = (
    Column("figure", "序号", "figure_id"),
    Column("from", "起", "begins"),
    Column("to", "止", "ends"),
    Column("segment", "路段", "zone_id"),
    Column("km", "公里", "automated_km"),
    Column("hours", "小时", "automated_h"),
    Column("takeovers", "接管", "takeovers"),
    Column("document", "文件", "document_id"),
    Column("declared by", "申报", "declared_by"),
    Column("attested by", "核验", "attested_by"),
)


def _standing(item: Any, *, zh: bool) -> str:
    if item["active"]:
        return "在用" if zh else "in service"
    return "停用" if zh else "out of service"


ONE_FIGURE = lines(*FIGURE)

describe(
    Command(
        operator,
        "list",
        "GET /api/operators",
        "List organisations: operators, departments, the police, third parties.",
        (),
        table(*WHO),
        ("zone operator list",),
        is_list=True,
    ),
    Command(
        operator,
        "add",
        "POST /api/operators",
        "Add an organisation.",
        (
            argument("organisation_id", "Its id.", "body:organisation_id", metavar="ORGANISATION"),
            option("name", "What it is called.", "body:name", default=DEMANDED),
            option("kind", "What it is.", "body:kind", OrganisationKind),
            option("department", "Which, of a department.", "body:department", Department),
        ),
        line(Column("", "", "organisation_id"), Column("", "", "kind")),
        ('zone operator add acme --name "Acme Driving" --username wang',),
    ),
    Command(
        operator,
        "end",
        "DELETE /api/operators/{organisation_id}",
        "Say that the legal person of an operator has ended; its permits are struck off by the platform.",
        (argument("organisation_id", "Its id.", "path:organisation_id", metavar="ORGANISATION"),),
        line(Column("", "", "organisation_id"), Column("", "", "ended_at")),
        ("zone operator end acme --username wang",),
    ),
    Command(
        device,
        "show",
        "GET /api/devices/{device_id}",
        "Show one device as it is registered, and whether its unit has the zones that it is to know.",
        (DEVICE,),
        lines(*WHAT, *ON_BOARD),
        ("zone device show car-1",),
    ),
    Command(
        device,
        "amend",
        "PATCH /api/devices/{device_id}",
        "Change what a device is called, by people or in its payloads; what is not named stays.",
        (
            DEVICE,
            option(
                "wire_id",
                "Its id inside its payloads; an empty one is its own id.",
                "body:wire_id",
                read=lambda typed, _: typed or None,
            ),
            option(
                "label",
                "What people call it; its id where empty.",
                "body:label",
                read=lambda typed, _: typed or None,
            ),
        ),
        lines(*WHAT),
        ("zone device amend bus-1 --wire-id 13912345678 --username olga",),
        prepared=seen(""),
    ),
    Command(
        device,
        "deactivate",
        "DELETE /api/devices/{device_id}",
        "Take a device out of service for good; its credential goes with it.",
        (DEVICE,),
        line(Column("", "", "device_id"), Column("", "", _standing)),
        ("zone device deactivate car-1 --username olga",),
    ),
    Command(
        driven,
        "list",
        "GET /api/register/{entry_id}/driven",
        "List what a vehicle has driven, as it was declared, and who has attested it.",
        (ENTRY,),
        table(*FIGURE),
        ("zone driven list car-1",),
        is_list=True,
    ),
    Command(
        driven,
        "declare",
        "POST /api/register/{entry_id}/driven",
        "Declare what a vehicle has driven in automated mode; it counts once it is attested.",
        (
            ENTRY,
            option("begins", "The first day.", "body:begins", default=DEMANDED, typed="--from"),
            option("ends", "The last day.", "body:ends", default=DEMANDED, typed="--to"),
            option(
                "document_id",
                "What shows it.",
                "body:document_id",
                default=DEMANDED,
                typed="--document",
            ),
            option("zone", "On which segment; else on none in particular.", "body:zone_id"),
            option("km", "Kilometres in automated mode.", "body:automated_km", float),
            option("hours", "Hours in automated mode.", "body:automated_h", float),
            option("supervised_rides", "How many.", "body:supervised_rides", int),
            option("loaded_rides", "How many with people in it.", "body:loaded_rides", int),
            option("takeovers", "How many.", "body:takeovers", int),
            option("at_fault_accidents", "How many.", "body:at_fault_accidents", int),
            option("traffic_violations", "How many.", "body:traffic_violations", int),
        ),
        ONE_FIGURE,
        (
            (
                "zone driven declare car-1 --from 2026-03-01 --to 2026-03-31 --km 2400 --hours 120.5 "
                "--document D-0000012 --username olga"
            ),
        ),
    ),
    Command(
        driven,
        "attest",
        "POST /api/register/{entry_id}/driven/{figure_id}/attestation",
        "Confirm a figure by its document, as somebody of a department.",
        (ENTRY, argument("figure_id", "Its number.", "path:figure_id", int, metavar="FIGURE")),
        ONE_FIGURE,
        ("zone driven attest car-1 1 --username rita",),
    ),
)
