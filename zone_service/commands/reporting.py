"""Commands for reports, and for what everybody may read."""

from typing import TYPE_CHECKING, Annotated

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import example, listed, out, report
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.public_lists import PublicLists

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]


@report.command("public", epilog=example("zone report public", "zone report public --geojson"))
def report_public(
    *,
    as_json: AsJson = False,
    geojson: Annotated[bool, typer.Option("--geojson", help="The places with outlines.")] = False,
    chinese: InChinese = None,
) -> None:
    """List what everybody may read: opened roads and areas, and the permits in force."""
    with nothing_begun():
        from zone_service.report_keeping import public_lists

    found = public_lists(load())
    if as_json or geojson:
        typer.echo(_geojson(found) if geojson else _json(found))
        return
    _tell_places(found, zh=is_chinese(chinese))
    out.print()
    _tell_permits(found, zh=is_chinese(chinese))


def _json(found: "PublicLists") -> str:
    with nothing_begun():
        import msgspec

    return msgspec.json.encode({"places": found.places, "permits": found.permits}).decode()


def _geojson(found: "PublicLists") -> str:
    with nothing_begun():
        import msgspec

    features = [each for place in found.places for each in found.features[place.zone_id]]
    told = {"type": "FeatureCollection", "datum": "WGS84", "features": features}
    return msgspec.json.encode(told).decode()


def _tell_places(found: "PublicLists", *, zh: bool) -> None:
    names = {"road": "道路", "route": "航线", "area": "区域"}
    listed(
        ("编号", "种类", "公里", "平方公里", "许可", "名称")
        if zh
        else ("id", "kind", "km", "km²", "permits", "name"),
        (
            (
                each.zone_id,
                names[each.kind] if zh else each.kind,
                _number(each.length_km),
                _number(each.area_km2),
                str(len(each.permits)),
                each.name_zh if zh else each.name,
            )
            for each in found.places
        ),
    )


def _tell_permits(found: "PublicLists", *, zh: bool) -> None:
    with nothing_begun():
        from permits.issuing import SHANGHAI
        from zone_service.certificate_words import kind_name

    listed(
        ("许可", "种类", "持有人", "设备", "有效期至（不含）")
        if zh
        else ("permit", "kind", "holder", "devices", "valid before"),
        (
            (
                each.number,
                kind_name(each.kind)[zh],
                each.holder or "–",
                str(each.devices),
                f"{each.valid_to.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
            )
            for each in found.permits
        ),
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
