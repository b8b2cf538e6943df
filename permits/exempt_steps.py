"""The life cycle of flights that nobody applies for, and that are confirmed one by one: one table."""

from permits.ending_steps import (
    amendments,
    expires,
    parts,
    strikes_ended,
    terminates,
    withdrawal,
)
from permits.flying_steps import FLYING_STEPS, ON_THE_GROUND
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
    REGISTRAR,
    REVIEWER,
    SYSTEM,
    Effect,
    Guard,
    Transition,
    rows,
)

EXEMPT_STEPS: tuple[Transition, ...] = (
    *amendments(S.DRAFT),
    *withdrawal((S.DRAFT,)),
    # Nobody decides on it. That it is one of those that the law spares an application a department attests,
    # and without that it is not put on record.
    *rows(
        A.RECORD,
        S.DRAFT,
        S.APPROVED,
        APPLICANT,
        Guard.COMPLETE,
        Guard.GRANTABLE,
        Effect.STOP_VEHICLES,
    ),
    *FLYING_STEPS,
    *rows(A.CLOSE, (S.APPROVED, S.LANDED), S.CLOSED, APPLICANT | REVIEWER),
    *parts(*ON_THE_GROUND, S.AIRBORNE),
    # Nothing was granted that could be suspended, annulled or revoked: a flight is not confirmed, and
    # what is dangerous is ended.
    *terminates(*ON_THE_GROUND, S.AIRBORNE),
    # A flight in the air does not expire: it is in breach until it lands.
    *expires(*ON_THE_GROUND),
    *strikes_ended(S.TERMINATED, S.EXPIRED),
    *rows(
        A.DEREGISTER,
        (*ON_THE_GROUND, S.AIRBORNE),
        S.DEREGISTERED,
        SYSTEM,
        Guard.HOLDER_ENDED,
        Effect.LAPSE_MATTERS,
        reason=True,
    ),
    *rows(A.DEREGISTER, S.CLOSED, S.DEREGISTERED, REGISTRAR),
)
