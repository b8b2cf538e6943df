"""Commands for mutual recognition: bundles written, taken in, verified offline, and who is trusted."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zone_service.commands.described import Command, describe
from zone_service.commands.languages import InChinese, is_chinese, spoken
from zone_service.commands.new_files import fail_over
from zone_service.commands.root import EXIT_FAILED, EXIT_USAGE, example, fail, listed, out
from zone_service.commands.root import recognition as group
from zone_service.commands.showing import Column, lines, together, within
from zone_service.commands.words import argument
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.recognition_keeping import Looked

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
BundleFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", exists=True, dir_okay=False, readable=True, help="A bundle: a ZIP file."
    ),
]


@group.command(
    "export",
    epilog=example(
        "zone recognition export swift-1 --to jiangsu --out swift.zip",
        "zone recognition export swift-1 swift-2 --to jiangsu --to anhui --out two.zip",
    ),
)
def recognition_export(
    vehicles: Annotated[
        list[str], typer.Argument(metavar="VEHICLE…", help="Their ids in the register.")
    ],
    out_file: Annotated[Path, typer.Option("--out", dir_okay=False, help="Where to write it.")],
    to: Annotated[list[str], typer.Option("--to", help="A jurisdiction that it is meant for.")],
    days: Annotated[int, typer.Option(min=1, max=3660, help="For how long it counts.")] = 180,
    *,
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
    chinese: InChinese = None,
) -> None:
    """Write a signed bundle about vehicles, for other jurisdictions: tests, kilometres and papers."""
    with nothing_begun():
        from pydantic import ValidationError

        from zone_service.field_words import fields_said
        from zone_service.recognition_keeping import export_from
        from zone_service.schemas.recognition import ExportGiven

    zh = is_chinese(chinese)
    asked = {"entry_ids": vehicles, "addressed": to, "days": days}
    typed = {"entry_ids": "VEHICLE…", "addressed": "--to", "days": "--days"}
    try:
        wanted = ExportGiven.model_validate(asked).told()
    except ValidationError as error:
        found = [
            {**each, "loc": tuple(typed.get(str(part), part) for part in each["loc"][:1])}
            for each in error.errors(include_url=False)
        ]
        fail(fields_said(found, _language(chinese)), EXIT_USAGE)
    if out_file.exists() and not force:
        fail_over(out_file, zh=zh, may_force=True)
    bundle, content = export_from(load(), wanted)
    out_file.write_bytes(content)
    out.print(f"{bundle.bundle_id} → {out_file}", highlight=False, markup=False)


@group.command(
    "import",
    epilog=example(
        "zone recognition import jiangsu-000012.zip", "zone recognition import it.zip --dry-run"
    ),
)
def recognition_import(
    file: BundleFile,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look only.")] = False,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Recognise the bundle of another jurisdiction, or say all that speaks against it."""
    with nothing_begun():
        from zone_service.recognition_keeping import import_into

    _tell(import_into(load(), file.read_bytes(), dry_run=dry_run), chinese, as_json=as_json)


