"""The ``zone`` command: everything that an operator of the platform types."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from telemetry.report import ControlMode, Datum, Domain
from zone_service.settings import BrokerKind, Settings, UnsafeSettings, load
from zone_service.store.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer(
    name="zone",
    help="The test-zone platform: permits, telemetry, electronic fences, live supervision.\n\n"
    "Everything is set by variables such as ZONE_DATA_DIR, ZONE_WEB_PORT and ZONE_MQTT_PORT. "
    "To look around: zone demo. To begin: zone up.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
database = typer.Typer(help="The database.", no_args_is_help=True)
maps_ = typer.Typer(help="Zones and map data.", no_args_is_help=True)
device = typer.Typer(help="Registered devices and their credentials.", no_args_is_help=True)
user = typer.Typer(help="Accounts of people.", no_args_is_help=True)
app.add_typer(database, name="db")
app.add_typer(maps_, name="map")
app.add_typer(device, name="device")
app.add_typer(user, name="user")

out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command; an expected failure is one line, not a traceback."""
    try:
        app()
    except UnsafeSettings as error:
        fail(str(error), EXIT_USAGE)
    except _expected() as error:
        fail(_first_line(error))
    except KeyboardInterrupt:
        fail("interrupted", EXIT_INTERRUPTED)


def fail(message: str, status: int = EXIT_FAILED) -> None:
    """Say what went wrong on standard error, and leave."""
    err.print("[bold red]error[/]:", end=" ")
    err.print(message, highlight=False, markup=False)
    sys.exit(status)


def _expected() -> tuple[type[Exception], ...]:
    """Return the errors whose message is meant for the person who typed the command."""
    from sqlalchemy.exc import SQLAlchemyError

    from telemetry.codecs.discover import CodecNotUsable
    from zone_service.brokers.process import BrokerError
    from zone_service.data_lock import AlreadyRunning
    from zone_service.store.errors import StoreError

    return StoreError, AlreadyRunning, BrokerError, CodecNotUsable, SQLAlchemyError, OSError


def _first_line(error: Exception) -> str:
    """Return what an error says, without the addresses of manuals that some append."""
    return str(error).partition("\n")[0] or type(error).__name__


def _example(*lines: str) -> str:
    """Return the end of a help text: what somebody might really type."""
    return "For example:\n\n" + "\n\n".join(lines)


@app.command(epilog=_example("zone up", "ZONE_DATA_DIR=/srv/zone ZONE_WEB_PORT=8081 zone up"))
def up() -> None:
    """Start the broker, the worker and the web process, and keep them running.

    Makes the database and the broker's secrets in ZONE_DATA_DIR (./data) at the first start.
    Ctrl-C stops everything, in order.
    """
    from zone_service.supervisor import run

    settings = load()
    raise typer.Exit(run(settings, _welcome(settings)))


def _welcome(settings: Settings) -> "Callable[[], None]":
    """Return how to say where everything is, once it has started."""

    def say() -> None:
        from zone_service.addresses import addresses
        from zone_service.provision import has_accounts

        at = addresses(settings)
        out.print(f"The page      {at.web}/", highlight=False)
        out.print(f"The broker    {at.mqtt}  (MQTT 3.1.1, one account a device)", highlight=False)
        out.print(f"The data      {settings.data_dir.resolve()}", highlight=False)
        if not has_accounts(settings):
            out.print(
                "Nobody can sign in yet. From another terminal, in this folder:\n"
                "  zone user add YOUR-NAME --role administrator --organisation platform",
                highlight=False,
            )
        out.print("Ctrl-C stops everything.\n")

    return say


@app.command()
def worker() -> None:
    """Run the worker alone: it takes telemetry from the broker and judges it.

    ``zone up`` runs it; alone it is for machines where a service manager keeps each process.
    """
    from zone_service.worker_process import run

    run(load())


@app.command()
def web() -> None:
    """Run the web process alone: the API, the live feed and the page.

    ``zone up`` runs it; alone it is for machines where a service manager keeps each process.
    """
    from zone_service.web_process import run

    run(load())


@app.command()
def doctor() -> None:
    """Check the broker, the store, the disk, the clock and the versions, and say what to do.

    The exit status is 1 where something keeps the platform from working.
    """
    from zone_service.doctor import examine, render

    findings = examine(load())
    out.print(render(findings))
    raise typer.Exit(EXIT_FAILED if any(found.state == "fail" for found in findings) else 0)


