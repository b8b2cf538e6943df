"""What a deployment sets: one object, read once, refused whole when it is not safe to run on."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from permits.rule_words import Language
from telemetry.service_area import ServiceArea, service_area_of
from zone_service import rule_files
from zone_service.broker_tls import Tls, TlsUnusable
from zone_service.field_words import EXPECTED
from zone_service.listening import listening
from zone_service.setting_words import SettingRefused, SettingsRefused, cannot_start
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

    def __init__(self, in_words: Callable[[Language], Sequence[str]]) -> None:
        """``in_words``: what is wrong, in a language."""
        self._in_words = in_words
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return cannot_start(self._in_words(language), language)


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

    gateway_jt808: str = ""
    """Where JT/T 808 terminals connect by TCP, such as ``0.0.0.0:7611``: given, `zone up` runs that gateway."""
    gateway_ais_tcp: str = ""
    """Where AIS receivers connect by TCP, such as ``0.0.0.0:7612``; with either `zone up` runs that gateway."""
    gateway_ais_udp: str = ""
    """Where they send datagrams to."""
    gateway_mavlink: str = ""
    """Where bridges send MAVLink datagrams to, such as ``0.0.0.0:14550``: given, `zone up` runs that gateway."""
    gateway_mavlink_fences: bool = False
    """Whether that gateway puts fences on board of autopilots that are disarmed; else it only listens. With an
    external broker its account needs the topics of fences and of their acknowledgement."""
    gateway_jt808_registers: bool = False
    """Whether a terminal that registers is told the code to authenticate with; else it must have been
    given its secret. Whoever knows a terminal's number can register as it while that is not connected:
    for a network that terminals alone are in."""
    gateway_mqtt_username: str = ""
    """The account of gateways at an external broker, which may publish on the topics of their devices."""
    gateway_mqtt_password: SecretStr = SecretStr("")
    gateway_connections: int = Field(default=2000, ge=1, le=50_000)
    """How many connections a gateway holds, and from how many addresses it takes datagrams."""
    gateway_idle_s: float = Field(default=300.0, ge=10, le=86_400)
    """After which a gateway closes a connection on which nothing whole was said."""
    gateway_metrics_port: int = Field(default=0, ge=0, le=65533)
    """Where a gateway tells Prometheus what became of what came, on this machine alone; 0 is nowhere. That
    for AIS takes the port behind it, and that for MAVLink the one behind that."""

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
    jurisdictions: str = "pudong,lingang"
    """Rule sets of other jurisdictions that permits may be applied for under, with commas in between:
    beside that of the installation, which decides where none is named."""
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

    service_area: str = ""
    """What is served, ``west,south,east,north`` in degrees of WGS 84: a fix that lies within only with
    longitude and latitude exchanged is refused. Empty: none is, but for what no latitude can be."""

    fence_margin_m: float = Field(default=2000.0, ge=0, le=50_000)
    """How far around where its permits let it be a unit is told of zones."""

    document_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=1024**3)
    """How long the file of a document may be."""
    recognition_max_bytes: int = Field(default=64 * 1024 * 1024, ge=1024, le=1024**3)
    """How long the file of a bundle of another jurisdiction may be."""
    answers_kept_hours: float = Field(default=24.0, gt=0, le=24 * 366)
    """How long what came with an Idempotency-Key is answered alike when it is sent again."""
    checkpoint_every_s: float = Field(default=5.0, gt=0)
    journal_keep_hours: float = Field(default=48.0, gt=0)
    history_every_s: float = Field(default=60.0, gt=0)
    """How often ``zone up`` has the journal taken into the history."""
    history_reports_days: float = Field(default=0.0, ge=0)
    """For how many days decoded reports are kept; 0 is as long as there is room. Never for less than the
    rule set asks (``evidence.positions_kept_months``)."""
    history_raw_days: float = Field(default=0.0, ge=0)
    """The same of frames as they came (``evidence.frames_kept_months``)."""
    history_free: float = Field(default=0.15, ge=0, le=0.9)
    """Which part of the disk is to be free: below it the oldest of the history goes that the rule set no
    longer asks for, so that there is room for evidence."""
    batch_max_messages: int = Field(default=1000, ge=1, le=100_000)
    live_hz: float = Field(default=10.0, gt=0, le=50)
    log_level: LogLevel = LogLevel.INFO
    access_log: bool = False
    """Whether each request is a line in the log; those that failed by our fault always are."""
    logs_kept_days: float | None = Field(default=None, ge=0)
    """How long whoever runs it keeps what the processes write: they write it, and others keep it. ``zone doctor``
    holds it against the rule set."""
    stored_in: str = Field(
        default="", max_length=10, pattern=r"^([A-Za-z]{2}(-[A-Za-z0-9]{1,3})?)?$"
    )
    """Where database, files and backups are, by ISO 3166: ``CN-SH``. ``zone doctor`` holds it against the law."""
    transfer_approval: str = Field(default="", max_length=200)
    """What approves that they are elsewhere than in mainland China."""
    demo: bool = False
    """Shows the demonstration's accounts on the login page."""

    @field_validator("gateway_jt808", "gateway_ais_tcp", "gateway_ais_udp", "gateway_mavlink")
    @classmethod
    def _only_addresses(cls, given: str) -> str:
        try:
            if given:
                listening(given)
        except ValueError:
            raise SettingRefused(why="listening", found=given) from None
        return given

    @field_validator("trusted_proxies")
    @classmethod
    def _only_networks(cls, given: str) -> str:
        for each in _listed(given):
            if ip_network(each).prefixlen == 0:
                raise SettingRefused(why="everybody", found=each)
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
            raise SettingRefused(why="rule set", known=", ".join(known))
        return given

    @field_validator("jurisdictions")
    @classmethod
    def _ones_to_decide_by(cls, given: str) -> str:
        known = [each for each in rule_files.supervising() if each != DEMONSTRATION]
        for each in _listed(given):
            if each not in known:
                raise SettingRefused(why="jurisdiction", found=each, known=", ".join(known))
        return given

    @field_validator("rule_extensions")
    @classmethod
    def _only_days(cls, given: str) -> str:
        for each in _listed(given):
            if not _is_extension(each):
                raise SettingRefused(why="extension", found=each)
        return given

    @field_validator("service_area")
    @classmethod
    def _only_a_box(cls, given: str) -> str:
        try:
            service_area_of(given)
        except ValueError:
            raise SettingRefused(why="area", found=given) from None
        return given

    @model_validator(mode="after")
    def _safe(self) -> Self:
        problems = (
            _unusable_data_dir(self)
            + _unusable_tls(self)
            + _unusable_surfaces(self)
            + _unusable_calendar(self)
        )
        if self.environment is Environment.PRODUCTION:
            problems += _insecure(self)
        if problems:
            raise SettingsRefused(*problems)
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
    def served(self) -> ServiceArea | None:
        """The part of the world that is served; ``None`` is all of it."""
        return service_area_of(self.service_area)

    @property
    def answers_kept(self) -> timedelta:
        """How long the answer to a key is kept."""
        return timedelta(hours=self.answers_kept_hours)

    @property
    def files_dir(self) -> Path:
        """Where the files of documents lie; with several web machines a folder that they share."""
        return self.data_dir / "files"

    @property
    def history_dir(self) -> Path:
        """Where the files of the history lie; with several web machines a folder that they share."""
        return self.data_dir / "history"

    @property
    def evidence_dir(self) -> Path:
        """Where sealed clips lie; with several web machines a folder that they share."""
        return self.data_dir / "evidence"

    @property
    def beside(self) -> tuple[str, ...]:
        """The rule sets of other jurisdictions by their names."""
        return tuple(each for each in _listed(self.jurisdictions) if each != self.rule_set)

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


