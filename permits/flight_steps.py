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
from permits.flying_steps import FLYING_STEPS, ON_THE_GROUND
from permits.renewal_steps import decides_renewal, renewal
from permits.review_steps import decided
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
    REVIEWER,
    Deadline,
    Detail,
    Effect,
    Guard,
    Transition,
    rows,
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
    *FLYING_STEPS,
    *rows(A.CLOSE, (S.APPROVED, S.LANDED), S.CLOSED, APPLICANT | REVIEWER, Effect.LAPSE_RENEWAL),
    # Nothing stands still meanwhile: what was granted is flown, day by day, until its end.
    *(step for each in ON_THE_GROUND for step in renewal(each, each)),
    *decides_renewal(S.AIRBORNE, S.AIRBORNE),
    # What is in the air lands first: to leave the state would lose the landing. What is to come down
    # at once is halted by its parts. Resumed it is as it was approved, and takes off by another report.
    *suspension(*ON_THE_GROUND, resumes=S.APPROVED, asked=(Guard.ROOM_LEFT,)),
    # What was reported is flown as it was reported: other terms come before it, or after it.
    *changes(S.APPROVED, S.LANDED),
    *parts(*ON_THE_GROUND, S.AIRBORNE, *HALTED),
    *recounted(*ON_THE_GROUND, S.AIRBORNE, *HALTED),
    *ends_by_authority(*ON_THE_GROUND, S.AIRBORNE, *HALTED),
    # A flight in the air does not expire: it is in breach until it lands.
    *expires(*ON_THE_GROUND, *HALTED),
    *strikes(*ON_THE_GROUND, S.AIRBORNE, *HALTED, done=(S.CLOSED,)),
)
