"""The parameters that a rule set may have, found by their keys."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from permits import (
    defined_for_air_and_water,
    defined_for_governance,
    defined_for_issue,
    defined_for_preconditions,
    defined_for_procedure,
    defined_for_quality,
    defined_for_recognition,
    defined_for_roads,
    defined_for_supervision,
)
from permits.acts import Act
from permits.application import DriverMode
from permits.definition import Definition
from permits.governance_states import RiskItem
from permits.life_cycle import Family, PermitKind
from permits.precondition_codes import PreconditionCode
from permits.quality_items import PARTS
from permits.remedy_kinds import RemedyKind
from permits.rule_words import Language
from permits.violation import RAISED, Severity, ViolationCode

DOMAINS = ("road", "air", "water")
BY_OUTLINE = frozenset(
    {
        ViolationCode.KEEP_OUT_BREACH,
        ViolationCode.KEEP_IN_EXIT,
        ViolationCode.AUTO_OUTSIDE_AUTHORISED,
        ViolationCode.ROUTE_DEVIATION,
    }
)
"""The codes that are seen by being inside or outside an outline alone: of them a fix may be doubted."""
DEFINED: tuple[Definition, ...] = (
    *defined_for_roads.DEFINED,
    *defined_for_air_and_water.DEFINED,
    *defined_for_issue.DEFINED,
    *defined_for_procedure.DEFINED,
    *defined_for_governance.DEFINED,
    *defined_for_preconditions.DEFINED,
    *defined_for_recognition.DEFINED,
    *defined_for_quality.DEFINED,
    *defined_for_supervision.DEFINED,
)
_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "domain": frozenset(DOMAINS),
        "kind": frozenset(PermitKind),
        "reviewed": frozenset(PermitKind) | frozenset(Family),
        "act": frozenset(Act),
        "family": frozenset(Family),
        "remedy": frozenset(each.lower() for each in RemedyKind),
        "code": frozenset(RAISED),
        "class": frozenset(defined_for_air_and_water.CLASSES),
        "offence": frozenset(defined_for_air_and_water.OFFENCES),
        "service": frozenset(defined_for_roads.SERVICES),
        "driver_mode": frozenset(DriverMode),
        "asked": frozenset(PermitKind) | frozenset(DriverMode),
        "met_by": frozenset({*PermitKind, *DriverMode, *defined_for_roads.SERVICES}),
        "precondition": frozenset(PreconditionCode),
        "severity": frozenset(Severity),
        "item": frozenset(RiskItem),
        "part": frozenset(PARTS),
    }
)
"""What may stand in a place of a key; any name in those that are not here."""
_BY_LENGTH: Mapping[int, tuple[tuple[tuple[str, ...], Definition], ...]] = MappingProxyType(
    {
        length: tuple((tuple(each.key.split(".")), each) for each in DEFINED if each.key.count(".") + 1 == length)
        for length in {each.key.count(".") + 1 for each in DEFINED}
    }
)  # fmt: skip


@cache
def definition_of(key: str) -> Definition | None:
    """Return what a key means; ``None`` where there is no such parameter."""
    parts = key.split(".")
    found = (
        each
        for pattern, each in _BY_LENGTH.get(len(parts), ())
        if _filled(pattern, parts) is not None
    )
    found_first = next(found, None)
    return None if found_first is None or _is_doubt_out_of_place(parts) else found_first


def decides(key: str) -> bool:
    """Tell whether permits are decided by a parameter: it is read, and not for hold-offs or scores alone."""
    definition = definition_of(key)
    holds_off = key.partition(".")[0] in {"violations", "all", "quality"}
    return definition is not None and not definition.informative and not holds_off


def name_of(key: str, language: Language) -> str:
    """Return the name of a parameter; its key where there is none of the kind."""
    definition = definition_of(key)
    if definition is None:
        return key
    filled = _filled(tuple(definition.key.split(".")), key.split(".")) or {}
    return definition.name(language).format(**filled)


def unit_of(key: str) -> str:
    """Return the unit of a parameter; empty for texts and counts."""
    definition = definition_of(key)
    return "" if definition is None else definition.unit


def _filled(pattern: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    """Return what stands in the places of a pattern; ``None`` where a key does not fit."""
    filled = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted[0] == "{":
            name = wanted[1:-1]
            if part not in _NAMES.get(name, {part}):
                return None
            filled[name] = part
        elif wanted != part:
            return None
    return filled


def _is_doubt_out_of_place(parts: list[str]) -> bool:
    """Of an aircraft no fix is doubted, nor where a breach is not seen by an outline."""
    if parts[-1] != "confidence":
        return False
    return parts[1] not in BY_OUTLINE or "air" in parts[2:-1]
