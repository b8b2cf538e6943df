"""The life cycle of what needs no permit and is on record: one table."""

from permits.ending_steps import (
    amendments,
    expires,
    parts,
    strikes_ended,
    terminates,
    withdrawal,
)
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

RECORD_STEPS: tuple[Transition, ...] = (
    *amendments(S.DRAFT),
    *withdrawal((S.DRAFT,)),
    *rows(
        A.RECORD,
        S.DRAFT,
        S.ACTIVE,
        APPLICANT,
        Guard.COMPLETE,
        Guard.GRANTABLE,
        Effect.STOP_VEHICLES,
    ),
    *rows(A.CLOSE, S.ACTIVE, S.CLOSED, APPLICANT | REVIEWER),
    # What it rests on may be gone, and an aircraft of it may have had an accident: those stop, and go on.
    *parts(S.ACTIVE),
    # Nothing was granted that could be suspended whole, annulled or revoked: what is dangerous is ended.
    *terminates(S.ACTIVE),
    *expires(S.ACTIVE),
    *strikes_ended(S.TERMINATED, S.EXPIRED),
    *rows(
        A.DEREGISTER,
        S.ACTIVE,
        S.DEREGISTERED,
        SYSTEM,
        Guard.HOLDER_ENDED,
        Effect.LAPSE_MATTERS,
        reason=True,
    ),
    *rows(A.DEREGISTER, S.CLOSED, S.DEREGISTERED, REGISTRAR),
)
