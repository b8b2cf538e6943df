"""The ``zone`` command itself: its groups, and how it speaks."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, NoReturn

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from zone_service.commands.languages import CHOSEN, Spoken, spoken
from zone_service.commands.ranges import InWords

app = typer.Typer(
    name="zone",
    cls=InWords,
    help="The test-zone platform: permits, telemetry, electronic fences, live supervision.\n\n"
    "Everything is set by variables such as ZONE_DATA_DIR, ZONE_WEB_PORT and ZONE_MQTT_PORT. "
    "To look around: zone demo. To begin: zone up.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
database = typer.Typer(help="The database.", no_args_is_help=True)
maps = typer.Typer(help="Zones and map data.", no_args_is_help=True)
device = typer.Typer(help="Registered devices and their credentials.", no_args_is_help=True)
user = typer.Typer(help="Accounts of people.", no_args_is_help=True)
permit = typer.Typer(help="Permits, and what is due of them.", no_args_is_help=True)
rules = typer.Typer(help="Rule sets: the numbers of the law.", no_args_is_help=True)
application = typer.Typer(help="Applications for permits.", no_args_is_help=True)
document = typer.Typer(help="Documents with their files.", no_args_is_help=True)
register = typer.Typer(
    help="What permits are about: vehicles, aircraft, vessels, people, consortia.",
    no_args_is_help=True,
)
review = typer.Typer(help="Votes of departments on permits.", no_args_is_help=True)
governance = typer.Typer(
    help="The sandbox, and what follows breaches: graded governance.", no_args_is_help=True
)
report = typer.Typer(help="Reports, and what everybody may read.", no_args_is_help=True)
accident = typer.Typer(help="Accidents under permits.", no_args_is_help=True)
further = typer.Typer(
    help="What is applied for under permits: changes, further vehicles, renewals.",
    no_args_is_help=True,
)
matter = typer.Typer(
    help="Matters under permits, of every kind: suspensions, accidents, what is applied for.",
    no_args_is_help=True,
)
hearing = typer.Typer(
    help="Hearings before a permit is taken from its holder: announced, asked for, held.",
    no_args_is_help=True,
)
suspension = typer.Typer(
    help="What is suspended: permits, and vehicles and segments of others.", no_args_is_help=True
)
recognition = typer.Typer(
    help="Mutual recognition of tests with other jurisdictions.", no_args_is_help=True
)
plan = typer.Typer(help="Daily plans under standing flights.", no_args_is_help=True)
driven = typer.Typer(
    help="What vehicles have driven: declared, attested, counted.", no_args_is_help=True
)
gateway = typer.Typer(help="Gateways for units that do not speak MQTT.", no_args_is_help=True)
violation = typer.Typer(help="Violations, and what was done about them.", no_args_is_help=True)
operator = typer.Typer(
    help="Organisations: operators, departments, third parties.", no_args_is_help=True
)
history = typer.Typer(
    help="What devices told: taken from the journal, kept, asked for.", no_args_is_help=True
)
evidence = typer.Typer(
    help="Evidence: sealed clips of what was received around violations and accidents.",
    no_args_is_help=True,
)
quality = typer.Typer(help="How good the data of devices is, day by day.", no_args_is_help=True)
mileage = typer.Typer(help="What was driven, and on which roads.", no_args_is_help=True)
fence = typer.Typer(
    help="The zones that units are told of, and what they hold.", no_args_is_help=True
)
audit = typer.Typer(help="The audit: who did what.", no_args_is_help=True)
notice = typer.Typer(help="Notices that everybody may read.", no_args_is_help=True)
feedback = typer.Typer(help="What the public says, and the answers.", no_args_is_help=True)
app.add_typer(database, name="db")
app.add_typer(maps, name="map")
app.add_typer(device, name="device")
app.add_typer(user, name="user")
app.add_typer(permit, name="permit")
app.add_typer(rules, name="rules")
app.add_typer(application, name="application")
app.add_typer(document, name="document")
app.add_typer(register, name="register")
app.add_typer(review, name="review")
app.add_typer(report, name="report")
app.add_typer(governance, name="governance")
app.add_typer(accident, name="accident")
app.add_typer(further, name="further")
app.add_typer(matter, name="matter")
app.add_typer(suspension, name="suspension")
app.add_typer(hearing, name="hearing")
app.add_typer(recognition, name="recognition")
app.add_typer(plan, name="plan")
app.add_typer(driven, name="driven")
app.add_typer(gateway, name="gateway")
app.add_typer(violation, name="violation")
app.add_typer(operator, name="operator")
app.add_typer(history, name="history")
app.add_typer(evidence, name="evidence")
app.add_typer(quality, name="quality")
app.add_typer(mileage, name="mileage")
app.add_typer(fence, name="fence")
app.add_typer(audit, name="audit")
app.add_typer(notice, name="notice")
app.add_typer(feedback, name="feedback")


def _say_version(asked: bool) -> None:  # noqa: FBT001 - the command line's own flag
    if asked:
        from importlib.metadata import version

        from zone_service.metrics import DISTRIBUTION

        out.print(f"zone {version(DISTRIBUTION)}", highlight=False)
        raise typer.Exit


@app.callback()
def begin(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version and end."
        ),
    ] = False,
    lang: Annotated[
        Spoken | None,
        typer.Option(envvar=CHOSEN, show_envvar=True, help="In which language commands speak."),
    ] = None,
) -> None:
    """See to what holds for every command."""
    if lang is not None:
        os.environ[CHOSEN] = lang.value


out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

EXIT_FAILED = 1
EXIT_USAGE = 2


def fail(message: str, status: int = EXIT_FAILED) -> NoReturn:
    """Say what went wrong on standard error, and leave."""
    said = spoken("[bold red]error[/]:", "[bold red]错误[/]：")
    err.print(said, end=spoken(" ", ""))
    err.print(message, highlight=False, markup=False)
    sys.exit(status)


def example(*lines: str) -> str:
    """Return the end of a help text: what somebody might really type."""
    return "For example:\n\n" + "\n\n".join(lines)


def listed(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose rows are one line each, whatever the width: it is read by programs too."""
    lines = [tuple(names), *(tuple(row) for row in rows)]
    widths = [max(cell_len(row[at]) for row in lines) for at in range(len(names))]
    for row in lines:
        cells = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        out.print("  ".join(cells).rstrip(), highlight=False, markup=False)
