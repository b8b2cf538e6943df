"""One report, sent from the shell the way an onboard unit sends it."""

import json

import aiomqtt

from telemetry import topics
from zone_service.clock import now
from zone_service.settings import Settings


def report_payload(
    longitude: float,
    latitude: float,
    speed_mps: float | None,
    heading_deg: float | None,
    height_agl_m: float | None,
    control_mode: str,
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


async def send_report(settings: Settings, device_id: str, password: str, payload: bytes) -> None:
    """Publish with QoS 1 under the device's own credential.

    Raises:
        ConnectionError: the broker is not there, or refuses the credential.
    """
    where = f"{settings.mqtt_host}:{settings.mqtt_port}"
    try:
        async with aiomqtt.Client(
            settings.mqtt_host,
            settings.mqtt_port,
            username=device_id,
            password=password,
            identifier=device_id,
            timeout=5,
        ) as client:
            await client.publish(topics.tele(device_id), payload, qos=1)
    except aiomqtt.MqttError as error:
        msg = (
            f"{device_id} could not send to {where}: {error}. Is `zone up` running, and is the "
            "password the one that `zone device add` showed?"
        )
        raise ConnectionError(msg) from None
