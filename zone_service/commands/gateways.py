"""Commands that run gateways, for units that do not speak MQTT."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from zone_service.commands.failures import failure_in_chinese
from zone_service.commands.languages import spoken
from zone_service.commands.root import example, gateway
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.listening import Listening

JT808_AT: Final = "127.0.0.1:7611"
AIS_AT: Final = "127.0.0.1:7612"
MAVLINK_AT: Final = "127.0.0.1:14550"


def _address(typed: str, instead: str, name: str) -> "Listening":
    from zone_service.listening import listening

    try:
        return listening(typed or instead)
    except ValueError as error:
        said = spoken(str(error), failure_in_chinese(error))
        raise typer.BadParameter(said, param_hint=name) from None


def _given(typed: str, name: str) -> "Listening | None":
    return _address(typed, "", name) if typed else None


@gateway.command(epilog=example("zone gateway jt808 --listen 0.0.0.0:7611"))
def jt808(
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help=f"Where terminals connect by TCP; else ZONE_GATEWAY_JT808, or {JT808_AT}.",
        ),
    ] = "",
) -> None:
    """Let JT/T 808 terminals in by TCP, and pass on what they say as their devices do.

    Which device a terminal is says its number, the wire id of a device of codec jt808 with a valid
    credential. A message is answered (0x8001) when it is stored, and not before. ``zone up`` runs it
    where ZONE_GATEWAY_JT808 is set; alone it is for machines where a service manager keeps each process.
    """
    settings = load()
    tcp = _address(listen, settings.gateway_jt808 or JT808_AT, "--listen")
    with nothing_begun():
        from telemetry.gateways.jt808 import WIRE
        from zone_service.gateways.process import Sockets, run

    run(settings, WIRE, Sockets(tcp=tcp))


@gateway.command(epilog=example("zone gateway ais --udp 0.0.0.0:7612"))
def ais(
    tcp: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help=f"Where receivers connect; else ZONE_GATEWAY_AIS_TCP, or {AIS_AT} with no --udp either.",
        ),
    ] = "",
    udp: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help="Where receivers send datagrams to; else ZONE_GATEWAY_AIS_UDP.",
        ),
    ] = "",
) -> None:
    """Take NMEA lines of AIS receivers, and pass on what registered vessels say as their devices do.

    Which device a vessel is says its MMSI, the wire id of a device of codec ais with a valid credential;
    the others that a receiver hears are counted. ``zone up`` runs it where ZONE_GATEWAY_AIS_TCP or
    ZONE_GATEWAY_AIS_UDP is set; alone it is for machines where a service manager keeps each process.
    """
    settings = load()
    by_tcp, by_udp = tcp or settings.gateway_ais_tcp, udp or settings.gateway_ais_udp
    by_tcp = by_tcp or ("" if by_udp else AIS_AT)
    listens = _given(by_tcp, "--tcp"), _given(by_udp, "--udp")
    with nothing_begun():
        from telemetry.gateways.ais import WIRE
        from zone_service.gateways.process import Sockets, run

    run(settings, WIRE, Sockets(*listens))


@gateway.command(epilog=example("zone gateway mavlink --listen 0.0.0.0:14550"))
def mavlink(
    listen: Annotated[
        str,
        typer.Option(
            metavar="HOST:PORT",
            help=f"Where bridges send datagrams to; else ZONE_GATEWAY_MAVLINK, or {MAVLINK_AT}.",
        ),
    ] = "",
) -> None:
    """Take MAVLink datagrams, and pass on what registered aircraft say as their devices do.

    Which device an aircraft is says its system id, as the wire id ``sys:7`` of a device of codec mavlink with
    a valid credential. A position goes with the clock that its system told. With ZONE_GATEWAY_MAVLINK_FENCES
    their fences are put on board of those that are disarmed. ``zone up`` runs it where ZONE_GATEWAY_MAVLINK is set; alone it is for machines where a service manager keeps each process.
    """
    settings = load()
    udp = _address(listen, settings.gateway_mavlink or MAVLINK_AT, "--listen")
    with nothing_begun():
        from telemetry.gateways.mavlink import TELLING, WIRE
        from zone_service.gateways.process import Sockets, run

    run(settings, TELLING if settings.gateway_mavlink_fences else WIRE, Sockets(udp=udp))
