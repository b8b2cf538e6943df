"""The MQTT broker as the rest of the platform sees it.

nats-server by default, Mosquitto by configuration, or one that somebody else runs. Accounts come
and go while it runs: a reload keeps every session whose account stayed, and drops those whose
account is gone.
"""

from dataclasses import replace

from zone_service.brokers.account import (
    SERVICE,
    Account,
    BrokerAccess,
    account,
    device_client_id,
    gateway_account,
    gateway_name,
    gateway_password,
    private_client_id,
    usable,
)
from zone_service.brokers.plan import MAX_PAYLOAD_BYTES, Plan
from zone_service.brokers.probe import AccessRefused, Unreachable, probe
from zone_service.brokers.process import (
    Broker,
    BrokerError,
    BrokerFailed,
    ServerNotFound,
    find_server,
    free_port,
    write_config,
)
from zone_service.secret_file import read_secrets
from zone_service.settings import BrokerKind, Settings

__all__ = [
    "MAX_PAYLOAD_BYTES",
    "SERVICE",
    "AccessRefused",
    "Account",
    "Broker",
    "BrokerAccess",
    "BrokerError",
    "BrokerFailed",
    "BrokerKind",
    "Plan",
    "ServerNotFound",
    "Unreachable",
    "account",
    "device_client_id",
    "find_server",
    "free_port",
    "gateway_access",
    "gateway_account",
    "gateway_password",
    "private_client_id",
    "probe",
    "service_access",
    "usable",
    "write_config",
]


def service_access(settings: Settings) -> BrokerAccess:
    """Return how the platform's own processes connect.

    With a broker that the supervisor runs, it is as the supervisor wrote down in the data
    directory; with any other, as the settings say.

    Raises:
        BrokerError: neither says; the platform was never started here.
    """
    given = settings.mqtt_password.get_secret_value()
    embedded = settings.broker is not BrokerKind.EXTERNAL
    kept = read_secrets(settings.data_dir) if embedded else None
    if kept is not None and given in {"", kept.mqtt_password}:
        return BrokerAccess(kept.mqtt_host, kept.mqtt_port, SERVICE, kept.mqtt_password)
    if not given:
        msg = f"no broker password in the settings or in {settings.data_dir}: run `zone up` first"
        raise BrokerError(msg)
    return BrokerAccess(
        settings.mqtt_host, settings.mqtt_port, settings.mqtt_username, given, settings.mqtt_tls
    )


def gateway_access(settings: Settings, codec: str) -> BrokerAccess:
    """Return how the gateway for a format connects: as itself, and never as the platform.

    With an external broker as the settings for gateways say, for its accounts are somebody else's.

    Raises:
        BrokerError: nobody says how; the platform was never started here, or the settings lack it.
    """
    if settings.broker is not BrokerKind.EXTERNAL:
        if settings.mqtt_username == gateway_name(codec):
            given = settings.mqtt_password.get_secret_value()
            return BrokerAccess(settings.mqtt_host, settings.mqtt_port, gateway_name(codec), given)
        service = service_access(settings)
        password = gateway_password(codec, service.password)
        return replace(service, username=gateway_name(codec), password=password)
    given = settings.gateway_mqtt_password.get_secret_value()
    if not (given and settings.gateway_mqtt_username):
        msg = (
            "an external broker needs an account for gateways: set ZONE_GATEWAY_MQTT_USERNAME and "
            "ZONE_GATEWAY_MQTT_PASSWORD"
        )
        raise BrokerError(msg)
    return BrokerAccess(
        settings.mqtt_host,
        settings.mqtt_port,
        settings.gateway_mqtt_username,
        given,
        settings.mqtt_tls,
    )
