"""Mosquitto 2: configuration, password files and access control lists."""

import getpass
from collections.abc import Iterable

from zone_service.brokers.account import SERVICE, Account
from zone_service.brokers.plan import ENVELOPE_BYTES, MAX_PAYLOAD_BYTES, ConfigFile, Plan

MAIN = "mosquitto.conf"
RELOADED = "Reloading config."
REFUSED = "Error"
STARVED = None
"""It keeps in memory what it cannot save, and tries again."""

_DEVICE_RIGHTS = """\
pattern write zone/up/%u/#
pattern write thing/product/%u/#
pattern write sys/product/%u/#
pattern read zone/down/%u/#
pattern read thing/product/%u/services
pattern read thing/product/%u/events_reply
pattern read thing/product/%u/requests_reply
pattern read thing/product/%u/property/set
pattern read thing/product/%u/drc/down
pattern read sys/product/%u/status_reply
"""
_SERVICE_RIGHTS = f"""\
user {SERVICE}
topic readwrite zone/#
topic readwrite thing/#
topic readwrite sys/#
"""


def files(plan: Plan, accounts: Iterable[Account]) -> tuple[ConfigFile, ...]:
    """Return the configuration: main file, one password file and one list for each listener."""
    known = tuple(accounts)
    devices = [each for each in known if each.speaks_for is None]
    gateways = [each for each in known if each.speaks_for is not None]
    return (
        ConfigFile(MAIN, _main(plan)),
        ConfigFile("devices.passwords", _passwords(devices)),
        ConfigFile("devices.acl", _DEVICE_RIGHTS),
        ConfigFile("service.passwords", _passwords([plan.service, *gateways])),
        ConfigFile("service.acl", _SERVICE_RIGHTS + "".join(map(_gateway_rights, gateways))),
    )


def _gateway_rights(gateway: Account) -> str:
    """Name each device: by a wildcard the process that reads strangers' bytes could speak for all."""
    channels = ("tele", "ack") if gateway.tells_fences else ("tele",)
    own = "".join(
        f"topic write zone/up/{each}/{channel}\n"
        for each in gateway.speaks_for or ()
        for channel in channels
    )
    fences = "topic read zone/down/+/fence\n" if gateway.tells_fences else ""
    return f"user {gateway.username}\ntopic read zone/down/+/ack\n{fences}{own}"


def arguments(plan: Plan) -> list[str]:
    """Return what the server is started with."""
    return ["-c", str(plan.directory / MAIN)]


def _passwords(accounts: Iterable[Account]) -> str:
    return "".join(f"{account.username}:{account.pbkdf2}\n" for account in accounts)


def _main(plan: Plan) -> str:
    # `user`: started as root it would become `mosquitto`, who cannot read our files again on a
    # reload. `retain_available`: who retains is disconnected, so nothing poisoned can wait for the
    # next subscriber. `max_queued_messages`: the default of 1000 drops what a slow service has not
    # taken, without a word. `use_username_as_clientid`: a device cannot take over the session of
    # another; the platform has several sessions under one name, hence a listener of its own.
    # `max_packet_size`: it ends the connection, where `message_size_limit` acknowledges and drops.
    listeners = (
        _listener(plan, "devices", plan.port, plan.host),
        _listener(plan, "service", plan.service_port, "127.0.0.1"),
    )
    return f"""\
per_listener_settings true
user {getpass.getuser()}
log_dest file {plan.directory / "broker.log"}
log_type error
log_type warning
log_type notice
log_type information
connection_messages false
max_packet_size {MAX_PAYLOAD_BYTES + ENVELOPE_BYTES}
retain_available false
set_tcp_nodelay true
max_queued_messages 0
max_inflight_messages 0
persistent_client_expiration 7d
sys_interval 0
{_persistence(plan)}
{listeners[0]}use_username_as_clientid true
{listeners[1]}"""


def _persistence(plan: Plan) -> str:
    # Once a second, not on every change: a save rewrites everything, so with a platform that is
    # away and messages waiting, each new one would cost more than the last. What a kill can take
    # is the last second, which devices send again since the platform never acknowledged it.
    if not plan.persistence:
        return "persistence false"
    return f"""\
persistence true
persistence_location {plan.directory}/
autosave_interval 1
autosave_on_changes false"""


def _listener(plan: Plan, name: str, port: int, host: str) -> str:
    return f"""\
listener {port} {host}
allow_anonymous false
password_file {plan.directory / name}.passwords
acl_file {plan.directory / name}.acl
"""