@database.command("upgrade")
def database_upgrade() -> None:
    """Bring the database to this version's schema; safe to repeat."""
    from zone_service.store.engine import open_store

    settings = load()
    store = open_store(settings.database)
    before = store.revision_of_schema()
    store.upgrade()
    after = store.revision_of_schema()
    store.close()
    already = ", as it was" if before == after else f", before it was {before or 'empty'}"
    out.print(f"The database is at schema {after}{already}.", highlight=False)


@maps_.command(
    "import",
    epilog=_example("zone map import zones.geojson --datum CGCS2000 --dry-run"),
)
def map_import(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="A GeoJSON FeatureCollection."
        ),
    ],
    datum: Annotated[
        Datum | None, typer.Option(help="The datum of its coordinates, where the file is silent.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Check a file of zones and put it in force, whole or not at all.

    Every problem is listed with its place in the file. The zones that were in force before are
    replaced; the running worker takes the new ones over within a second.
    """
    from zone_service.zone_import import import_zones

    report = import_zones(load(), file.read_bytes(), datum, dry_run=dry_run)
    for problem in report.problems:
        err.print(f"{problem.path}: {problem.message}", highlight=False, markup=False)
    if report.refused:
        fail(
            f"{file.name} was refused: {_counted(len(report.problems), 'problem')}, nothing was changed"
        )
    would = "would be in force" if dry_run else f"in force as revision {report.revision}"
    out.print(f"{_counted(report.zones, 'zone')} {would}", highlight=False)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


@device.command(
    "add",
    epilog=_example(
        "zone device add car-1 --operator acme",
        "zone device add 1581F5FH --operator kites --domain air --codec dji",
    ),
)
def device_add(
    device_id: Annotated[str, typer.Argument(help="3 to 64 of A-Z a-z 0-9 _ -")],
    operator: Annotated[
        str, typer.Option(help="The organisation it belongs to; made where there is none.")
    ],
    domain: Annotated[Domain, typer.Option(help="Where it moves.")] = Domain.ROAD,
    label: Annotated[str, typer.Option(help="What people call it; its id where empty.")] = "",
    codec: Annotated[str, typer.Option(help="canonical, dji or jt808")] = "canonical",
    wire_id: Annotated[
        str, typer.Option(help="Its id inside its payloads, where that differs.")
    ] = "",
    datum: Annotated[Datum, typer.Option(help="The datum it sends.")] = Datum.WGS84,
) -> None:
    """Register a device and show its credential, once.

    A running platform lets it in within a second.
    """
    from zone_service.provision import add_device
    from zone_service.store.records import Device

    described = Device(
        device_id, operator, domain, label or device_id, codec, wire_id or None, datum
    )
    registered = add_device(load(), described)
    if registered.operator_is_new:
        err.print(f"operator {operator} is new and was made", highlight=False)
    out.print(f"username  {device_id}", highlight=False)
    out.print(f"password  {registered.secret}", highlight=False)
    err.print("The password is shown this once and cannot be read again.", style="dim")


@device.command("revoke")
def device_revoke(
    device_id: Annotated[str, typer.Argument(help="The device that may not connect any more.")],
) -> None:
    """Withdraw a device's credential; its live session drops."""
    from zone_service.provision import revoke_device

    had_one = revoke_device(load(), device_id)
    out.print(f"{device_id}: {'its credential is withdrawn' if had_one else 'it had none'}")


@user.command(
    "add",
    epilog=_example(
        "zone user add wang --role administrator --organisation platform",
        "zone user add li --role reviewer --organisation transport --department transport",
        "zone user add zhao --role police --organisation traffic-police",
        "zone user add qian --role operator --organisation acme",
    ),
)
def user_add(
    username: Annotated[str, typer.Argument(help="What they sign in as.")],
    role: Annotated[Role, typer.Option(help="What they may do.")],
    organisation: Annotated[
        str, typer.Option(help="The organisation they belong to; made where there is none.")
    ],
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            confirmation_prompt=True,
            envvar="ZONE_NEW_PASSWORD",
            help="8 characters or more; asked for where it is not given.",
        ),
    ],
    department: Annotated[str, typer.Option(help="For reviewers: their department.")] = "",
) -> None:
    """Make an account for a person."""
    from zone_service.provision import add_user

    add_user(load(), username, role, organisation, password, department or None)
    out.print(f"{username} may sign in as {role} of {organisation}", highlight=False)


