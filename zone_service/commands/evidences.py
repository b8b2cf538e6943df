"""Commands about evidence: sealed clips of what was received around violations and accidents."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zone_service import parts
from zone_service.commands.described import ActsAs, Command, Password, describe
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.new_files import require_new, write_private
from zone_service.commands.root import EXIT_USAGE, evidence, example, fail, out
from zone_service.commands.showing import Column, line, lines, table
from zone_service.commands.words import DEMANDED, ON_RECORD, argument, moment, option
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zone_service.certificate_token import Keys
    from zone_service.clips.verifying import Verified

_SEALED: Final = ("{count} clips sealed", "已签封 {count} 个证据片段")
_REMOVED: Final = ("{count} clips removed", "已删除 {count} 个证据片段")
EXIT_OTHER: Final = 5
EXIT_FORGED: Final = 6
EXIT_UNKNOWN_KEY: Final = 7
EXIT_NO_CLIP: Final = 8
_GRAVEST: Final = (EXIT_NO_CLIP, EXIT_FORGED, EXIT_OTHER, EXIT_UNKNOWN_KEY, 0)
_TRUST: Final = {
    "known": (
        "sealed by {kid}, which is one of the keys that are trusted",
        "由受信任的密钥 {kid} 签封",
    ),
    "its own": (
        (
            "sealed by {kid}, which the file holds: nobody vouches for it here. Compare it with "
            "`zone permit keys` of the platform that it is from, or give these with --key"
        ),
        "由文件自带的密钥 {kid} 签封：此处无人为其作保。请与来源平台的 `zone permit keys` 核对，或用 --key 给出",
    ),
    "nobody": ("it bears no seal that holds", "没有有效的签封"),
}
_WHOLE: Final = (
    "{clip}: whole; {frames} frames, which tell the reports beside them; sealed {sealed_at} by {version}",
    "{clip}：完整；原始报文 {frames} 条，重新解码与所附报告一致；{sealed_at} 由 {version} 签封",
)

CLIP: Final = argument("clip_id", "Its id.", "path:clip_id", metavar="CLIP")
WHAT: Final = (
    Column("clip", "编号", "clip_id"),
    Column("of", "类别", "kind"),
    Column("part", "部分", "part"),
    Column("permit", "许可", "permit_number"),
    Column("sealed", "签封于", "sealed_at"),
    Column("kept until", "保存至", "kept_until"),
    Column("held by", "保全人", "held_by"),
)
WHOLE: Final = (
    *WHAT,
    Column("devices", "设备", "device_ids"),
    Column("due", "应签封于", "due_at"),
    Column("beside", "附于", "first_id"),
    Column("asked by", "申请人", "asked_by"),
    Column("asked for", "用途", "asked_for"),
    Column("rules", "规则集", "rule_set"),
    Column("frames", "原始报文", "frames"),
    Column("bytes", "字节", "size_bytes"),
    Column("SHA-256", "SHA-256", "sha256"),
    Column("held since", "保全自", "held_at"),
    Column("held for", "保全理由", "held_for"),
    Column("removed", "删除于", "removed_at"),
)
HELD: Final = line(Column("", "", "clip_id"), Column("", "", "held_by"))

describe(
    Command(
        evidence,
        "list",
        "GET /api/evidence",
        "List clips: what each is of, whether it is sealed, until when it is kept.",
        (
            option("key", "Of this violation, or of the matter of this accident.", "query:key", typed="--of"),
            option("is_held", "Only those on which a legal hold is, or is not.", "query:held", bool, typed="--held/--not-held"),
            option("is_sealed", "Only those that are sealed, or are not yet.", "query:sealed", bool, typed="--sealed/--unsealed"),
            option("limit", "So many.", "query:limit", int, default=100),
        ),
        table(*WHAT),
        ("zone evidence list --held", "zone evidence list --of 3f0c…"),
        is_list=True,
    ),
    Command(
        evidence,
        "show",
        "GET /api/evidence/{clip_id}",
        "Show what is known of one clip.",
        (CLIP,),
        lines(*WHOLE),
        ("zone evidence show 3f0c…-opening",),
    ),
    Command(
        evidence,
        "further",
        "POST /api/evidence/{clip_id}/further",
        "Have a further time sealed, of what a clip is of: up to an hour, within a day of it.",
        (
            CLIP,
            option("begins", "The first moment of receipt.", "body:from", default=DEMANDED, typed="--from", read=moment),
            option("ends", "The last.", "body:to", default=DEMANDED, typed="--to", read=moment),
            option("purpose", "What for; it is on record, and in the file.", "body:purpose", default=DEMANDED),
        ),
        line(Column("", "", "clip_id"), Column("", "", "first_id")),
        (
            (
                "zone evidence further 3f0c…-opening --from 2026-11-27T08:00+08:00 --to 2026-11-27T08:20+08:00 "
                '--purpose "case 2026-117" --username pan'
            ),
        ),
    ),
    Command(
        evidence,
        "hold",
        "POST /api/evidence/{clip_id}/hold",
        "Put a legal hold on a clip: it is kept until that is lifted.",
        (CLIP, ON_RECORD),
        HELD,
        ('zone evidence hold 3f0c…-opening --reason "case 2026-117" --username pan',),
    ),
    Command(
        evidence,
        "release",
        "POST /api/evidence/{clip_id}/release",
        "Lift the legal hold on a clip.",
        (CLIP, ON_RECORD),
        HELD,
        ('zone evidence release 3f0c…-opening --reason "case closed" --username pan',),
    ),
)  # fmt: skip


@evidence.command(
    "fetch",
    epilog=example(
        'zone evidence fetch 3f0c…-opening --purpose "case 2026-117" --username pan',
    ),
)
def evidence_fetch(
    clip_id: Annotated[str, typer.Argument(metavar="CLIP", help="Its id.")],
    purpose: Annotated[str, typer.Option(help="What it is read for; it is on record.")],
    username: ActsAs,
    password: Password = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Else named as the clip.")
    ] = None,
    *,
    chinese: InChinese = None,
) -> None:
    """Save the sealed file of a clip. That it was read, by whom and for what is in the audit."""
    with nothing_begun():
        from zone_service.acting import Named, acting
        from zone_service.clips.keeping import file_of
        from zone_service.clock import now

    settings = load()
    target = output or Path(f"{clip_id}.zip")
    require_new(target, zh=is_chinese(chinese))
    with acting(settings, Named(username, password)) as (store, principal):
        _, content = file_of(store, settings.evidence_dir, principal, clip_id, purpose, now())
    write_private(target, (content,))
    typer.echo(f"{clip_id} → {target}")


@evidence.command(
    "verify",
    epilog=example(
        "zone evidence verify 4f0c…-opening.zip --key keys.json",
        "zone evidence verify 4f0c…-opening.zip 4f0c…-supplement-1.zip",
    ),
)
def evidence_verify(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            exists=True,
            dir_okay=False,
            readable=True,
            help="Clips: ZIP files. What comes beside another is held against that if it is among them.",
        ),
    ],
    key: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="Public keys as `zone permit keys` has them; else those of this installation.",
        ),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    chinese: InChinese = None,
) -> None:
    """Tell whether clips are genuine: needs no network and no database.

    Compares every hash and the seal, decodes the frames once more and compares what they tell. Of one that comes
    beside another (a supplement, a further time) it compares whether that is the one that was given.

    Exit status, of several files the gravest: 0 whole, and sealed by a key that is trusted; 7 whole, and sealed by a key that nobody
    here knows; 5 altered; 6 forged; 8 no clip, or not all of one.
    """
    with nothing_begun():
        from zone_service.clips.pairing import looked_at, paired
        from zone_service.clips.software import software
        from zone_service.history.reading import codecs_installed

    keys, codecs, now = _keys(key), codecs_installed(), software()
    found = paired([looked_at(each.read_bytes(), keys, codecs, now) for each in files])
    _tell(found, as_json=as_json, zh=is_chinese(chinese))
    raise typer.Exit(min(map(_status, found), key=_GRAVEST.index))


def _keys(key: Path | None) -> "Keys":
    """Return the keys that are trusted; without an installation there are none, and that is no error."""
    with nothing_begun():
        from sqlalchemy.exc import SQLAlchemyError

        from zone_service.certificate_keeping import own_keys
        from zone_service.issuer_key import read_key_set
        from zone_service.store.errors import StoreError

    if key is None:
        try:
            return own_keys(load())
        except (StoreError, SQLAlchemyError):
            return {}
    try:
        return read_key_set(key.read_bytes())
    except ValueError as error:
        fail(f"{key}: {error}", EXIT_USAGE)


def _status(found: "Verified") -> int:
    if found.is_whole:
        return 0 if found.trust == "known" else EXIT_UNKNOWN_KEY
    flaws = {each.flaw for each in found.faults}
    if flaws & {"no clip", "other members", "too large", "manifest"}:
        return EXIT_NO_CLIP
    return EXIT_FORGED if flaws & {"forged", "other key"} else EXIT_OTHER


def _tell(found: "Sequence[Verified]", *, as_json: bool, zh: bool) -> None:
    if as_json:
        told = [_told(each, zh=zh) for each in found]
        typer.echo(json.dumps(told[0] if len(told) == 1 else told, ensure_ascii=False, indent=2))
        return
    for each in found:
        _say(each, zh=zh)


def _told(found: "Verified", *, zh: bool) -> dict[str, object]:
    said = _said(found, zh=zh)
    manifest = dict(found.manifest or {}) or None
    return {
        "whole": found.is_whole, "trust": found.trust.value, "manifest": manifest, "faults": said
    }  # fmt: skip


def _said(found: "Verified", *, zh: bool) -> list[str]:
    from permits.rule_words import Language

    language = Language.CHINESE if zh else Language.ENGLISH
    return [each.said(language) for each in (*found.faults, *found.remarks)]


def _say(found: "Verified", *, zh: bool) -> None:
    said, manifest = _said(found, zh=zh), dict(found.manifest or {})
    if found.is_whole:
        version = manifest["software"].get("version", "–")
        said.append(_WHOLE[zh].format(**manifest | {"version": version}))
    kid = (manifest.get("key") or {}).get("kid", "")
    for each in (*said, _TRUST[found.trust.value][zh].format(kid=kid)):
        out.print(each, highlight=False, markup=False)


@evidence.command(
    "seal",
    epilog=example(
        "zone evidence seal", "zone evidence seal --follow", "zone evidence seal --quiet"
    ),
)
def evidence_seal(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until it is told to stop, as `zone up` has it.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of what was done.")] = False,
    chinese: InChinese = None,
) -> None:
    """Seal the clips whose time has come in. `zone up` has it done as they come.

    It may be ended at any moment, and done again.
    """
    if follow:
        parts.evidence()
        return
    # Before anything is loaded: the worker and the web go first.
    os.nice(parts.NICENESS)
    with nothing_begun():
        from zone_service.clips.keeper import sealed_now

    count = sealed_now(load())
    if not quiet:
        out.print(_SEALED[is_chinese(chinese)].format(count=count), highlight=False)


@evidence.command("remove-expired", epilog=example("zone evidence remove-expired"))
def evidence_remove_expired(*, chinese: InChinese = None) -> None:
    """Remove the files of clips whose time is over and on which no hold is. Each is in the audit."""
    with nothing_begun():
        from zone_service.clips.keeping import remove_expired

    zh = is_chinese(chinese)
    gone = remove_expired(load())
    for each in gone:
        out.print(each, highlight=False, markup=False)
    out.print(_REMOVED[zh].format(count=len(gone)), highlight=False)
