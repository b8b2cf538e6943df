"""An application: what is applied for beside the terms, by whom, with which vehicles and people."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class DriverMode(StrEnum):
    """Where the person is who can take over."""

    DRIVER_SEATED = "DRIVER_SEATED"
    """主驾有人"""
    PASSENGER_SEAT_OFFICER = "PASSENGER_SEAT_OFFICER"
    """副驾安全员"""
    REMOTE_DRIVERLESS = "REMOTE_DRIVERLESS"
    """车内无人，远程接管"""


class Subject(StrEnum):
    """Who may apply for a kind of permit; where the rule set says nothing, anybody."""

    SINGLE = "single"
    """One legal person."""
    EITHER = "either"
    CONSORTIUM = "consortium"
    """Several, with an operating unit among them."""


class Escalator(StrEnum):
    """What asks for an application where none was needed (Order 761, Art. 31)."""

    RELAY = "RELAY"
    """通过通信基站或者互联网进行中继飞行"""
    DANGEROUS_GOODS_OR_DROPPING = "DANGEROUS_GOODS_OR_DROPPING"
    """运载危险品或者投放物品"""
    OVER_CROWDS = "OVER_CROWDS"
    """飞越集会人群上空"""
    FROM_MOVING_VEHICLE = "FROM_MOVING_VEHICLE"
    """在移动的交通工具上操控"""
    SWARM = "SWARM"
    """集群飞行: it follows from the number of aircraft as well."""


class ContentItem(StrEnum):
    """What an application for a flight says (Order 761, Art. 27), in the order of the law."""

    PILOTS = "pilots"
    AIRCRAFT = "aircraft"
    TASK = "task"
    TAKEOFF_LANDING = "takeoff_landing"
    COMMUNICATION = "communication"
    TIMES = "times"
    ROUTE = "route"
    C2_LINK = "c2_link"
    SURVEILLANCE = "surveillance"
    TRANSPONDER = "transponder"
    EMERGENCY_PROCEDURE = "emergency_procedure"
    SPECIAL_NEEDS = "special_needs"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Application:
    """What an applicant fills in; it may be incomplete until it is submitted."""

    driver_mode: DriverMode | None = None
    consortium_id: str | None = None
    """Of the register; none where one organisation applies alone."""
    entry_ids: tuple[str, ...] = ()
    """Vehicles, aircraft, vessels and people, by their ids in the register."""
    content: Mapping[ContentItem, str] = field(default_factory=dict)
    """In words; what follows from the register or the terms is not said again."""
    escalators: frozenset[Escalator] | None = None
    """Those that are there; empty where the applicant declares that there is none, ``None`` where
    nobody has said anything."""
    commercial: bool | None = None
    """经营性飞行: whether a flight earns money; ``None`` where nobody has said, which excuses nothing."""


MOST_ENTRIES = 1000
MOST_LETTERS = 4000


def application_to_json(application: Application) -> dict[str, object]:
    """Return an application as plain JSON values."""
    return {
        "driver_mode": application.driver_mode,
        "consortium_id": application.consortium_id,
        "entry_ids": list(application.entry_ids),
        "content": {item.value: said for item, said in application.content.items()},
        "escalators": None if application.escalators is None else sorted(application.escalators),
        "commercial": application.commercial,
    }


def application_from_json(found: Mapping[str, object]) -> Application:
    """Return the application that ``application_to_json`` wrote.

    Raises:
        ValueError: a member is of another type or unknown.
    """
    mode, consortium = found.get("driver_mode"), found.get("consortium_id")
    entries, content = found.get("entry_ids", []), found.get("content", {})
    # What was stored before anybody was asked has no such member.
    escalators, commercial = found.get("escalators"), found.get("commercial")
    some = [] if escalators is None else escalators
    if not (
        isinstance(entries, Iterable)
        and isinstance(content, Mapping)
        and isinstance(some, list)
        and (commercial is None or isinstance(commercial, bool))
    ):
        msg = f"application {found!r}: expected a list of entries and a table of contents"
        raise ValueError(msg)
    return Application(
        None if mode is None else DriverMode(str(mode)),
        None if consortium is None else str(consortium),
        tuple(str(each) for each in entries),
        {ContentItem(str(item)): str(said) for item, said in content.items()},
        None if escalators is None else frozenset(Escalator(str(each)) for each in some),
        commercial,
    )
