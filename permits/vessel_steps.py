"""The life cycle of permits for trials of vessels: one table."""

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
from permits.renewal_steps import renewal
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

_GRANTED = (S.WARNING_PUBLISHED, S.ACTIVE, S.RENEWAL_PENDING)

VESSEL_STEPS: tuple[Transition, ...] = (
    *amendments(S.DRAFT, S.RETURNED_FOR_CORRECTION),
    *withdrawal((S.DRAFT, S.NOTIFIED, S.RETURNED_FOR_CORRECTION)),
    *rows(
        A.NOTIFY,
        (S.DRAFT, S.RETURNED_FOR_CORRECTION),
        S.NOTIFIED,
        APPLICANT,
        Guard.IN_TIME,
        Guard.REPLACES_ITS,
        Guard.COMPLETE,
        Guard.SUBMITTABLE,
        Effect.OPEN_BALLOTS,
        Deadline.VESSEL_NOTICE,
        takes=(Detail.REPLACES,),
    ),
    *refused(S.NOTIFIED, Deadline.VESSEL_DECISION),
    # Not by the vote itself: the warning has a number, and somebody publishes it.
    *rows(
        A.PUBLISH_WARNING,
        S.NOTIFIED,
        S.WARNING_PUBLISHED,
        REVIEWER,
        Guard.DEPARTMENTS_APPROVE,
        Guard.RULES_IN_FORCE,
        Guard.PLACES_STAND,
        Guard.GRANTABLE,
        Guard.PLATES_FIT,
        Effect.TAKE_CONDITIONS,
        Effect.CLOSE_BALLOTS,
        Effect.NUMBER,
        Effect.PLATE,
        Effect.STOP_VEHICLES,
        Effect.CERTIFY,
        Deadline.VESSEL_DECISION,
        needs=(Detail.WARNING_ID,),
    ),
    *rows(
        A.ACTIVATE,
        S.WARNING_PUBLISHED,
        S.ACTIVE,
        REVIEWER | SYSTEM,
        Guard.FALLEN_DUE,
        Guard.SELF_CHECKED,
        Guard.REPLACED_GOES_ON,
        Effect.BEGIN_PLATES,
        Deadline.VALIDITY_BEGINS,
        by_law=True,
    ),
    # What is halted does not go on under another permit because its holder ends this one.
    *rows(
        A.CLOSE,
        _GRANTED,
        S.CLOSED,
        APPLICANT | REVIEWER,
        Guard.NOTHING_HALTED,
        Effect.LAPSE_RENEWAL,
    ),
    *renewal(S.ACTIVE, S.RENEWAL_PENDING, Guard.WARNED),
    # A warning says until when it holds: the time that is added is warned of by another.
    *rows(
        A.PUBLISH_WARNING,
        S.RENEWAL_PENDING,
        S.RENEWAL_PENDING,
        REVIEWER,
        Guard.RENEWAL_ASKED,
        needs=(Detail.WARNING_ID,),
    ),
    *suspension(S.ACTIVE, S.RENEWAL_PENDING),
    *changes(*_GRANTED),
    *parts(*_GRANTED, *HALTED),
    *recounted(*_GRANTED, *HALTED),
    *ends_by_authority(*_GRANTED, *HALTED),
    *expires(*_GRANTED, *HALTED),
    *strikes(*_GRANTED, *HALTED, done=(S.CLOSED,)),
)
