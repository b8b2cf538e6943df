"""What an application of each kind must contain: what it is about, its people, papers and content.

One table. The papers of road permits are the materials of a safety self-declaration, those of flights
follow from Order 761, Arts. 12, 16, 17 and 27, those of vessels from the trial rules of the maritime
administration; where a city's list could not be read, that of the nation or of the comparator stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from permits.application import ContentItem, DriverMode
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import PersonRole
from permits.states import PermitKind


class When(StrEnum):
    """When a paper is asked for."""

    ALWAYS = "always"
    OPERATES = "operates"
    """Of who runs the service: the operating units of a consortium, else who applies alone."""
    CARRIES_PEOPLE = "carries people"
    """Of a vehicle with seats for passengers."""
    REMOTE = "remote"
    """Of somebody who takes over from afar."""
    AIRWORTHINESS = "airworthiness"
    """Where the class of an aircraft asks for it, by the rule set; so for the next two."""
    PILOT_LICENCE = "pilot licence"
    OPERATOR_CERTIFICATE = "operator certificate"
    INSURED = "insured"
    """Of an aircraft, but where its flight is declared to earn nothing and its class is insured only then."""


BY_CLASS: Mapping[When, str] = MappingProxyType(
    {
        When.AIRWORTHINESS: "airworthiness",
        When.PILOT_LICENCE: "pilot_licence",
        When.OPERATOR_CERTIFICATE: "operator_certificate",
        When.INSURED: "insured_if_private",
    }
)
"""By which parameter of a class (``uav.{class}.…``) it is asked for."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document that is asked for about each of something; any of some kinds will do."""

    about: CoveredKind
    kinds: tuple[DocumentKind, ...]
    when: When = When.ALWAYS


@dataclass(frozen=True, slots=True)
class Needs:
    """What an application of one kind must contain."""

    moves: CoveredKind
    """What it is about; one at least."""
    papers: tuple[Paper, ...]
    people: tuple[PersonRole, ...] = ()
    """One at least of each; of road permits it follows from the driver mode."""
    driver_mode: bool = False
    low_speed: bool = False
    content: tuple[ContentItem, ...] = ()
    escalators: bool = False
    """Whether it is declared what would ask for another permit."""


OFFICER_OF: Mapping[DriverMode, PersonRole] = MappingProxyType(
    {
        DriverMode.DRIVER_SEATED: PersonRole.SAFETY_OFFICER,
        DriverMode.PASSENGER_SEAT_OFFICER: PersonRole.SAFETY_OFFICER,
        DriverMode.REMOTE_DRIVERLESS: PersonRole.REMOTE_OPERATOR,
    }
)
ITEM_NAMES: Mapping[ContentItem, tuple[str, str]] = MappingProxyType(
    {
        ContentItem.PILOTS: ("the pilots", "操控人员及其资质"),
        ContentItem.AIRCRAFT: ("the aircraft", "航空器型号、数量、性能和登记"),
        ContentItem.TASK: ("the task and the way of flying", "任务性质和飞行方式"),
        ContentItem.TAKEOFF_LANDING: (
            "take-off, landing and alternate sites",
            "起飞、降落和备降场地",
        ),
        ContentItem.COMMUNICATION: ("how to reach those who fly", "通信联络方法"),
        ContentItem.TIMES: ("begin and end", "预计起止时刻"),
        ContentItem.ROUTE: (
            "route, top height, speed and area, in the terms",
            "条款中的航线、高度、速度和空域范围",
        ),
        ContentItem.C2_LINK: (
            "frequency and bandwidth of the control link",
            "指令控制链路频率与带宽",
        ),
        ContentItem.SURVEILLANCE: (
            "means of communication, navigation and surveillance",
            "通信、导航和被监视能力",
        ),
        ContentItem.TRANSPONDER: (
            "the transponder code, or none",
            "二次雷达应答机代码（无则注明）",
        ),
        ContentItem.EMERGENCY_PROCEDURE: ("what is done in an emergency", "应急处置程序"),
        ContentItem.SPECIAL_NEEDS: ("special needs, or none", "特殊飞行保障需求（无则注明）"),
        ContentItem.OTHER: ("what else there is, or nothing", "其他事项（无则注明）"),
    }
)

