"""How a flight is reported before its take-off, confirmed and flown; so whoever had to apply for it or not."""

from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
    REVIEWER,
    SYSTEM,
    Deadline,
    Detail,
    Effect,
    Guard,
    Transition,
    rows,
)

ON_THE_GROUND = (S.APPROVED, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, S.LANDED)


def _reported(
    before: S, *, needs: tuple[Detail, ...] = (), takes: tuple[Detail, ...] = ()
) -> tuple[Transition, ...]:
    return rows(
        A.REPORT_PRE_TAKEOFF,
        before,
        S.PRE_TAKEOFF_REPORTED,
        APPLICANT,
        Guard.IN_TIME,
        Guard.PLANNED,
        Effect.TAKE_REPORT,
        Deadline.FLIGHT_REPORT,
        needs=needs,
        takes=takes,
    )


FLYING_STEPS: tuple[Transition, ...] = (
    *_reported(S.APPROVED, takes=(Detail.TAKEOFF_AT, Detail.LANDING_AT)),
    # Another flight under the same permit needs another confirmation, and says when it begins.
    *_reported(S.LANDED, needs=(Detail.TAKEOFF_AT,), takes=(Detail.LANDING_AT,)),
    *rows(A.CONFIRM, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, REVIEWER, Guard.PLACES_STAND),
    *rows(
        A.REFUSE_CONFIRMATION,
        (S.PRE_TAKEOFF_REPORTED, S.CONFIRMED),
        S.APPROVED,
        REVIEWER,
        reason=True,
    ),
    # What was confirmed is the flight that was reported, not the next one of the same permit.
    *rows(
        A.LAPSE_CONFIRMATION,
        (S.PRE_TAKEOFF_REPORTED, S.CONFIRMED),
        S.APPROVED,
        SYSTEM,
        Guard.FALLEN_DUE,
        Deadline.CONFIRMATION_ENDS,
        by_law=True,
    ),
    *rows(A.TAKE_OFF, S.CONFIRMED, S.AIRBORNE, APPLICANT | SYSTEM, Guard.LEAD_KEPT),
    *rows(A.LAND, S.AIRBORNE, S.LANDED, APPLICANT | SYSTEM),
)
