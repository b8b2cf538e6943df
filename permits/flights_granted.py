"""What a confirmation grants each device of a flight: the reported hours, and of a planned flight its height."""

from dataclasses import replace

from permits.compliance import Grant
from permits.permit import PermitState, may_take_off


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
    tops_m = (alike.terms.max_height_agl_m, flight.max_height_agl_m)
    top_m = min((each for each in tops_m if each is not None), default=None)
    return replace(
        alike,
        terms=replace(alike.terms, max_height_agl_m=top_m),
        confirmed_from_s=flight.begins.timestamp(),
        confirmed_to_s=flight.ends.timestamp(),
    )
