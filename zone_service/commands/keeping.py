"""Commands that keep the books: zones, devices with their credentials, people."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from telemetry.report import Datum, Domain
from zone_service.commands.root import device, err, example, fail, maps, out, user
from zone_service.interrupts import nothing_begun
from zone_service.settings import load
from zone_service.store.roles import Role


@maps.command(
    "import",
    epilog=example(
        "zone map import zones.geojson --datum CGCS2000 --dry-run", "zone map import --demo"
    ),
)
def map_import(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="A GeoJSON FeatureCollection."
        ),
    ] = None,
    datum: Annotated[
        Datum | None, typer.Option(help="The datum of its coordinates, where the file is silent.")
    ] = None,
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="The demonstration's map, in place of a file.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Check a file of zones and put it in force, whole or not at all.

    Every problem is listed with its place in the file. The zones that were in force before are
    replaced; the running worker takes the new ones over within a second.
    """
    with nothing_begun():
        from zone_service.zone_import import import_zones

    if demo is (file is not None):
        msg = "expected a file of zones, or --demo, and not both"
        raise typer.BadParameter(msg, param_hint="file")
    name, body = (
        (file.name, file.read_bytes()) if file else ("the demonstration's map", _demo_map())
    )
    report = import_zones(load(), body, datum, dry_run=dry_run)
    for problem in report.problems:
        err.print(f"{problem.path}: {problem.message}", highlight=False, markup=False)
    if report.refused:
        fail(
            f"{name} was refused: {_counted(len(report.problems), 'problem')}, nothing was changed"
        )
    would = "would be in force" if dry_run else f"in force as revision {report.revision}"
    out.print(f"{_counted(report.zones, 'zone')} {would}", highlight=False)


def _demo_map() -> bytes:
    return files("maps").joinpath("demo", "zones.geojson").read_bytes()


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@device.command(
    "add",
    epilog=example(
        "zone device add car-1 --operator acme",
        "zone device add 1581F5FH --operator kites --domain air --codec dji",
    ),
)
def device_add(
    device_id: Annotated[str, typer.Argument(help="3 to 64 of A-Z a-z 0-9 _ -")],
    operator: Annotated[
        str, typer.Option(help="The organisation it belongs to; made where there is none.")
    ],
    domain: Annotated[Domain, typer.Option(help="Where it moves.")] = Domain.ROAD,
    label: Annotated[str, typer.Option(help="What people call it; its id where empty.")] = "",
    codec: Annotated[str, typer.Option(help="canonical, dji or jt808")] = "canonical",
    wire_id: Annotated[
        str, typer.Option(help="Its id inside its payloads, where that differs.")
    ] = "",
    datum: Annotated[Datum, typer.Option(help="The datum it sends.")] = Datum.WGS84,
) -> None:
    """Register a device and show its credential, once.

    A running platform lets it in within a second.
    """
    with nothing_begun():
        from zone_service.broker import device_client_id
        from zone_service.provision import add_device
        from zone_service.store.records import Device

    described = Device(
        device_id, operator, domain, label or device_id, codec, wire_id or None, datum
    )
    registered = add_device(load(), described)
    if registered.operator_is_new:
        err.print(f"operator {operator} is new and was made", highlight=False)
    out.print(f"username  {device_id}", highlight=False)
    out.print(f"password  {registered.secret}", highlight=False)
    out.print(f"client id {device_client_id(device_id, registered.secret)}", highlight=False)
    err.print("The password is shown this once and cannot be read again.", style="dim")


@device.command("revoke")
def device_revoke(
    device_id: Annotated[str, typer.Argument(help="The device that may not connect any more.")],
) -> None:
    """Withdraw a device's credential; its live session drops."""
    with nothing_begun():
        from zone_service.provision import revoke_device

    had_one = revoke_device(load(), device_id)
    out.print(f"{device_id}: {'its credential is withdrawn' if had_one else 'it had none'}")


@user.command(
    "add",
    epilog=example(
        "zone user add wang --role administrator --organisation platform",
        "zone user add li --role reviewer --organisation transport --department transport",
        "zone user add zhao --role police --organisation traffic-police",
        "zone user add qian --role operator --organisation acme",
    ),
)
def user_add(
    username: Annotated[str, typer.Argument(help="What they sign in as.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    organisation: Annotated[
        str, typer.Option(help="The organisation they belong to; made where there is none.")
    ],
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            confirmation_prompt=True,
            envvar="ZONE_NEW_PASSWORD",
            help="8 characters or more; asked for where it is not given.",
        ),
    ],
    department: Annotated[str, typer.Option(help="For reviewers: their department.")] = "",
) -> None:
    """Make an account for a person."""
    with nothing_begun():
        from zone_service.provision import add_user

    add_user(load(), username, role, organisation, password, department or None)
    out.print(f"{username} may sign in as {role} of {organisation}", highlight=False)
