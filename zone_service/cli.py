"""The ``zone`` command: everything that an operator of the platform types."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from telemetry.report import Datum, Domain
from zone_service.settings import BrokerKind, UnsafeSettings, load

app = typer.Typer(
    name="zone",
    help="The test-zone platform: permits, telemetry, electronic fences, live supervision.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
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


def main() -> None:
    """Run the command; an expected failure is one line, not a traceback."""
    try:
        app()
    except UnsafeSettings as error:
        fail(str(error), EXIT_USAGE)
    except _expected() as error:
        fail(str(error))
    except KeyboardInterrupt:
        fail("interrupted", 130)


def fail(message: str, status: int = EXIT_FAILED) -> None:
    """Say what went wrong on standard error, and leave."""
    err.print(f"[bold red]error[/]: {message}", highlight=False)
    sys.exit(status)


def _expected() -> tuple[type[Exception], ...]:
    """Return the errors whose message is meant for the person who typed the command."""
    from zone_service.brokers.process import BrokerError
    from zone_service.data_lock import AlreadyRunning
    from zone_service.store.errors import StoreError

    return StoreError, AlreadyRunning, BrokerError, ConnectionError, PermissionError


@app.command()
def up() -> None:
    """Start the broker, the worker and the web process, and keep them running."""
    from zone_service.supervisor import run

    settings = load()
    out.print(
        f"The page will be at http://{settings.web_host}:{settings.web_port}/ and the broker at "
        f"{settings.mqtt_host}:{settings.mqtt_port}; the data is in {settings.data_dir.resolve()}.\n"
        "A first account: zone user add NAME --role administrator --organisation platform\n"
        "Ctrl-C stops everything.",
        highlight=False,
    )
    raise typer.Exit(run(settings))


@app.command()
def worker() -> None:
    """Run the worker alone: it takes telemetry from the broker and judges it."""
    from zone_service.worker import run

    run(load())


@app.command()
def web() -> None:
    """Run the web process alone: the API, the live feed and the page."""
    from zone_service.web_process import run

    run(load())


@app.command()
def doctor() -> None:
    """Check the broker, the store, the disk, the clock and the versions, and say what to do."""
    from zone_service.doctor import examine, render

    findings = examine(load())
    out.print(render(findings))
    raise typer.Exit(EXIT_FAILED if any(found.state == "fail" for found in findings) else 0)


@database.command("upgrade")
def database_upgrade() -> None:
    """Bring the database to this version's schema; safe to repeat."""
    from zone_service.store.engine import open_store

    settings = load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.database)
    before = store.revision_of_schema()
    store.upgrade()
    out.print(f"schema {before or 'empty'} → {store.revision_of_schema()}")


@maps_.command("import")
def map_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A GeoJSON file.")],
    datum: Annotated[
        Datum | None, typer.Option(help="The datum of its coordinates, where the file is silent.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only.")] = False,
) -> None:
    """Check a file of zones and put it in force, whole or not at all."""
    from zone_service.zone_import import import_zones

    report = import_zones(load(), file.read_bytes(), datum, dry_run=dry_run)
    for problem in report.problems:
        err.print(f"{problem.path}: {problem.message}", highlight=False)
    if report.refused:
        fail(f"{file.name} was refused: {len(report.problems)} problems, nothing was changed")
    action = "would be put in force" if dry_run else f"are in force (revision {report.revision})"
    out.print(f"{report.zones} zones {action}")


@device.command("add")
def device_add(
    device_id: Annotated[str, typer.Argument(help="3 to 64 of A-Z a-z 0-9 _ -")],
    operator: Annotated[str, typer.Option(help="The organisation it belongs to.")],
    domain: Annotated[Domain, typer.Option(help="Where it moves.")] = Domain.ROAD,
    label: Annotated[str, typer.Option(help="What people call it.")] = "",
    codec: Annotated[str, typer.Option(help="canonical, dji or jt808")] = "canonical",
    wire_id: Annotated[
        str, typer.Option(help="Its id inside its payloads, where that differs.")
    ] = "",
    datum: Annotated[Datum, typer.Option(help="The datum it sends.")] = Datum.WGS84,
) -> None:
    """Register a device and show its credential, once."""
    from zone_service.provision import add_device, device_of

    described = device_of(
        device_id, operator, domain, label or device_id, codec, wire_id or None, datum
    )
    secret = add_device(load(), described)
    out.print(f"device    {device_id}")
    out.print(f"username  {device_id}")
    out.print(f"password  {secret}", highlight=False)
    out.print("The password is shown this once and cannot be read again.", style="dim")