@group.command(
    "verify",
    epilog=example(
        "zone recognition verify jiangsu-000012.zip --trust trust.toml",
        "zone recognition verify jiangsu-000012.zip",
    ),
)
def recognition_verify(
    file: BundleFile,
    trust: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="A trust list as `zone recognition trust` prints it; else that of this installation.",
        ),
    ] = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Tell whether a bundle is genuine, whole and meant for us. Needs no network.

    With `--trust` it needs no database either, and is not compared with what is registered here.
    """
    with nothing_begun():
        from permits.recognition_trust import TrustListRefused
        from zone_service.recognition_keeping import verified

    text = None if trust is None else _text(trust)
    try:
        looked = verified(load(), file.read_bytes(), text)
    except TrustListRefused as error:
        fail(error.said(_language(chinese)), EXIT_USAGE)
    _tell(looked, chinese, as_json=as_json)


@group.command("list", epilog=example("zone recognition list"))
def recognition_list(*, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """List the bundles that were recognised, with their vehicles."""
    with nothing_begun():
        from zone_service.recognition_keeping import recognised_there
        from zone_service.schemas.recognition import RecognitionShown

    found = recognised_there(load())
    if as_json:
        typer.echo(_json([RecognitionShown.of(each).model_dump(mode="json") for each in found]))
        return
    names = ("id", "bundle", "issuer", "counts until", "vehicles")
    listed(
        ("序号", "数据包", "签发地", "有效期至", "车辆") if is_chinese(chinese) else names,
        (
            (
                str(each.recognition_id),
                each.bundle.bundle_id,
                each.bundle.issuer,
                f"{each.bundle.valid_to:%Y-%m-%d}",
                " ".join(told.vehicle.vin or "" for told in each.bundle.vehicles),
            )
            for each in found
        ),
    )


@group.command(
    "trust",
    epilog=example(
        "zone recognition trust > trust.toml",
        "zone recognition trust trust.toml --reason 'Key of Anhui since 2027'",
    ),
)
def recognition_trust(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="The next version; none: print."
        ),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it is published.")] = "",
    *,
    chinese: InChinese = None,
) -> None:
    """Print the list of those whose bundles are believed, or publish the next version of it."""
    with nothing_begun():
        from permits.recognition_trust import TrustListRefused
        from zone_service.recognition_keeping import publish_into, trust_list_of

    zh = is_chinese(chinese)
    if file is None:
        typer.echo(trust_list_of(load()).text, nl=False)
        return
    if not reason.strip():
        fail(
            "请用 --reason 说明理由" if zh else "expected --reason: why it is published", EXIT_USAGE
        )
    try:
        made = publish_into(load(), _text(file), reason.strip())
    except TrustListRefused as error:
        fail(error.said(_language(chinese)))
    keys = len(made.trusted.keys)
    said = f"第 {made.number} 版：{keys} 个密钥" if zh else f"version {made.number}: {keys} keys"
    out.print(said, highlight=False)


def _permits_there(item: Any, *, zh: bool) -> str:
    return ", ".join(each["number"] for each in item["permits"])


def _papers_there(item: Any, *, zh: bool) -> str:
    return ", ".join(each["kind"] for each in item["papers"])


BUNDLE = (
    Column("id", "序号", "recognition_id"),
    Column("bundle", "数据包", "bundle_id"),
    Column("issuer", "签发地", "issuer_name"),
    Column("issued", "签发", "issued_at"),
    Column("counts until", "有效期至", "valid_to"),
    Column("key", "密钥", "key_id"),
    Column("taken in", "导入", "imported_at"),
    Column("by", "经办", "imported_by"),
)

describe(
    Command(
        group,
        "show",
        "GET /api/recognition/bundles/{recognition_id}",
        "Show one bundle that was recognised: its vehicles, their permits, papers and kilometres.",
        (
            argument(
                "recognition_id",
                "As `zone recognition list` has it.",
                "path:recognition_id",
                int,
                metavar="ID",
            ),
        ),
        together(
            lines(*BUNDLE),
            within(
                "vehicles",
                Column("vehicle", "车辆", "vehicle.vin"),
                Column("holder", "持有人", "holder"),
                Column("permits", "许可", _permits_there),
                Column("papers", "材料", _papers_there),
                Column("km", "公里", "driven.automated_km"),
                Column("hours", "小时", "driven.automated_h"),
                Column("takeovers", "接管", "driven.takeovers"),
            ),
        ),
        ("zone recognition show 1",),
    ),
    Command(
        group,
        "vehicle",
        "GET /api/recognition/vehicles/{entry_id}",
        "Show what is recognised of a vehicle that is registered here.",
        (argument("entry_id", "Its id in the register.", "path:entry_id", metavar="ENTRY"),),
        lines(
            Column("vehicle", "车辆", "entry_id"),
            Column("bundles", "数据包", "bundles"),
            Column("issuers", "签发地", "issuers"),
            Column("stages", "阶段", "stages"),
            Column("papers", "材料", "papers"),
            Column("km", "公里", "driven.automated_km"),
            Column("hours", "小时", "driven.automated_h"),
            Column("takeovers", "接管", "driven.takeovers"),
        ),
        ("zone recognition vehicle swift-1",),
    ),
)


def _tell(looked: "Looked", chinese: bool | None, *, as_json: bool) -> None:  # noqa: FBT001
    with nothing_begun():
        from zone_service.schemas.recognition import LookedShown

    shown = LookedShown.of(looked, _language(chinese))
    if as_json:
        typer.echo(_json(shown.model_dump(mode="json")))
    else:
        _tell_words(shown.model_dump(), zh=is_chinese(chinese))
    if looked.refusals:
        raise typer.Exit(EXIT_FAILED)


def _tell_words(shown: dict[str, Any], *, zh: bool) -> None:
    good = shown["recognised"]
    verdict = ("可互认" if good else "不予互认") if zh else ("recognised" if good else "refused")
    out.print(verdict, style="bold green" if good else "bold red", highlight=False)
    for each in shown["refusals"]:
        out.print(f"{each['reason']}: {each['message']}", highlight=False, markup=False)
    if shown["bundle_id"]:
        line = f"{shown['bundle_id']}  {shown['issuer']}  {' '.join(shown['vins'])}"
        out.print(line, highlight=False, markup=False)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        fail(spoken(f"{path} is not a text in UTF-8", f"{path} 不是 UTF-8 编码的文本"), EXIT_USAGE)


def _language(chinese: bool | None) -> Any:  # noqa: FBT001
    from permits.rule_words import Language

    return Language.CHINESE if is_chinese(chinese) else Language.ENGLISH


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
