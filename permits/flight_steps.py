"""The life cycle of permits for flights: one table."""

from permits.ending_steps import (
    HALTED,
    amendments,
    changes,
    ends_by_authority,
    expires,
    parts,
    recounted,
    strikes,
    suspension,
    withdrawal,
)
from permits.renewal_steps import decides_renewal, renewal
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
        Effect.TAKE_REPORT,
        Deadline.FLIGHT_REPORT,
        needs=needs,
        takes=takes,
    )


FLIGHT_STEPS: tuple[Transition, ...] = (
    *amendments(S.DRAFT, S.RETURNED_FOR_CORRECTION),
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
        takes=(Detail.URGENT_GROUND,),
    ),
    *decided(
        S.SUBMITTED,
        Deadline.FLIGHT_DECISION,
        Guard.PLATES_FIT,
        Effect.NUMBER,
        Effect.PLATE,
        Effect.STOP_VEHICLES,
        Effect.CERTIFY,
    ),
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
    *rows(A.CLOSE, (S.APPROVED, S.LANDED), S.CLOSED, APPLICANT | REVIEWER, Effect.LAPSE_RENEWAL),
    # Nothing stands still meanwhile: what was granted is flown, day by day, until its end.
    *(step for each in _ON_THE_GROUND for step in renewal(each, each)),
    *decides_renewal(S.AIRBORNE, S.AIRBORNE),
    # What is in the air lands first: to leave the state would lose the landing. What is to come down
    # at once is halted by its parts. Resumed it is as it was approved, and takes off by another report.
    *suspension(*_ON_THE_GROUND, resumes=S.APPROVED, asked=(Guard.ROOM_LEFT,)),
    # What was reported is flown as it was reported: other terms come before it, or after it.
    *changes(S.APPROVED, S.LANDED),
    *parts(*_ON_THE_GROUND, S.AIRBORNE, *HALTED),
    *recounted(*_ON_THE_GROUND, S.AIRBORNE, *HALTED),
    *ends_by_authority(*_ON_THE_GROUND, S.AIRBORNE, *HALTED),
    # A flight in the air does not expire: it is in breach until it lands.
    *expires(*_ON_THE_GROUND, *HALTED),
    *strikes(*_ON_THE_GROUND, S.AIRBORNE, *HALTED, done=(S.CLOSED,)),
)