def _insecure(settings: Settings) -> list[SettingRefused]:
    """Return what may not be in production."""
    password = settings.mqtt_password.get_secret_value()
    elsewhere = not _is_loopback(settings.mqtt_host)
    external = settings.broker is BrokerKind.EXTERNAL
    origin, rule_set = settings.public_origin, settings.rule_set
    wrong = (
        (settings.demo, SettingRefused(why="demo")),
        (rule_set == DEMONSTRATION, SettingRefused(why="demonstration", found=rule_set)),
        (not settings.secure_cookies, SettingRefused(why="cookies")),
        (not origin.startswith("https://"), SettingRefused(why="origin", found=origin)),
        (
            elsewhere and settings.mqtt_tls is None,
            SettingRefused(why="clear", found=settings.mqtt_host),
        ),
        (external and len(password) < 16, SettingRefused(why="password", found=len(password))),
    )
    return [fault for is_wrong, fault in wrong if is_wrong]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unusable_data_dir(settings: Settings) -> list[SettingRefused]:
    """Return what lies where the data are to lie; a folder that is not there yet is made."""
    place = settings.data_dir
    return [SettingRefused(why="data dir", found=place)] if place.is_file() else []


def _unusable_tls(settings: Settings) -> list[SettingRefused]:
    """Return what is wrong with the certificates."""
    tls, own = settings.mqtt_tls, settings.mqtt_tls_cert
    if settings.mqtt_tls_key and not own:
        return [SettingRefused(why="key alone")]
    if tls is None:
        return [SettingRefused(why="certificate alone", found=own)] if own else []
    if settings.broker is not BrokerKind.EXTERNAL:
        return [SettingRefused(why="own broker", found=settings.broker.value)]
    try:
        tls.context()
    except TlsUnusable as error:
        return [SettingRefused(why="tls", found=error)]
    return []


