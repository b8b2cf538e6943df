"""Commands for the map: a file put in force or written, zones listed and withdrawn."""

import json
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from telemetry.report import Datum
from zone_service.commands.root import err, example, fail, listed, maps, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import load


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
    with nothing_begun():
        from maps.demo_map import demo_zones
        from maps.geojson import write_zones

    return json.dumps(write_zones(demo_zones())).encode()


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@maps.command("list")
def map_list() -> None:
    """List the zones in force: id, kind, volumes, the revision that made it so and when, name."""
    with nothing_begun():
        from zone_service.map_keeping import zones_in_force

    found = zones_in_force(load())
    if not found:
        err.print("no zone is in force: `zone map import FILE` puts some", style="dim")
    listed(
        ("zone", "kind", "volumes", "revision", "since (UTC)", "name"),
        (
            (
                each.zone.zone_id,
                each.zone.kind,
                str(len(each.zone.volumes)),
                str(each.since_revision),
                each.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                each.zone.name,
            )
            for each in found
        ),
    )


@maps.command("withdraw", epilog=example("zone map withdraw fair-2026 fair-2025"))
def map_withdraw(
    zone_ids: Annotated[
        list[str], typer.Argument(metavar="ZONE", help="The zones that are to hold no more.")
    ],
) -> None:
    """Take zones off the map, all that are named or none.

    The running worker does without them within a second. What they were can still be told: a zone
    is ended, never deleted.
    """
    with nothing_begun():
        from zone_service.map_keeping import withdraw_zones

    revision = withdraw_zones(load(), zone_ids)
    verb = "is" if len(set(zone_ids)) == 1 else "are"
    names = ", ".join(dict.fromkeys(zone_ids))
    out.print(f"{names} {verb} withdrawn: in force is revision {revision}", highlight=False)


@maps.command(
    "export", epilog=example("zone map export zones.geojson", "zone map export - | jq .datum")
)
def map_export(
    file: Annotated[
        Path,
        typer.Argument(
            dir_okay=False, allow_dash=True, help="A GeoJSON file to write; - is the terminal."
        ),
    ],
    *,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that is there already.")
    ] = False,
) -> None:
    """Write the map in force to a file that `zone map import` takes: WGS 84, a feature a volume."""
    with nothing_begun():
        from zone_service.map_keeping import exported

    found = exported(load())
    if not found.zones:
        fail("no zone is in force: there is nothing to write")
    if str(file) == "-":
        typer.echo(found.geojson)
        return
    try:
        with file.open("w" if force else "x", encoding="utf-8") as written:
            written.write(found.geojson + "\n")
    except FileExistsError:
        fail(f"{file} is there already: expected a new file, or --force")
    except FileNotFoundError:
        fail(f"{file} cannot be written: there is no folder {file.parent}")
    out.print(
        f"{_counted(found.zones, 'zone')} of revision {found.revision} in {file}",
        highlight=False,
        markup=False,
    )
