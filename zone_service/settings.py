"""What a deployment sets: one object, read once, refused whole when it is not safe to run on."""

from datetime import date, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from zone_service import rule_files
from zone_service.broker_tls import Tls, TlsUnusable
from zone_service.working_days import CalendarUnusable, working_days

DEMONSTRATION = "demonstration"
"""The rule set that nobody is supervised by."""


class Environment(StrEnum):
    """Who relies on this installation."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class BrokerKind(StrEnum):
    """Which MQTT broker carries the messages."""

    NATS = "nats"
    """nats-server as a child process: the default."""
    MOSQUITTO = "mosquitto"
    """Mosquitto as a child process."""
    EXTERNAL = "external"
    """A broker that somebody else runs and whose accounts somebody else keeps."""


class LogLevel(StrEnum):
    """From which severity on the log says something."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class UnsafeSettings(ValueError):
    """The settings cannot be used; the message lists each one with what was expected."""


class Settings(BaseSettings):
    """Every setting, with its default. Environment variables begin with ``ZONE_``."""

    model_config = SettingsConfigDict(env_prefix="ZONE_", extra="ignore", frozen=True)

    environment: Environment = Environment.DEVELOPMENT
    data_dir: Path = Path("data")
    """Where the database, the broker's files and the secrets live."""
    store_url: str = Field(default="", repr=False)  # it may hold a password
    """SQLAlchemy address of the database; empty is SQLite in the data directory."""

    broker: BrokerKind = BrokerKind.NATS
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = Field(default=1883, ge=1, le=65535)
    mqtt_username: str = "service"
    mqtt_password: SecretStr = SecretStr("")
    """Empty: made at the first start and kept in the data directory."""
    mqtt_tls_ca: Path | None = None
    """Certificates of those who may vouch for an external broker; given, all goes over TLS."""
    mqtt_tls_cert: Path | None = None
    """Our own certificate, for a broker that asks for one."""
    mqtt_tls_key: Path | None = None
    """Its key, where that is in a file apart."""

    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8080, ge=1, le=65535)
    public_origin: str = ""
    """The address people type, such as ``https://zone.example``; empty trusts the Host header."""
    secure_cookies: bool = False
    trusted_proxies: str = ""
    """Addresses and networks of the reverse proxies in front, with commas in between: from these
    alone ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed. With none, the throttle of
    sign-ins takes everybody behind a proxy for one."""

    rule_set: str = "shanghai-default"
    rule_extensions: str = ""
    """Instruments that go on beyond their last day, with commas in between:
    ``sh-icv-procedure=2027-10-31``. A published version with an extension says by whom and why."""
    calendar_file: Path | None = None
    """Working days of years that the calendar which ships does not know, or that were changed since."""
    terrain_amsl_m: float | None = None
    """Height of the ground above mean sea level where it is flat enough for one number."""
    geoid_hae_m: float | None = None
    """Height of mean sea level above the ellipsoid; with neither, such heights stay unknown."""
    terrain_file: Path | None = None
    """A GeoTIFF of the ground above mean sea level, instead of one number."""
    geoid_file: Path | None = None
    """A GeoTIFF of mean sea level above the ellipsoid, instead of one number."""

    document_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=1024**3)
    """How long the file of a document may be."""
    recognition_max_bytes: int = Field(default=64 * 1024 * 1024, ge=1024, le=1024**3)
    """How long the file of a bundle of another jurisdiction may be."""
    answers_kept_hours: float = Field(default=24.0, gt=0, le=24 * 366)
    """How long what came with an Idempotency-Key is answered alike when it is sent again."""
    checkpoint_every_s: float = Field(default=5.0, gt=0)
    journal_keep_hours: float = Field(default=48.0, gt=0)
    batch_max_messages: int = Field(default=1000, ge=1, le=100_000)
    live_hz: float = Field(default=10.0, gt=0, le=50)
    log_level: LogLevel = LogLevel.INFO
    access_log: bool = False
    """Whether each request is a line in the log; those that failed by our fault always are."""
    demo: bool = False
    """Shows the demonstration's accounts on the login page."""

    @field_validator("trusted_proxies")
    @classmethod
    def _only_networks(cls, given: str) -> str:
        for each in _listed(given):
            if ip_network(each).prefixlen == 0:
                msg = f"{each} trusts everybody: expected the addresses of the proxies"
                raise ValueError(msg)
        return given

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_either_case(cls, given: object) -> object:
        if isinstance(given, str) and given.upper() in LogLevel.__members__:
            return LogLevel(given.upper())
        return given

    @field_validator("rule_set")
    @classmethod
    def _one_that_ships(cls, given: str) -> str:
        known = rule_files.supervising()
        if given not in known:
            msg = f"there is no such rule set: expected one of {', '.join(known)}"
            raise ValueError(msg)
        return given

    @field_validator("rule_extensions")
    @classmethod
    def _only_days(cls, given: str) -> str:
        for each in _listed(given):
            if not _is_extension(each):
                msg = f"{each!r}: expected an instrument and a day, sh-icv-procedure=2027-10-31"
                raise ValueError(msg)
        return given

    @model_validator(mode="after")
    def _safe(self) -> Self:
        problems = _unusable_tls(self) + _unusable_surfaces(self) + _unusable_calendar(self)
        if self.environment is Environment.PRODUCTION:
            problems += _insecure(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def mqtt_tls(self) -> Tls | None:
        """What the broker is talked to with; ``None`` is in the clear."""
        if self.mqtt_tls_ca is None:
            return None
        return Tls(self.mqtt_tls_ca, self.mqtt_tls_cert, self.mqtt_tls_key)

    @property
    def proxies(self) -> tuple[str, ...]:
        """The addresses and networks of the reverse proxies."""
        return _listed(self.trusted_proxies)

    @property
    def extended_instruments(self) -> dict[str, date]:
        """The instruments that go on beyond their last day, and until when."""
        parts = (each.partition("=") for each in _listed(self.rule_extensions))
        return {key: date.fromisoformat(day) for key, _, day in parts}

    @property
    def answers_kept(self) -> timedelta:
        """How long the answer to a key is kept."""
        return timedelta(hours=self.answers_kept_hours)

    @property
    def files_dir(self) -> Path:
        """Where the files of documents lie; with several web machines a folder that they share."""
        return self.data_dir / "files"

    @property
    def database(self) -> str:
        """The address of the database that is really used."""
        return self.store_url or f"sqlite:///{(self.data_dir / 'zone.sqlite').resolve()}"


def _is_extension(given: str) -> bool:
    key, _, day = given.partition("=")
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return bool(key)


def _listed(given: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in given.split(",") if each.strip())


def _insecure(settings: Settings) -> list[str]:
    """Return what may not be in production, each with what was expected."""
    found = []
    if settings.demo:
        found.append("ZONE_DEMO=true shows passwords: expected false in production")
    if settings.rule_set == DEMONSTRATION:
        found.append(
            f"ZONE_RULE_SET={DEMONSTRATION} opens a violation of a single stray fix: expected a rule "
            "set that is meant for supervision"
        )
    if not settings.secure_cookies:
        found.append(
            "ZONE_SECURE_COOKIES=false sends sessions in the clear: expected true, and TLS in front"
        )
    if not settings.public_origin.startswith("https://"):
        found.append(
            f"ZONE_PUBLIC_ORIGIN={settings.public_origin!r}: expected the https:// address "
            "that people type"
        )
    if not _is_loopback(settings.mqtt_host) and settings.mqtt_tls is None:
        found.append(
            f"ZONE_MQTT_HOST={settings.mqtt_host} without ZONE_MQTT_TLS_CA sends passwords in the "
            "clear: expected an address of this machine, or ZONE_BROKER=external over TLS"
        )
    password = settings.mqtt_password.get_secret_value()
    if settings.broker is BrokerKind.EXTERNAL and len(password) < 16:
        found.append(
            f"ZONE_MQTT_PASSWORD has {len(password)} characters: expected 16 or more "
            "for an external broker"
        )
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unusable_tls(settings: Settings) -> list[str]:
    """Return what is wrong with the certificates, each with what was expected."""
    tls = settings.mqtt_tls
    if settings.mqtt_tls_key and not settings.mqtt_tls_cert:
        return ["ZONE_MQTT_TLS_KEY without ZONE_MQTT_TLS_CERT: expected both"]
    if tls is None:
        own = settings.mqtt_tls_cert
        return [f"ZONE_MQTT_TLS_CERT={own} without ZONE_MQTT_TLS_CA: expected both"] if own else []
    if settings.broker is not BrokerKind.EXTERNAL:
        kind = settings.broker.value
        return [f"ZONE_MQTT_TLS_CA with ZONE_BROKER={kind}: expected ZONE_BROKER=external"]
    try:
        tls.context()
    except TlsUnusable as error:
        return [f"ZONE_MQTT_TLS_…: {error}"]
    return []


def _unusable_surfaces(settings: Settings) -> list[str]:
    """Return what is wrong with the surfaces, each with what was expected."""
    found = []
    for level, level_m, name, file in (
        ("TERRAIN_AMSL_M", settings.terrain_amsl_m, "TERRAIN_FILE", settings.terrain_file),
        ("GEOID_HAE_M", settings.geoid_hae_m, "GEOID_FILE", settings.geoid_file),
    ):
        if file is not None and level_m is not None:
            found.append(f"ZONE_{level} with ZONE_{name}: expected one of them")
        if file is not None and not file.is_file():
            found.append(f"ZONE_{name}={file}: expected a file")
    return found


def _unusable_calendar(settings: Settings) -> list[str]:
    try:
        working_days(settings.calendar_file)
    except CalendarUnusable as error:
        return [f"ZONE_CALENDAR_FILE: {error}"]
    return []


def load(**overrides: object) -> Settings:
    """Read the environment.

    Raises:
        UnsafeSettings: something is missing, malformed or not safe in production.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [_in_words(problem) for problem in error.errors(include_url=False)]
        raise UnsafeSettings("cannot start: " + "; ".join(lines)) from None


def _in_words(problem: ErrorDetails) -> str:
    """Return what is wrong with a setting, under the name of its variable."""
    if not problem["loc"]:
        return problem["msg"].removeprefix("Value error, ")
    name = f"ZONE_{'_'.join(str(part) for part in problem['loc']).upper()}"
    given = "…" if "PASSWORD" in name else problem["input"]
    return f"{name}={given}: {problem['msg'].removeprefix('Value error, ')}"