_C, _D, _W, _I = CoveredKind, DocumentKind, When, ContentItem


def _of(about: CoveredKind, *kinds: DocumentKind, when: When = When.ALWAYS) -> Paper:
    return Paper(about, kinds, when)


_FIRM = (_of(_C.ORGANISATION, _D.BUSINESS_LICENCE), _of(_C.CONSORTIUM, _D.LIABILITY_SPLIT))
_OFFICER = (
    _of(_C.PERSON, _D.EMPLOYMENT_CONTRACT),
    _of(_C.PERSON, _D.DRIVING_LICENCE),
    _of(_C.PERSON, _D.DRIVING_RECORD),
    _of(_C.PERSON, _D.TRAINING_RECORD),
    _of(_C.PERSON, _D.REMOTE_PRACTICE, when=_W.REMOTE),
)
_INSURED = _of(_C.VEHICLE, _D.LIABILITY_INSURANCE, _D.GUARANTEE_LETTER)
_CAR = (
    _of(_C.VEHICLE, _D.FACTORY_CERTIFICATE, _D.CCC_CERTIFICATE),
    _of(_C.VEHICLE, _D.NO_LOSS_OF_SAFETY),
    _of(_C.VEHICLE, _D.SAFETY_INSPECTION),
    _of(_C.VEHICLE, _D.NETWORK_RISK_ASSESSMENT),
    _of(_C.VEHICLE, _D.THIRD_PARTY_REPORT),
    _of(_C.VEHICLE, _D.COMPULSORY_INSURANCE),
    _INSURED,
)
_DECLARED = (
    _of(_C.PERMIT, _D.SELF_DECLARATION),
    _of(_C.PERMIT, _D.AUTHORISATION),
    _of(_C.PERMIT, _D.ODD_STATEMENT),
    _of(_C.PERMIT, _D.ODD_MAPPING),
    _of(_C.PERMIT, _D.MONITORING_PROMISE),
    _of(_C.PERMIT, _D.DATA_PROMISE),
    _of(_C.PERMIT, _D.ACCIDENT_PROMISE),
)
_TESTED = (_of(_C.PERMIT, _D.TEST_PLAN), _of(_C.PERMIT, _D.TEST_EVIDENCE))
_SEATS = _of(_C.VEHICLE, _D.SEAT_INSURANCE, when=_W.CARRIES_PEOPLE)
_OPERATED = (_SEATS, _of(_C.PERMIT, _D.OPERATION_PLAN))
_CARRIER = _of(_C.ORGANISATION, _D.TRANSPORT_LICENCE, when=_W.OPERATES)
_DEVICE = (
    _of(_C.VEHICLE, _D.THIRD_PARTY_REPORT),
    _of(_C.VEHICLE, _D.NETWORK_RISK_ASSESSMENT),
    _INSURED,
    _of(_C.PERMIT, _D.SELF_DECLARATION),
    _of(_C.PERMIT, _D.MONITORING_PROMISE),
    _of(_C.PERMIT, _D.DATA_PROMISE),
    _of(_C.PERMIT, _D.ACCIDENT_PROMISE),
    _of(_C.PERSON, _D.TRAINING_RECORD),
)
_REGISTERED = _of(_C.AIRCRAFT, _D.REALNAME_REGISTRATION)
_FLOWN = (
    _REGISTERED,
    _of(_C.AIRCRAFT, _D.LIABILITY_INSURANCE, when=_W.INSURED),
    _of(_C.AIRCRAFT, _D.AIRWORTHINESS, when=_W.AIRWORTHINESS),
    _of(_C.PERSON, _D.PILOT_LICENCE, when=_W.PILOT_LICENCE),
    _of(_C.ORGANISATION, _D.OPERATOR_CERTIFICATE, when=_W.OPERATOR_CERTIFICATE),
)
_SAILED = (
    _of(_C.ORGANISATION, _D.BUSINESS_LICENCE),
    _of(_C.VESSEL, _D.VESSEL_REGISTRATION),
    _of(_C.VESSEL, _D.VESSEL_INSPECTION),
    _of(_C.VESSEL, _D.LIABILITY_INSURANCE),
    _of(_C.PERMIT, _D.TEST_PLAN),
    _of(_C.PERMIT, _D.RISK_ASSESSMENT),
)
_URGENT = (
    _I.PILOTS,
    _I.AIRCRAFT,
    _I.TASK,
    _I.COMMUNICATION,
    _I.TIMES,
    _I.ROUTE,
    _I.EMERGENCY_PROCEDURE,
)
"""In an emergency there is no time for more; the rest is said as it becomes known."""