@app.command(
    epilog=_example(
        "zone send car-1 --longitude 121.9 --latitude 30.9 --speed 5 --control-mode AUTONOMOUS",
    )
)
def send(
    device_id: Annotated[str, typer.Argument(help="The device to speak as.")],
    longitude: Annotated[float, typer.Option(min=-180, max=180, help="Degrees east, WGS 84.")],
    latitude: Annotated[float, typer.Option(min=-90, max=90, help="Degrees north, WGS 84.")],
    password: Annotated[
        str,
        typer.Option(
            envvar="ZONE_DEVICE_PASSWORD",
            prompt="Its password",
            hide_input=True,
            help="What `zone device add` showed.",
        ),
    ],
    speed: Annotated[float | None, typer.Option(min=0, help="Metres a second.")] = None,
    heading: Annotated[
        float | None, typer.Option(min=0, max=360, help="Degrees clockwise from north.")
    ] = None,
    height_agl: Annotated[float | None, typer.Option(help="Metres above ground.")] = None,
    control_mode: Annotated[
        ControlMode, typer.Option(help="Who or what drives.", show_choices=True)
    ] = ControlMode.UNKNOWN,
) -> None:
    """Publish one report as a device does: canonical JSON on zone/up/DEVICE/tele.

    To a platform that runs on ZONE_DATA_DIR, or else to ZONE_MQTT_HOST and ZONE_MQTT_PORT.
    """
    import asyncio

    from zone_service.addresses import addresses
    from zone_service.send import report_payload, send_report

    to = addresses(load())
    payload = report_payload(longitude, latitude, speed, heading, height_agl, control_mode)
    asyncio.run(send_report(to.mqtt_host, to.mqtt_port, device_id, password, payload))
    out.print(f"sent to {to.mqtt} as {device_id}", highlight=False)
    out.print(payload.decode(), highlight=False)


@app.command("load", epilog=_example("zone load --devices 1000 --rate 5 --seconds 60 --qos 1"))
def load_command(
    devices: Annotated[int, typer.Option(min=1, max=99_999, help="Connections to hold.")] = 100,
    rate: Annotated[
        float, typer.Option(min=0.001, max=100, help="Reports a second of each device.")
    ] = 1.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long to publish.")] = 30.0,
    qos: Annotated[int, typer.Option(min=0, max=1, help="0, or 1: with PUBACK.")] = 0,
    operator: Annotated[str, typer.Option(help="Whose devices they are.")] = "load-test",
) -> None:
    """Publish from many registered devices, and say how far the platform kept up.

    They are called load-00001 … and are registered where they are not known yet, with
    credentials that end with the run. They are parked vehicles: decoded, checked against every
    fence, stored and acknowledged like all others, but nothing they do is a violation, unless
    longitude 121.862, latitude 30.9 lies in a keep-out zone. The exit status is 1 where not
    every report is known to be stored in the end.
    """
    from zone_service.load_test import run_load_test

    stored_all = run_load_test(load(), devices, rate, seconds, qos, operator, out)
    raise typer.Exit(0 if stored_all else EXIT_FAILED)


@app.command(epilog=_example("zone watch --username zhao", "zone watch --url https://zone.example"))
def watch(
    username: Annotated[
        str, typer.Option(envvar="ZONE_USERNAME", prompt=True, help="Your account.")
    ],
    password: Annotated[
        str,
        typer.Option(
            envvar="ZONE_PASSWORD", prompt=True, hide_input=True, help="Asked for when not given."
        ),
    ],
    url: Annotated[
        str, typer.Option(help="The platform's address; empty is the one on this machine.")
    ] = "",
    seconds: Annotated[float, typer.Option(min=0, help="Stop after so long; 0 is never.")] = 0.0,
) -> None:
    """Show the live feed in the terminal: open violations as a table. Ctrl-C ends it."""
    import asyncio

    from zone_service.addresses import addresses
    from zone_service.live_terminal import show_feed

    asyncio.run(show_feed(url.rstrip("/") or addresses(load()).web, username, password, seconds))


@app.command(epilog=_example("zone demo", "zone demo --seconds 60 --headless --report report.json"))
def demo(
    seconds: Annotated[float, typer.Option(min=0, help="End after so long; 0 is never.")] = 0.0,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Do not offer the page.")] = False,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a summary as JSON into this file.")
    ] = None,
    broker: Annotated[BrokerKind, typer.Option(help="nats or mosquitto")] = BrokerKind.NATS,
    data_dir: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Keep the data here; without it, it is thrown away."),
    ] = None,
) -> None:
    """Start everything, drive a simulated city, and show breaches as they open.

    Needs nothing that runs, and leaves nothing behind. The exit status is 1 where a breach of
    the script that was due was not reported, or one was that is not in the script.
    """
    from zone_service.demo import run_demo

    raise typer.Exit(run_demo(seconds, headless, report, broker, data_dir))
