"""Commands for certificates of permits: written, verified, and the keys to verify them by."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.ranges import web_address
from zone_service.commands.root import EXIT_USAGE, err, example, fail, listed, out, permit
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.rule_words import Language
    from zone_service.certificate_token import Claims, Keys, Verified

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Number = Annotated[
    str, typer.Argument(metavar="PERMIT", help="A number: of the application, or of the permit.")
]
EXITS = {
    "valid": 0,
    "expired": 3,
    "not yet valid": 4,
    "altered": 5,
    "forged": 6,
    "unknown key": 7,
    "no token": 8,
}
"""By what comes of verifying; 1 and 2 are those of any command that fails or is typed wrong."""
EXIT_NOT_IN_FORCE = 9
"""Genuine and in its time, and the platform says that it is suspended, ended, or replaced."""


@permit.command(
    "certificate",
    epilog=example(
        "zone permit certificate RT-2026-000001",
        "zone permit certificate RT-2026-000001 paper.pdf --force",
        "zone permit certificate RT-2026-000001 --token",
    ),
)
def permit_certificate(
    number: Number,
    file: Annotated[
        Path | None,
        typer.Argument(dir_okay=False, help="Where to write it; else by its number, here."),
    ] = None,
    *,
    token: Annotated[bool, typer.Option("--token", help="Only say the token of its code.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file.")] = False,
    chinese: InChinese = None,
) -> None:
    """Write the certificate of a permit as a PDF: the file that was first handed out, each time."""
    with nothing_begun():
        from zone_service.certificate_keeping import certificate

    kept = certificate(load(), number)
    if token:
        typer.echo(kept.token)
        return
    target = file or Path(f"{kept.certificate.number}-{kept.certificate.edition}.pdf")
    zh = is_chinese(chinese)
    try:
        with target.open("wb" if force else "xb") as written:
            written.write(kept.pdf or b"")
    except FileExistsError:
        there = f"{target} 已存在：请换一个文件名，或用 --force"
        fail(there if zh else f"{target} is there already: expected a new file, or --force")
    except FileNotFoundError:
        none = f"无法写入 {target}：没有文件夹 {target.parent}"
        fail(none if zh else f"{target} cannot be written: there is no folder {target.parent}")
    said = f"SHA-256 {kept.sha256}"
    typer.echo(f"{kept.certificate.number} → {target}\n{said}")


@permit.command(
    "verify",
    epilog=example(
        "zone permit verify paper.pdf --key keys.json",
        "zone permit verify eyJhbGciOi… --url https://zone.example",
        "zbarimg --raw -q photo.jpg | zone permit verify -",
    ),
)
def permit_verify(
    what: Annotated[
        str,
        typer.Argument(
            metavar="FILE|TOKEN", help="A certificate, or the text of its code; - reads it."
        ),
    ],
    key: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="Public keys as `zone permit keys` has them.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            callback=web_address, help="A platform that is asked how the permit stands now."
        ),
    ] = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Tell whether a certificate or a token is genuine, whole and in its time.

    With `--key` nothing is asked over a network. With `--url` the platform there gives the keys,
    unless they are given, and says whether the permit was suspended or has ended since.

    Exit status: 0 valid, 3 expired, 4 not yet valid, 5 altered, 6 forged, 7 unknown key, 8 no
    token; 9 genuine and in its time, and not in force by the platform.
    """
    with nothing_begun():
        from zone_service.certificate_seal import token_in, verify_file
        from zone_service.certificate_token import verify
        from zone_service.clock import now

    zh = is_chinese(chinese)
    content = _content(what)
    keys = _keys(key, url, zh=zh)
    is_pdf = content.startswith(b"%PDF")
    typed = content.decode("utf-8", "replace").strip()
    found = verify_file(content, keys, now()) if is_pdf else verify(typed, keys, now())
    status = None
    if url is not None and found.claims is not None:
        with nothing_begun():
            from zone_service.certificate_keeping import status_at

        status = status_at(url, (token_in(content) or "") if is_pdf else typed)
    _tell(found, status, as_json=as_json, zh=zh)
    standing = None if status is None else status["standing"]
    is_off = found.verdict == "valid" and standing not in {None, "in force"}
    raise typer.Exit(EXIT_NOT_IN_FORCE if is_off else EXITS[found.verdict])