def _road(*papers: Paper) -> Needs:
    return Needs(_C.VEHICLE, (*_FIRM, *papers), driver_mode=True)


def _low_speed(*papers: Paper) -> Needs:
    people = (PersonRole.REMOTE_OPERATOR,)
    return Needs(_C.VEHICLE, (*_FIRM, *_DEVICE, *papers), people, low_speed=True)


def _air(content: tuple[ContentItem, ...], *papers: Paper) -> Needs:
    return Needs(_C.AIRCRAFT, papers, (PersonRole.PILOT,), content=content)


NEEDS: Mapping[PermitKind, Needs] = MappingProxyType(
    {
        PermitKind.ROAD_TEST: _road(*_DECLARED, *_TESTED, *_CAR, *_OFFICER),
        PermitKind.DEMO_APPLICATION: _road(*_DECLARED, *_TESTED, *_CAR, *_OFFICER, *_OPERATED),
        PermitKind.DEMO_OPERATION: _road(*_DECLARED, *_CAR, *_OFFICER, *_OPERATED, _CARRIER),
        PermitKind.COMMERCIAL_OPERATION: _road(
            _of(_C.VEHICLE, _D.PRODUCT_ACCESS),
            _of(_C.VEHICLE, _D.SAFETY_INSPECTION),
            _of(_C.VEHICLE, _D.NETWORK_RISK_ASSESSMENT),
            _of(_C.VEHICLE, _D.COMPULSORY_INSURANCE),
            _INSURED,
            *_OFFICER,
            *_OPERATED,
            _of(_C.PERMIT, _D.DATA_PROMISE),
            _of(_C.PERMIT, _D.ACCIDENT_PROMISE),
            _CARRIER,
        ),
        PermitKind.LOW_SPEED_TEST: _low_speed(_of(_C.PERMIT, _D.TEST_PLAN)),
        PermitKind.LOW_SPEED_OPERATION: _low_speed(_of(_C.PERMIT, _D.OPERATION_PLAN)),
        PermitKind.FLIGHT_ACTIVITY: _air(tuple(_I), *_FLOWN),
        PermitKind.STANDING_FLIGHT: _air(tuple(_I), *_FLOWN),
        PermitKind.EMERGENCY_FLIGHT: _air(_URGENT, _REGISTERED),
        PermitKind.TEST_BASE_USE: _air(
            (_I.PILOTS, _I.AIRCRAFT, _I.TASK, _I.TIMES, _I.ROUTE, _I.EMERGENCY_PROCEDURE),
            _REGISTERED,
            _of(_C.AIRCRAFT, _D.LIABILITY_INSURANCE, when=_W.INSURED),
        ),
        PermitKind.SUITABLE_AIRSPACE_FLIGHT: replace(
            _air((_I.AIRCRAFT, _I.TIMES), _REGISTERED), escalators=True
        ),
        PermitKind.EXEMPT_FLIGHT: replace(
            _air((_I.AIRCRAFT, _I.TASK, _I.COMMUNICATION, _I.TIMES), _REGISTERED), escalators=True
        ),
        PermitKind.VESSEL_TRIAL: Needs(_C.VESSEL, _SAILED),
        PermitKind.CHANNEL_SURVEY: Needs(_C.VESSEL, _SAILED),
    }
)