def _unusable_surfaces(settings: Settings) -> list[SettingRefused]:
    """Return what is wrong with the surfaces."""
    found = []
    for level, level_m, name, file in (
        ("TERRAIN_AMSL_M", settings.terrain_amsl_m, "TERRAIN_FILE", settings.terrain_file),
        ("GEOID_HAE_M", settings.geoid_hae_m, "GEOID_FILE", settings.geoid_file),
    ):
        if file is not None and level_m is not None:
            found.append(SettingRefused(why="one of two", found=level, other=name))
        if file is not None and not file.is_file():
            found.append(SettingRefused(why="no file", name=name, found=file))
    return found


def _unusable_calendar(settings: Settings) -> list[SettingRefused]:
    try:
        working_days(settings.calendar_file)
    except CalendarUnusable as error:
        return [SettingRefused(why="calendar", found=error)]
    return []


def load(**overrides: object) -> Settings:
    """Read the environment.

    Raises:
        UnsafeSettings: something is missing, malformed or not safe in production.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise UnsafeSettings(
            lambda language: [_in_words(problem, language) for problem in found]
        ) from None


def _in_words(problem: ErrorDetails, language: Language) -> str:
    """Return what is wrong with a setting, under the name of its variable."""
    said = _said(problem, language)
    if not problem["loc"]:
        return said
    name = f"ZONE_{'_'.join(str(part) for part in problem['loc']).upper()}"
    given = "…" if "PASSWORD" in name else problem["input"]
    return f"{name}={given}{'：' if language is Language.CHINESE else ': '}{said}"


def _said(problem: ErrorDetails, language: Language) -> str:
    """Return a fault by our words; of a kind that is the library's, in Chinese by those of requests."""
    fault = problem.get("ctx", {}).get("error")
    if isinstance(fault, SettingRefused | SettingsRefused):
        return fault.said(language)
    if language is Language.CHINESE and problem["type"] in EXPECTED:
        return "应为" + EXPECTED[problem["type"]][1].format(**problem.get("ctx", {}))
    return problem["msg"].removeprefix("Value error, ")
