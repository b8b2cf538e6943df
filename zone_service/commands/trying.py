"""Commands that play a unit, many units or a whole city, and one that looks on."""

from pathlib import Path
from typing import Annotated

import typer

from telemetry.codecs.canonical import (
    ANGLE_DEG,
    HEIGHT_M,
    LATITUDE_DEG,
    LONGITUDE_DEG,
    SPEED_MPS,
)
from telemetry.report import ControlMode
from zone_service.commands.languages import InChinese, is_chinese, spoken
from zone_service.commands.ranges import A_WEEK_S, as_codec, web_address, within
from zone_service.commands.root import EXIT_FAILED, app, example, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import BrokerKind, load


@app.command(
    epilog=example(
        "zone send car-1 --longitude 121.9 --latitude 30.9 --speed 5 --control-mode AUTONOMOUS",
    )
)
def send(
    device_id: Annotated[str, typer.Argument(help="The device to speak as.")],
    longitude: Annotated[
        float, typer.Option(callback=as_codec(LONGITUDE_DEG), help="Degrees east, WGS 84.")
    ],
    latitude: Annotated[
        float, typer.Option(callback=as_codec(LATITUDE_DEG), help="Degrees north, WGS 84.")
    ],
    password: Annotated[
        str,
        typer.Option(
            envvar="ZONE_DEVICE_PASSWORD",
            prompt="Its password",
            hide_input=True,
            help="What `zone device add` showed.",
        ),
    ],
    speed: Annotated[
        float | None,
        typer.Option(callback=as_codec(SPEED_MPS), help="Metres a second, 0 to 1 000."),
    ] = None,
    heading: Annotated[
        float | None,
        typer.Option(callback=as_codec(ANGLE_DEG), help="Degrees clockwise from north, to 360."),
    ] = None,
    height_agl: Annotated[
        float | None,
        typer.Option(callback=as_codec(HEIGHT_M), help="Metres above ground, -1 000 to 100 000."),
    ] = None,
    control_mode: Annotated[
        ControlMode, typer.Option(help="Who or what drives.", show_choices=True)
    ] = ControlMode.UNKNOWN,
) -> None:
    """Publish one report as a device does: canonical JSON on zone/up/DEVICE/tele.

    To a platform that runs on ZONE_DATA_DIR, or else to ZONE_MQTT_HOST and ZONE_MQTT_PORT.
    """
    with nothing_begun():
        import asyncio

        from zone_service.addresses import addresses
        from zone_service.brokers.account import BrokerAccess
        from zone_service.send import report_payload, send_report

    settings = load()
    to = addresses(settings)
    device = BrokerAccess(to.mqtt_host, to.mqtt_port, device_id, password, settings.mqtt_tls)
    payload = report_payload(longitude, latitude, speed, heading, height_agl, control_mode)
    asyncio.run(send_report(device, payload))
    sent = spoken(f"sent to {to.mqtt} as {device_id}", f"已以 {device_id} 的身份发送至 {to.mqtt}")
    out.print(sent, highlight=False)
    out.print(payload.decode(), highlight=False)


@app.command("load", epilog=example("zone load --devices 1000 --rate 5 --seconds 60 --qos 1"))
def load_command(
    devices: Annotated[
        int, typer.Option(callback=within(1, 99_999), help="Connections to hold.")
    ] = 100,
    rate: Annotated[
        float, typer.Option(callback=within(0.001, 100), help="Reports a second of each device.")
    ] = 1.0,
    seconds: Annotated[
        float, typer.Option(callback=within(1, A_WEEK_S), help="How long to publish.")
    ] = 30.0,
    qos: Annotated[int, typer.Option(callback=within(0, 1), help="0, or 1: with PUBACK.")] = 0,
    operator: Annotated[str, typer.Option(help="Whose devices they are.")] = "load-test",
    *,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the devices registered, without credentials.")
    ] = False,
) -> None:
    """Publish from many registered devices, and say how far the platform kept up.

    They are called load-00001 …, are registered for the run, and leave the register with it; so
    do those that an earlier load test left there, and Ctrl-C leaves none. They are parked vehicles: decoded, checked against every
    fence, stored and acknowledged like all others, but nothing they do is a violation, unless
    longitude 121.862, latitude 30.9 lies in a keep-out zone. The exit status is 1 where not
    every report is known to be stored in the end.
    """
    with nothing_begun():
        from zone_service.load_test import run_load_test

    stored_all = run_load_test(load(), devices, rate, seconds, qos, operator, out, keep=keep)
    raise typer.Exit(0 if stored_all else EXIT_FAILED)


@app.command(epilog=example("zone watch --username zhao", "zone watch --url https://zone.example"))
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
        str,
        typer.Option(
            callback=web_address, help="The platform's address; empty is the one on this machine."
        ),
    ] = "",
    seconds: Annotated[
        float, typer.Option(callback=within(0, A_WEEK_S), help="Stop after so long; 0 is never.")
    ] = 0.0,
    *,
    chinese: InChinese = None,
) -> None:
    """Show the live feed in the terminal: open violations as a table. Ctrl-C ends it."""
    with nothing_begun():
        import asyncio

        from permits.rule_words import Language
        from zone_service.addresses import addresses
        from zone_service.live_terminal import show_feed

    language = Language.CHINESE if is_chinese(chinese) else Language.ENGLISH
    address = url.rstrip("/") or addresses(load()).web
    asyncio.run(show_feed(address, username, password, seconds, language))


@app.command(epilog=example("zone demo", "zone demo --seconds 60 --headless --report report.json"))
def demo(
    seconds: Annotated[
        float,
        typer.Option(
            callback=within(0, A_WEEK_S),
            help="End after so long; 0 is never. Starting up takes some seconds on top of it.",
        ),
    ] = 0.0,
    *,
    headless: Annotated[bool, typer.Option("--headless", help="Do not offer the page.")] = False,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a summary as JSON into this file.")
    ] = None,
    broker: Annotated[BrokerKind, typer.Option(help="nats or mosquitto")] = BrokerKind.NATS,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="Keep the data in this new directory; else it is thrown away."
        ),
    ] = None,
) -> None:
    """Start everything, drive a simulated city, and show breaches as they open.

    Needs nothing that runs, and leaves nothing behind. The exit status is 1 where a breach of
    the script that was due was not reported, or one was that is not in the script.
    """
    with nothing_begun():
        from zone_service.demo import run_demo

    raise typer.Exit(run_demo(seconds, headless, report, broker, data_dir))
