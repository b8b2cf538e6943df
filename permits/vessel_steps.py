"""The life cycle of permits for trials of vessels: one table."""

from permits.ending_steps import (
    HALTED,
    changes,
    ends_by_authority,
    expires,
    parts,
    strikes,
    suspension,
    withdrawal,
)
from permits.review_steps import refused
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

VESSEL_STEPS: tuple[Transition, ...] = (
    *withdrawal((S.DRAFT, S.NOTIFIED, S.RETURNED_FOR_CORRECTION)),
    *rows(
        A.NOTIFY,
        (S.DRAFT, S.RETURNED_FOR_CORRECTION),
        S.NOTIFIED,
        APPLICANT,
        Guard.IN_TIME,
        Guard.COMPLETE,
        Guard.SUBMITTABLE,
        Effect.OPEN_BALLOTS,
        Deadline.VESSEL_NOTICE,
    ),
    *refused(S.NOTIFIED),
    # Not by the vote itself: the warning has a number, and somebody publishes it.
    *rows(
        A.PUBLISH_WARNING,
        S.NOTIFIED,
        S.WARNING_PUBLISHED,
        REVIEWER,
        Guard.DEPARTMENTS_APPROVE,
        Guard.RULES_IN_FORCE,
        Guard.GRANTABLE,
        Guard.PLATES_FIT,
        Effect.TAKE_CONDITIONS,
        Effect.CLOSE_BALLOTS,
        Effect.NUMBER,
        Effect.PLATE,
        Effect.CERTIFY,
        needs=(Detail.WARNING_ID,),
    ),
    *rows(
        A.ACTIVATE,
        S.WARNING_PUBLISHED,
        S.ACTIVE,
        REVIEWER | SYSTEM,
        Guard.FALLEN_DUE,
        Deadline.VALIDITY_BEGINS,
        by_law=True,
    ),
    *rows(A.CLOSE, (S.WARNING_PUBLISHED, S.ACTIVE), S.CLOSED, APPLICANT | REVIEWER),
    *suspension(S.ACTIVE),
    *changes(S.WARNING_PUBLISHED, S.ACTIVE),
    *parts(S.WARNING_PUBLISHED, S.ACTIVE, *HALTED),
    *ends_by_authority(S.WARNING_PUBLISHED, S.ACTIVE, *HALTED),
    *expires(S.WARNING_PUBLISHED, S.ACTIVE, *HALTED),
    *strikes(S.CLOSED),
)
