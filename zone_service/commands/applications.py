"""Commands for applications: what one says and lacks, filling it in, samples to try things out."""

import json
from pathlib import Path
from typing import Annotated

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import application, example, fail, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Number = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]


@application.command("show", epilog=example("zone application show RT-2026-000001"))
def application_show(number: Number, *, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """Show all that an application lacks; the exit status is 1 where there is something."""
    with nothing_begun():
        from zone_service.application_keeping import application_there

    found = application_there(load(), number)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False, indent=1))
    else:
        zh = is_chinese(chinese)
        for each in found.missing:
            said = each.message_zh if zh else each.message
            out.print(said, highlight=False, markup=False)
        if found.complete:
            out.print("材料齐全" if zh else "complete")
    raise typer.Exit(0 if found.complete else 1)


@application.command("put", epilog=example("zone application put RT-2026-000001 ours.json"))
def application_put(
    number: Number,
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="JSON as PUT …/application takes it."
        ),
    ],
) -> None:
    """Fill in an application, whole, while it is a draft or returned."""
    with nothing_begun():
        from zone_service.application_keeping import filled_in

    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        fail(f"{file} is not a text in UTF-8")
    found = filled_in(load(), number, text)
    out.print(f"{number}: {len(found.missing)} missing", highlight=False)


@application.command("sample", epilog=example("zone application sample RT-2026-000001"))
def application_sample(number: Number) -> None:
    """Hand in samples of all that an application lacks, to try things out; not in production."""
    with nothing_begun():
        from zone_service.application_keeping import with_samples

    count = with_samples(load(), number)
    out.print(f"{number}: {count} sample documents; none of them is true", highlight=False)
