"""nats-server with its MQTT listener: configuration and permissions."""

import json
from collections.abc import Iterable

from zone_service.brokers.account import SERVICE, Account
from zone_service.brokers.plan import ENVELOPE_BYTES, MAX_PAYLOAD_BYTES, ConfigFile, Plan

MAIN = "nats.conf"
RELOADED = "Reloaded server configuration"
REFUSED = "Failed to reload server configuration"
STARVED = "no space left on device"
"""After one write that failed so, its streams take no QoS 1 message until it is started again."""

_ACK_WAIT_S = 2
"""What a worker that died had been given comes again only after this time, not when the next one
connects; a commit that takes longer brings repetitions, which the track drops."""
_SYNC_S = 1
"""At "always" the disk cannot follow 5 000 messages a second; what promises storage is the
service's own acknowledgement."""
_MAX_ACK_PENDING = 10_000
"""For each subscription, and for a session as a whole. One session's subscriptions may not add up to
more than 65 535, and one that ends in ``#`` counts twice: 10 000 leaves room for six."""

# Both of each pair: with the second alone ``zone/#`` is refused, since MQTT's ``#`` also means the
# level above it.
_SERVICE_SUBJECTS = ("zone", "zone.>", "thing", "thing.>", "sys", "sys.>")
_DEVICE_PUBLISHES = ("zone.up.{}", "thing.product.{}", "sys.product.{}")
_DEVICE_HEARS = (
    "zone.down.{}",
    "zone.down.{}.>",
    "thing.product.{}.services",
    "thing.product.{}.events_reply",
    "thing.product.{}.requests_reply",
    "thing.product.{}.property.set",
    "thing.product.{}.drc.down",
    "sys.product.{}.status_reply",
)


def files(plan: Plan, accounts: Iterable[Account]) -> tuple[ConfigFile, ...]:
    """Return the configuration: the main file and the accounts it includes."""
    return ConfigFile(MAIN, _main(plan)), ConfigFile("accounts.conf", _accounts(plan, accounts))


def arguments(plan: Plan) -> list[str]:
    """Return what the server is started with."""
    return ["--config", str(plan.directory / MAIN)]


def _main(plan: Plan) -> str:
    # `listen`: the native protocol is not for devices, yet it cannot be turned off; it gets any
    # free port on loopback, and no account may use it (allowed_connection_types).
    return f"""\
server_name: "zone"
listen: "127.0.0.1:-1"
log_file: {_quoted(plan.directory / "broker.log")}
logfile_size_limit: 16MB
logfile_max_num: 4
max_payload: {MAX_PAYLOAD_BYTES + ENVELOPE_BYTES}
write_deadline: "30s"
jetstream {{
  store_dir: {_quoted(plan.directory / "jetstream")}
  sync_interval: "{_SYNC_S}s"
  max_file_store: {plan.max_store_bytes}
}}
mqtt {{
  host: {_quoted(plan.host)}
  port: {plan.port}
  max_ack_pending: {_MAX_ACK_PENDING}
  ack_wait: "{_ACK_WAIT_S}s"
}}
include "accounts.conf"
"""


def _accounts(plan: Plan, accounts: Iterable[Account]) -> str:
    users = [_service(plan.service), *(_user_of(account) for account in accounts)]
    return "authorization {\n timeout: 10\n users: [\n" + "\n".join(users) + "\n ]\n}\n"


def _service(service: Account) -> str:
    return _user(SERVICE, service.bcrypt, _SERVICE_SUBJECTS, _SERVICE_SUBJECTS)


def _user_of(account: Account) -> str:
    return _device(account) if account.speaks_for is None else _gateway(account, account.speaks_for)


def _gateway(account: Account, speaks_for: Iterable[str]) -> str:
    """Name each device: by a wildcard the process that reads strangers' bytes could speak for all."""
    channels = ("tele", "ack") if account.tells_fences else ("tele",)
    publishes = [f"zone.up.{device_id}.{each}" for device_id in speaks_for for each in channels]
    hears = ["zone.down.*.ack", *(["zone.down.*.fence"] if account.tells_fences else [])]
    # An empty list would not be a limit.
    return _user(account.username, account.bcrypt, publishes or ["zone.up"], hears)


def _device(account: Account) -> str:
    name = account.username
    publishes = [f"{subject.format(name)}.>" for subject in _DEVICE_PUBLISHES]
    return _user(name, account.bcrypt, publishes, [s.format(name) for s in _DEVICE_HEARS])


def _user(name: str, secret: str, publishes: Iterable[str], hears: Iterable[str]) -> str:
    """Allow what is listed, and so deny the rest; ``$MQTT.sub`` carries QoS 1 to the session."""
    permissions = {
        "publish": {"allow": list(publishes)},
        "subscribe": {"allow": [*hears, "$MQTT.sub.>"]},
    }
    user = {
        "user": name,
        "password": secret,
        "allowed_connection_types": ["MQTT"],
        "permissions": permissions,
    }
    return json.dumps(user)


def _quoted(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)
