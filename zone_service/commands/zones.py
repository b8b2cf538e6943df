"""Commands for the map: a file put in force or written, zones listed and withdrawn."""

import json
import sys
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer

from telemetry.report import Datum
from zone_service.commands.languages import heads, is_chinese_asked, spoken
from zone_service.commands.new_files import fail_over
from zone_service.commands.root import err, example, fail, listed, maps, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from permits.rule_words import Language
    from zone_service.store.records import MapChange

NAMED: Final = 12
"""So many zones are named; of thousands nobody reads more."""
GEOJSON: Final = frozenset({".geojson", ".json"})
"""How a file's name ends that holds it."""


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
            exists=True,
            dir_okay=False,
            readable=True,
            help="A GeoJSON FeatureCollection, a GeoPackage (.gpkg) or a Shapefile (.shp, .zip).",
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

    Every problem is listed with its place in the file. The file is the whole map: zones that are in
    force and not in it end, and are named; --dry-run says which that would be. The running worker takes the new ones over within a second.
    """
    with nothing_begun():
        from maps.feature_file import NotReadable
        from permits.rule_words import Language
        from zone_service.zone_import import Imported, import_zones
        from zone_service.zone_words import zone_said

    if demo is (file is not None):
        msg = spoken(
            "expected a file of zones, or --demo, and not both", "应给出区域文件或 --demo 之一"
        )
        raise typer.BadParameter(msg, param_hint="file")
    name = file.name if file else spoken("the demonstration's map", "演示地图")
    try:
        body = _read(file) if file else _demo_map()
        report = import_zones(load(), body, datum, dry_run=dry_run)
    except NotReadable as error:
        report = Imported(0, (error.problem,), refused=True)
    language = Language.CHINESE if is_chinese_asked(sys.argv) else Language.ENGLISH
    for problem in report.problems:
        said = zone_said(problem.said, language)
        where = name if problem.path == "$" else problem.path
        err.print(f"{where}: {said}", highlight=False, markup=False)
    if report.refused:
        problems = _counted(len(report.problems), "problem", "处问题")
        refused = spoken("{} was refused: {}, nothing was changed", "{} 未被接受：{}，未作任何更改")
        fail(refused.format(name, problems))
    would = spoken("would be in force", "可生效（仅检查）")
    done = spoken("in force as revision {}", "已生效，版本 {}").format(report.revision)
    out.print(
        f"{_counted(report.zones, 'zone', '个区域')} {would if dry_run else done}", highlight=False
    )
    if report.change is not None:
        for line in _told(report.change, dry_run=dry_run):
            out.print(line, highlight=False, markup=False)
    _warn(report.permits, language, is_done=not dry_run)


def _warn(numbers: "Sequence[str]", language: "Language", *, is_done: bool) -> None:
    """Name the permits whose place is gone: their devices are outside from then on."""
    from permits.place_words import place_gone

    if numbers:
        more = " …" if len(numbers) > NAMED else ""
        told = place_gone(", ".join(numbers[:NAMED]) + more, language, is_done=is_done)
        err.print(told, style="yellow", highlight=False, markup=False)


def _read(file: Path) -> bytes:
    """Return a file of any format as GeoJSON."""
    from maps.feature_file import is_feature_file, read_features

    return read_features(file) if is_feature_file(file) else file.read_bytes()


def _told(change: "MapChange", *, dry_run: bool) -> "Iterator[str]":
    """Yield what an import does to the map that was there; nothing of the first one."""
    if not (change.changed or change.ended or change.same):
        return
    if not (change.added or change.changed or change.ended):
        yield spoken("all of them as they were before", "全部与此前相同")
        return
    counts = spoken(
        "{} new, {} changed, {} as before, {} ended",
        "新增 {} 个，变更 {} 个，不变 {} 个，终止 {} 个",
    )
    new, other = len(change.added), len(change.changed)
    yield counts.format(new, other, change.same, len(change.ended))
    changed, ended = ("changed", "变更"), ("ended", "终止")
    for (english, chinese), zone_ids in ((changed, change.changed), (ended, change.ended)):
        if zone_ids:
            beyond = spoken(" and {} more", " 等另 {} 个").format(len(zone_ids) - NAMED)
            more = beyond if len(zone_ids) > NAMED else ""
            would = spoken(f"would be {english}", f"将{chinese}") if dry_run else ""
            yield f"{would or spoken(english, f'已{chinese}')}: {', '.join(zone_ids[:NAMED])}{more}"


def _demo_map() -> bytes:
    with nothing_begun():
        from maps.demo_map import demo_zones
        from maps.geojson import write_zones

    return json.dumps(write_zones(demo_zones())).encode()


def _counted(count: int, what: str, chinese: str) -> str:
    return spoken(f"{count} {what}" if count == 1 else f"{count} {what}s", f"{count} {chinese}")


@maps.command("list")
def map_list() -> None:
    """List the zones in force: id, kind, volumes, the revision that made it so and when, name."""
    with nothing_begun():
        from zone_service.map_keeping import zones_in_force

    found = zones_in_force(load())
    if not found:
        none = spoken(
            "no zone is in force: `zone map import FILE` puts some",
            "没有生效的区域：可用 `zone map import FILE` 导入",
        )
        err.print(none, style="dim")
    listed(
        heads(
            ("zone", "区域"),
            ("kind", "种类"),
            ("volumes", "空间范围"),
            ("revision", "版本"),
            ("since (UTC)", "生效时间 (UTC)"),
            ("name", "名称"),
        ),
        (
            (
                each.zone.zone_id,
                each.zone.kind,
                str(len(each.zone.volumes)),
                str(each.since_revision),
                each.since.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                spoken(each.zone.name, each.zone.name_zh or each.zone.name),
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
    """Take zones off the map, all that are named or none; the permits that stand on them are named.

    The running worker does without them within a second. What they were can still be told: a zone
    is ended, never deleted.
    """
    with nothing_begun():
        from permits.rule_words import Language
        from zone_service.map_keeping import withdraw_zones

    done = withdraw_zones(load(), zone_ids)
    verb = "is" if len(set(zone_ids)) == 1 else "are"
    names = ", ".join(dict.fromkeys(zone_ids))
    said = spoken(f"{{}} {verb} withdrawn: in force is revision {{}}", "{} 已撤销：现行版本为 {}")
    out.print(said.format(names, done.revision), highlight=False)
    language = Language.CHINESE if is_chinese_asked(sys.argv) else Language.ENGLISH
    _warn(done.permits, language, is_done=True)


@maps.command(
    "export", epilog=example("zone map export zones.geojson", "zone map export - | jq .datum")
)
def map_export(
    file: Annotated[
        Path,
        typer.Argument(
            dir_okay=False,
            allow_dash=True,
            help="A GeoJSON file to write, or a GeoPackage (.gpkg); - is the terminal.",
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
        fail(spoken("no zone is in force: there is nothing to write", "没有生效的区域，无可写出"))
    if str(file) == "-":
        typer.echo(found.geojson)
        return
    try:
        _write(found.geojson, file, force=force)
    except FileExistsError:
        fail_over(file, zh=is_chinese_asked(sys.argv), may_force=True)
    except FileNotFoundError:
        nowhere = spoken(
            "{} cannot be written: there is no folder {}", "无法写入 {}：没有文件夹 {}"
        )
        fail(nowhere.format(file, file.parent))
    written = spoken("{} of revision {} in {}", "{}（版本 {}）已写入 {}")
    out.print(
        written.format(_counted(found.zones, "zone", "个区域"), found.revision, file),
        highlight=False,
        markup=False,
    )


def _write(geojson: str, file: Path, *, force: bool) -> None:
    """Write the format that the file's ending asks for."""
    from maps.feature_file import is_feature_file, write_features

    if not is_feature_file(file):
        if file.suffix.lower() not in GEOJSON:
            unknown = spoken(
                "{!r} says no format: expected .geojson, .json or .gpkg",
                "{!r} 不是已知格式：应为 .geojson、.json 或 .gpkg",
            )
            msg = unknown.format(file.suffix or file.name)
            raise typer.BadParameter(msg, param_hint="file")
        with file.open("w" if force else "x", encoding="utf-8") as written:
            written.write(geojson + "\n")
        return
    if file.suffix.lower() != ".gpkg":
        msg = spoken(
            "a Shapefile cannot hold what a zone says: expected .gpkg or .geojson",
            "Shapefile 容纳不了区域的内容：应为 .gpkg 或 .geojson",
        )
        raise typer.BadParameter(msg, param_hint="file")
    if file.exists() and not force:
        raise FileExistsError(file)
    with TemporaryDirectory(dir=file.parent) as beside:  # a reader never finds half of it
        written_whole = Path(beside, file.name)
        write_features(json.loads(geojson), written_whole)
        written_whole.replace(file)
