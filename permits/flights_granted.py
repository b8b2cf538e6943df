"""What a confirmation grants each device of a flight: the reported hours, and of a planned one what its plan was approved on."""

from dataclasses import replace

from permits.compliance import Grant
from permits.permit import PermitState, may_take_off
from permits.reported_flight import ReportedFlight
from permits.terms import Terms


def confirmed(alike: Grant, device_id: str) -> Grant:
    """Return what one device is granted of a permit by the flight that was reported under it.

    Before a confirmation, and of what no flight was reported of, that is what all of them are. A
    device that the plan of the day does not have is granted what it would be without a confirmation,
    and so is every one where the terms have become others and leave nothing of what was approved.
    """
    flight = alike.terms.flight
    if flight is None or not may_take_off(alike.state):
        return alike
    if not flight.has(device_id) or _is_nothing_left(alike.terms, flight):
        return replace(alike, state=PermitState.APPROVED)
    return replace(
        alike,
        terms=_flown(alike.terms, flight),
        confirmed_from_s=flight.begins.timestamp(),
        confirmed_to_s=flight.ends.timestamp(),
    )


def _is_nothing_left(terms: Terms, flight: ReportedFlight) -> bool:
    """Tell whether a flight was approved in other modes alone, or in none of the zones, that terms have now.

    No mode means any, and no zone all of the corridor: what has nothing in common would set free.
    """
    modes, zones = terms.control_modes, terms.zone_ids
    is_no_mode = bool(modes and flight.control_modes) and modes.isdisjoint(flight.control_modes)
    return is_no_mode or (bool(zones) and zones <= flight.excluded_zone_ids)


def _flown(terms: Terms, flight: ReportedFlight) -> Terms:
    """Return terms with what the plan of the day was approved on, the stricter of both."""
    closed, modes = flight.excluded_zone_ids, flight.control_modes
    return replace(
        terms,
        zone_ids=terms.zone_ids - closed,
        transfer_zone_ids=terms.transfer_zone_ids - closed,
        exempt_zone_ids=terms.exempt_zone_ids - closed,
        max_height_agl_m=_least(terms.max_height_agl_m, flight.max_height_agl_m),
        max_speed_mps=_least(terms.max_speed_mps, flight.max_speed_mps),
        control_modes=terms.control_modes & modes
        if terms.control_modes and modes
        else terms.control_modes | modes,
    )


def _least(one: float | None, other: float | None) -> float | None:
    return min((each for each in (one, other) if each is not None), default=None)
