"""What a confirmation grants each device of a flight: the reported hours, and of a planned one what its plan was approved on."""

from dataclasses import replace

from permits.compliance import Grant
from permits.permit import PermitState, may_take_off
from permits.reported_flight import ReportedFlight
from permits.terms import Terms


def confirmed(alike: Grant, device_id: str) -> Grant:
    """Return what one device is granted of a permit by the flight that was reported under it.

    Before a confirmation, and of what no flight was reported of, that is what all of them are. A
    device that the plan of the day does not have is granted what it would be without a confirmation.
    """
    flight = alike.terms.flight
    if flight is None or not may_take_off(alike.state):
        return alike
    if not flight.has(device_id):
        return replace(alike, state=PermitState.APPROVED)
    return replace(
        alike,
        terms=_flown(alike.terms, flight),
        confirmed_from_s=flight.begins.timestamp(),
        confirmed_to_s=flight.ends.timestamp(),
    )


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