@device.command("revoke")
def device_revoke(device_id: str) -> None:
    """Withdraw a device's credential; its live session drops."""
    from zone_service.provision import revoke_device

    had_one = revoke_device(load(), device_id)
    out.print(f"{device_id}: {'its credential is withdrawn' if had_one else 'it had none'}")


@user.command("add")
def user_add(
    username: str,
    role: Annotated[str, typer.Option(help="operator, reviewer, police or administrator")],
    organisation: Annotated[str, typer.Option(help="The organisation it belongs to.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
    department: Annotated[str, typer.Option(help="For reviewers: their department.")] = "",
) -> None:
    """Make an account; its organisation is made with it where it does not exist."""
    from zone_service.provision import add_user

    add_user(load(), username, role, organisation, password, department or None)
    out.print(f"{username} may sign in as {role} of {organisation}")


@app.command()
def send(
    device_id: Annotated[str, typer.Argument(help="The device to speak as.")],
    longitude: Annotated[float, typer.Option(help="Degrees east, WGS 84.")],
    latitude: Annotated[float, typer.Option(help="Degrees north, WGS 84.")],
    password: Annotated[str, typer.Option(envvar="ZONE_DEVICE_PASSWORD", help="Its credential.")],
    speed: Annotated[float | None, typer.Option(help="Metres a second.")] = None,
    heading: Annotated[float | None, typer.Option(help="Degrees from north.")] = None,
    height_agl: Annotated[float | None, typer.Option(help="Metres above ground.")] = None,
    control_mode: Annotated[str, typer.Option(help="MANUAL, AUTONOMOUS, …")] = "UNKNOWN",
) -> None:
    """Publish one report as a device does."""
    from zone_service.send import report_payload, send_report

    settings = load()
    payload = report_payload(longitude, latitude, speed, heading, height_agl, control_mode)
    asyncio.run(send_report(settings, device_id, password, payload))
    out.print(f"sent to {settings.mqtt_host}:{settings.mqtt_port} as {device_id}", highlight=False)
    out.print(payload.decode(), highlight=False)


@app.command("load")
def load_command(
    devices: Annotated[int, typer.Option(min=1, help="Connections to hold.")] = 100,
    rate: Annotated[float, typer.Option(min=0.001, help="Reports a second, each device.")] = 1.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long to publish.")] = 30.0,
    qos: Annotated[int, typer.Option(min=0, max=1)] = 0,
    operator: Annotated[str, typer.Option(help="Whose devices they are.")] = "load-test",
) -> None:
    """Register devices named load-00001 … and publish from all of them."""
    from zone_service.load_test import run_load_test

    run_load_test(load(), devices, rate, seconds, qos, operator, out)


@app.command()
def watch(
    username: Annotated[str, typer.Option(envvar="ZONE_USERNAME", help="Your account.")],
    password: Annotated[str, typer.Option(envvar="ZONE_PASSWORD", prompt=True, hide_input=True)],
    url: Annotated[str, typer.Option(help="The platform's address.")] = "",
    seconds: Annotated[float, typer.Option(help="Stop after so long; 0 is never.")] = 0.0,
) -> None:
    """Show the live feed in the terminal: open violations as a table."""
    from zone_service.live_terminal import show_feed

    settings = load()
    address = url or f"http://{settings.web_host}:{settings.web_port}"
    asyncio.run(show_feed(address, username, password, seconds))


@app.command()
def demo(
    seconds: Annotated[float, typer.Option(min=0, help="End after so long; 0 is never.")] = 0.0,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Do not offer the page.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a summary as JSON into this file.")
    ] = None,
    broker: Annotated[BrokerKind, typer.Option(help="nats or mosquitto")] = BrokerKind.NATS,
    data_dir: Annotated[
        Path | None, typer.Option(help="Keep the data here; without it, it is thrown away.")
    ] = None,
) -> None:
    """Start everything, drive a simulated city, and show breaches as they open."""
    from zone_service.demo import run_demo

    raise typer.Exit(run_demo(seconds, headless, report, broker, data_dir))
