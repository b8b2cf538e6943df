"""The life cycle of permits for flights: one table."""

from permits.ending_steps import ends_by_authority, expires, parts, strikes, withdrawal
from permits.review_steps import decided
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

_ON_THE_GROUND = (S.APPROVED, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, S.LANDED)


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
        Deadline.FLIGHT_REPORT,
        needs=needs,
        takes=takes,
    )


FLIGHT_STEPS: tuple[Transition, ...] = (
    *withdrawal((S.DRAFT, S.SUBMITTED, S.RETURNED_FOR_CORRECTION)),
    *rows(
        A.SUBMIT,
        (S.DRAFT, S.RETURNED_FOR_CORRECTION),
        S.SUBMITTED,
        APPLICANT,
        Guard.IN_TIME,
        Guard.COMPLETE,
        Guard.SUBMITTABLE,
        Effect.OPEN_BALLOTS,
        Deadline.FLIGHT_APPLICATION,
    ),
    *decided(
        S.SUBMITTED,
        Deadline.FLIGHT_DECISION,
        Guard.PLATES_FIT,
        Effect.NUMBER,
        Effect.PLATE,
        Effect.CERTIFY,
    ),
    *_reported(S.APPROVED, takes=(Detail.TAKEOFF_AT,)),
    # Another flight under the same permit needs another confirmation, and says when it begins.
    *_reported(S.LANDED, needs=(Detail.TAKEOFF_AT,)),
    *rows(A.CONFIRM, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, REVIEWER),
    *rows(
        A.REFUSE_CONFIRMATION,
        (S.PRE_TAKEOFF_REPORTED, S.CONFIRMED),
        S.APPROVED,
        REVIEWER,
        reason=True,
    ),
    *rows(A.TAKE_OFF, S.CONFIRMED, S.AIRBORNE, APPLICANT | SYSTEM, Guard.LEAD_KEPT),
    *rows(A.LAND, S.AIRBORNE, S.LANDED, APPLICANT | SYSTEM),
    *rows(A.CLOSE, (S.APPROVED, S.LANDED), S.CLOSED, APPLICANT | REVIEWER),
    *parts(*_ON_THE_GROUND, S.AIRBORNE),
    *ends_by_authority(*_ON_THE_GROUND, S.AIRBORNE),
    # A flight in the air does not expire: it is in breach until it lands.
    *expires(*_ON_THE_GROUND),
    *strikes(S.CLOSED),
)
