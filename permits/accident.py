"""Accidents: what happened to which vehicles and people, and how grave that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from permits.paper_words import Fault, fault


class Severity(StrEnum):
    """How grave an accident is; it follows from its harm, and nobody states it."""

    PROPERTY = "PROPERTY"
    """财产损失"""
    INJURY = "INJURY"
    """人员轻伤"""
    DESTROYED = "DESTROYED"
    """车辆毁损"""
    SERIOUS_INJURY = "SERIOUS_INJURY"
    """人员重伤"""
    DEATH = "DEATH"
    """人员死亡"""


GRAVE = frozenset({Severity.DESTROYED, Severity.SERIOUS_INJURY, Severity.DEATH})
"""Those that are reported within hours."""


class Liability(StrEnum):
    """What the police found the vehicle of the permit to be liable for."""

    FULL = "FULL"
    """全部责任"""
    MAIN = "MAIN"
    """主要责任"""
    EQUAL = "EQUAL"
    """同等责任"""
    MINOR = "MINOR"
    """次要责任"""
    NONE = "NONE"
    """无责任"""


@dataclass(frozen=True, slots=True)
class Harm:
    """People and things that came to harm; nobody is named."""

    killed: int = 0
    seriously_injured: int = 0
    slightly_injured: int = 0
    vehicle_destroyed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accident:
    """What is known of an accident when it is first reported; reports tell the rest."""

    occurred_at: datetime
    device_ids: frozenset[str]
    """The vehicles, aircraft or vessels of the permit that were in it."""
    place: str
    account: str
    """What happened, in words."""
    control_mode: str = ""
    """Who or what drove."""
    harm: Harm = Harm()
    landed_at: datetime | None = None
    """Of an aircraft: from when the time to report is counted."""
    stops: bool = False
    """Whether its vehicles stop until the reports are accepted, by the rule set that it was reported under."""


def severity_of(harm: Harm) -> Severity:
    """Return how grave an accident is: the gravest of what happened in it."""
    if harm.killed:
        return Severity.DEATH
    if harm.seriously_injured:
        return Severity.SERIOUS_INJURY
    if harm.vehicle_destroyed:
        return Severity.DESTROYED
    return Severity.INJURY if harm.slightly_injured else Severity.PROPERTY


def is_grave(accident: Accident) -> bool:
    """Tell whether somebody died or was seriously injured, or a vehicle was destroyed."""
    return severity_of(accident.harm) in GRAVE


def faults(accident: Accident, at: datetime) -> tuple[Fault, ...]:
    """Return all that is wrong with an accident that is told of at a moment; empty if it may be."""
    return tuple(_faults(accident, at))


def _faults(accident: Accident, at: datetime) -> Iterator[Fault]:
    if accident.occurred_at > at:
        yield fault("occurred_at", accident.occurred_at.isoformat(), "not later", at=at.isoformat())
    landed_at = accident.landed_at
    if landed_at is not None and not accident.occurred_at <= landed_at <= at:
        yield fault(
            "landed_at", landed_at.isoformat(), "after", begins=accident.occurred_at.isoformat()
        )
    for name in ("killed", "seriously_injured", "slightly_injured"):
        found = getattr(accident.harm, name)
        if not 0 <= found <= 10_000:
            yield fault(f"harm.{name}", found, "range", low=0, high=10_000)
