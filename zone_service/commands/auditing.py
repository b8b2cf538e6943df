"""The command that looks whether the audit is as it was written."""

from typing import TYPE_CHECKING, Annotated

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import EXIT_FAILED, audit, example, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.store.audit_chain import Break, Verified

_HELD = (
    "{count} entries, each as it was written; {before} from before there was a chain",
    "共 {count} 条，均与写入时一致；建链之前另有 {before} 条",
)
_HEAD = ("hash of the last: {head}", "末条哈希：{head}")
_OTHER = (
    "the last entry's hash was to be {expected}, and no entry has it",
    "应有哈希为 {expected} 的记录，但未找到",
)
_BROKEN = {
    "changed": (
        "entry {seq}: it is not the one that the next was written after",
        "第 {seq} 条：与其后一条写入时所依据的不一致",
    ),
    "missing": ("entry {seq} is missing", "缺第 {seq} 条"),
    "added": ("entry with id {seq} is in no chain", "编号 {seq} 的记录不在链中"),
    "cut short": ("there were {seq} entries, and the last are missing", "原有 {seq} 条，末尾缺失"),
}


@audit.command(
    "verify", epilog=example("zone audit verify", "zone audit verify --holds 3f1c… --chinese")
)
def audit_verify(
    holds: Annotated[
        str,
        typer.Option(
            metavar="HASH", help="Of a last entry as it was told before: it must be there still."
        ),
    ] = "",
    *,
    chinese: InChinese = None,
) -> None:
    """Look whether anybody has changed, taken out or put in an entry of the audit.

    Each entry carries the hash of the one before. The hash of the last is told: whoever keeps it
    elsewhere can have it looked for later. The exit status is 1 where something is other.
    """
    with nothing_begun():
        from zone_service.provision import verified_audit

    zh = is_chinese(chinese)
    found = verified_audit(load(), holds)
    for each in _said(found, holds, zh=zh):
        out.print(each, highlight=False)
    if found.breaks or not found.holds:
        raise typer.Exit(EXIT_FAILED)


def _said(found: "Verified", holds: str, *, zh: bool) -> list[str]:
    said = [_break(each, zh=zh) for each in found.breaks]
    if not found.holds:
        said.append(_OTHER[zh].format(expected=holds))
    if not said:
        said.append(_HELD[zh].format(count=found.entries, before=found.before))
    return [*said, _HEAD[zh].format(head=found.head)]


def _break(found: "Break", *, zh: bool) -> str:
    return _BROKEN[found.what.value][zh].format(seq=found.seq)
