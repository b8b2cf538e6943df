"""One report, sent from the shell the way an onboard unit sends it."""

import json

import aiomqtt

from telemetry import topics
from telemetry.report import ControlMode
from zone_service.brokers.account import BrokerAccess
from zone_service.brokers.probe import AccessRefused, Unreachable, probe
from zone_service.clock import now


def report_payload(
    longitude: float,
    latitude: float,
    speed_mps: float | None,
    heading_deg: float | None,
    height_agl_m: float | None,
    control_mode: ControlMode,
) -> bytes:
    """Return the canonical JSON of one fix, at this moment; what is unknown is left out."""
    said = {
        "schema_version": 1,
        "event_time": now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "longitude": longitude,
        "latitude": latitude,
        "ground_speed_mps": speed_mps,
        "heading_deg": heading_deg,
        "height_agl_m": height_agl_m,
        "control_mode": control_mode,
    }
    return json.dumps({key: value for key, value in said.items() if value is not None}).encode()


async def send_report(device: BrokerAccess, payload: bytes) -> None:
    """Publish with QoS 1 under the device's own credential.

    Raises:
        ConnectionError: the broker is not there, or refuses the credential.
    """
    _require_access(device)
    try:
        async with _client(device) as client:
            await client.publish(topics.tele(device.username), payload, qos=1)
    except aiomqtt.MqttError as error:
        msg = f"{device.username} could not send to {device.host}:{device.port}: {error}"
        raise ConnectionError(msg) from None


def _client(device: BrokerAccess) -> aiomqtt.Client:
    return aiomqtt.Client(
        device.host,
        device.port,
        username=device.username,
        password=device.password,
        identifier=device.username,
        tls_context=device.tls_context(),
        timeout=5,
    )


def _require_access(access: BrokerAccess) -> None:
    """Find out in words what a connection would only fail with."""
    try:
        probe(access)
    except Unreachable as error:
        msg = f"{error}. Is `zone up` running? Elsewhere: ZONE_MQTT_HOST, ZONE_MQTT_PORT"
        raise ConnectionError(msg) from None
    except AccessRefused as error:
        msg = (
            f"{error}. Expected the password that `zone device add` showed, of a device whose "
            "credential was not revoked; a new one counts after a second"
        )
        raise ConnectionError(msg) from None
