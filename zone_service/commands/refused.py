"""The command that shows what devices sent and the platform did not take."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len, set_cell_size

from zone_service.commands.languages import spoken
from zone_service.commands.root import app, err, example, listed
from zone_service.commands.times import time_typed
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.store.records import Refusal

COLUMNS = ("minute (UTC)", "subject", "reason", "count", "example")
SHOWN_CELLS = 80
"""Of an example, so that a table stays one; --json has all that is kept."""


@app.command(
    epilog=example(
        "zone refusals --device car-1",
        "zone refusals --from 2026-11-27T08:00+08:00 --json > refused.jsonl",
    )
)
def refusals(
    device: Annotated[
        str, typer.Option(help="What was refused of this device, or on its topics.")
    ] = "",
    begins: Annotated[
        str,
        typer.Option(
            "--from", metavar="TIME", help="A time with its offset, or a day in Shanghai."
        ),
    ] = "",
    ends: Annotated[str, typer.Option("--to", metavar="TIME", help="A later one.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="So many lines, the newest first.")] = 100,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Each as a line of JSON, as the API has it.")
    ] = False,
) -> None:
    """Show what devices sent and the platform did not take: who, why, how often in a minute.

    An example is kept of each, 512 bytes of the message. Kept as long as the journal
    (ZONE_JOURNAL_KEEP_HOURS).
    """
    with nothing_begun():
        from zone_service.provision import refused
        from zone_service.refusal_json import refusal_json
        from zone_service.store.records import RefusalFilter

    asked = RefusalFilter(
        device or None,
        time_typed(begins, "--from") if begins else None,
        time_typed(ends, "--to") if ends else None,
    )
    found, are_all = refused(load(), asked, limit)
    if as_json:
        for each in found:
            typer.echo(json.dumps(refusal_json(each), ensure_ascii=False))
    else:
        listed(COLUMNS, (_row(each) for each in found))
    if not are_all:
        more = spoken(
            f"there are more than these {limit}: --limit, --from, --to",
            f"不止这 {limit} 条：--limit、--from、--to",
        )
        err.print(more, style="dim", highlight=False)


def _row(refusal: "Refusal") -> tuple[str, ...]:
    from zone_service.refusal_json import refusal_json

    said = refusal_json(refusal)
    sample = _one_line(said["sample"])
    return (
        said["minute"][:16].replace("T", " "),
        _one_line(refusal.subject),
        refusal.reason,
        str(refusal.count),
        sample if said["sample_encoding"] == "text" else f"base64 {sample}",
    )


def _one_line(text: str) -> str:
    shown = "".join(each if each.isprintable() else " " for each in text)
    if cell_len(shown) <= SHOWN_CELLS:
        return shown
    return set_cell_size(shown, SHOWN_CELLS - 1).rstrip() + "…"