@permit.command("keys", epilog=example("zone permit keys > keys.json", "zone permit keys --rotate"))
def permit_keys(
    *,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make another key first, which signs from now on.")
    ] = False,
) -> None:
    """Print the public keys that certificates were ever signed with, as a JWK set.

    What earlier keys have signed stays valid: their public halves are kept.
    """
    with nothing_begun():
        from zone_service.certificate_keeping import other_key, own_key_set

    if rotate:
        err.print(f"{other_key(load())} signs from now on", style="dim", highlight=False)
    typer.echo(_json(own_key_set(load())))


def _content(what: str) -> bytes:
    if what == "-":
        return sys.stdin.buffer.read()
    path = Path(what)
    try:
        is_file = path.is_file()
    except OSError:  # a token is longer than a name may be
        is_file = False
    return path.read_bytes() if is_file else what.encode("utf-8", "replace")


def _keys(key: Path | None, url: str | None, *, zh: bool) -> "Keys":
    with nothing_begun():
        from zone_service.certificate_keeping import keys_at, own_keys
        from zone_service.issuer_key import read_key_set

    if key is not None:
        try:
            return read_key_set(key.read_bytes())
        except ValueError as error:
            fail(f"{key}: {error}", EXIT_USAGE)
    if url is not None:
        return keys_at(url)
    found = own_keys(load())
    if not found:
        _fail_without_keys(zh=zh)
    return found


def _fail_without_keys(*, zh: bool) -> NoReturn:
    english = (
        "this installation has signed nothing yet: expected --key with the issuer's public keys, or "
        "--url with its address"
    )
    in_chinese = "本机尚未签发任何证书：请用 --key 给出核发机关的公钥，或用 --url 给出其地址"
    fail(in_chinese if zh else english, EXIT_USAGE)


def _tell(found: "Verified", status: dict[str, Any] | None, *, as_json: bool, zh: bool) -> None:
    with nothing_begun():
        import msgspec

        from zone_service.certificate_words import said

    if as_json:
        claims = None if found.claims is None else msgspec.to_builtins(found.claims)
        shown = {"verdict": found.verdict, "key_id": found.key_id, "claims": claims}
        typer.echo(_json(shown | {"status": status}))
        return
    good = found.verdict == "valid"
    verdict = said(f"verdict {found.verdict}", _language(zh=zh), key_id=found.key_id)
    out.print(verdict, style="bold green" if good else "bold red", highlight=False)
    if status is not None and status["standing"] is not None:
        out.print(_standing(status, zh=zh), highlight=False)
    if found.claims is not None:
        _tell_claims(found.claims, found.key_id, zh=zh)


def _standing(status: dict[str, Any], *, zh: bool) -> str:
    with nothing_begun():
        from zone_service.certificate_words import said

    at = "–" if status["since"] is None else _moment(status["since"])
    key = f"standing {status['standing']}"
    return said(key, _language(zh=zh), at=at, edition=status["edition"])


def _tell_claims(claims: "Claims", key_id: str, *, zh: bool) -> None:
    with nothing_begun():
        from zone_service.certificate_words import kind_name

    edition = f"第 {claims.ed} 版" if zh else f"edition {claims.ed}"
    _fact("许可编号" if zh else "number", f"{claims.sub}  ({claims.app}, {edition})")
    _fact("类别" if zh else "kind", kind_name(claims.kind)[zh])
    _fact("持有人" if zh else "holder", claims.holder)
    for plate, vin in claims.veh:
        _fact("车辆" if zh else "vehicle", f"{plate}  {vin}".rstrip())
    if claims.fleet:
        _fact("车辆" if zh else "vehicles", claims.fleet)
    _fact("有效期" if zh else "validity", f"{_at(claims.nbf)} … {_at(claims.exp)}")
    _fact("核发" if zh else "issued", f"{_at(claims.iat)}  {claims.iss}")
    _fact("密钥" if zh else "key", key_id)


def _fact(name: str, value: str) -> None:
    listed((name, value), ())


def _at(unix_s: int) -> str:
    with nothing_begun():
        from permits.issuing import SHANGHAI

    return f"{datetime.fromtimestamp(unix_s, SHANGHAI):%Y-%m-%d %H:%M}"


def _moment(at: str | datetime) -> str:
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return _at(int(found.timestamp()))


def _language(*, zh: bool) -> "Language":
    from permits.rule_words import Language

    return Language.CHINESE if zh else Language.ENGLISH


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
