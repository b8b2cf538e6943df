"""The life cycle of permits for vehicles on roads: one table."""

from collections.abc import Iterator

from permits.ending_steps import (
    ENDED,
    HALTED,
    changes,
    ends_by_authority,
    expires,
    parts,
    strikes,
    suspension,
    withdrawal,
)
from permits.review_steps import decided
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
    DEPARTMENTS,
    POLICE,
    REVIEWER,
    SYSTEM,
    Deadline,
    Detail,
    Effect,
    Guard,
    Transition,
    in_place,
    rows,
)

_UNDECIDED = (
    S.DRAFT,
    S.SUBMITTED,
    S.RETURNED_FOR_CORRECTION,
    S.ACCEPTED,
    S.THIRD_PARTY_REVIEW,
    S.EXPERT_REVIEW,
    S.JOINT_REVIEW,
)


def _extended() -> Iterator[Transition]:
    under_review = (S.ACCEPTED, S.THIRD_PARTY_REVIEW, S.EXPERT_REVIEW, S.JOINT_REVIEW)
    for state in under_review:
        yield from rows(A.EXTEND_TIME, state, state, REVIEWER, Guard.EXTENDABLE, reason=True)


_D, _G = Deadline, Guard
_PLATED = (S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING, *HALTED)

ROAD_STEPS: tuple[Transition, ...] = (
    *withdrawal(_UNDECIDED),
    *rows(
        A.SUBMIT,
        (S.DRAFT, S.RETURNED_FOR_CORRECTION),
        S.SUBMITTED,
        APPLICANT,
        _G.COMPLETE,
        _G.SUBMITTABLE,
    ),
    *rows(
        A.RETURN_FOR_CORRECTION,
        S.SUBMITTED,
        S.RETURNED_FOR_CORRECTION,
        REVIEWER,
        _D.INTAKE,
        reason=True,
    ),
    *rows(A.ACCEPT, S.SUBMITTED, S.ACCEPTED, REVIEWER, _G.ACCEPTABLE, _D.INTAKE),
    *rows(A.DEEM_ACCEPTED, S.SUBMITTED, S.ACCEPTED, SYSTEM, _G.FALLEN_DUE, _D.INTAKE, by_law=True),
    *rows(A.START_THIRD_PARTY_REVIEW, S.ACCEPTED, S.THIRD_PARTY_REVIEW, REVIEWER, _D.DECISION),
    *rows(
        A.START_EXPERT_REVIEW,
        S.THIRD_PARTY_REVIEW,
        S.EXPERT_REVIEW,
        REVIEWER,
        _D.THIRD_PARTY,
        _D.DECISION,
    ),
    *rows(
        A.OPEN_JOINT_REVIEW,
        S.EXPERT_REVIEW,
        S.JOINT_REVIEW,
        REVIEWER | SYSTEM,
        Effect.OPEN_BALLOTS,
        _D.DECISION,
    ),
    *_extended(),
    *decided(S.JOINT_REVIEW, _D.DECISION, Effect.NUMBER),
    *rows(A.REQUEST_PLATE, S.APPROVED, S.AWAITING_PLATE, APPLICANT | REVIEWER, _D.DELIVERY),
    *rows(
        A.ISSUE,
        S.AWAITING_PLATE,
        S.ISSUED,
        POLICE,
        _G.RULES_IN_FORCE,
        _G.GRANTABLE,
        _G.PLATES_FIT,
        Effect.NUMBER,
        Effect.PLATE,
        Effect.CERTIFY,
        _D.DELIVERY,
    ),
    *rows(
        A.ACTIVATE,
        S.ISSUED,
        S.ACTIVE,
        REVIEWER | SYSTEM,
        _G.FALLEN_DUE,
        _D.VALIDITY_BEGINS,
        by_law=True,
    ),
    *rows(
        A.REQUEST_RENEWAL,
        S.ACTIVE,
        S.RENEWAL_PENDING,
        APPLICANT,
        _G.IN_TIME,
        _G.RENEWAL_PERIOD,
        _G.SUMMARY_REPORT,
        Effect.OPEN_RENEWAL,
        _D.RENEWAL_REQUEST,
        takes=(Detail.ASKED_UNTIL,),
    ),
    *rows(
        A.RENEW,
        S.RENEWAL_PENDING,
        S.ACTIVE,
        REVIEWER | DEPARTMENTS,
        _G.RULES_IN_FORCE,
        Effect.GRANT_RENEWAL,
        Effect.EXTEND_VALIDITY,
        Effect.EXTEND_PLATES,
        Effect.CERTIFY,
        _D.RENEWAL_DECISION,
    ),
    *rows(
        A.REFUSE_RENEWAL,
        S.RENEWAL_PENDING,
        S.ACTIVE,
        REVIEWER,
        Effect.REFUSE_RENEWAL,
        _D.RENEWAL_DECISION,
        reason=True,
    ),
    *rows(
        A.DEEM_RENEWED,
        S.RENEWAL_PENDING,
        S.ACTIVE,
        SYSTEM,
        _G.FALLEN_DUE,
        Effect.GRANT_RENEWAL,
        Effect.EXTEND_VALIDITY,
        Effect.EXTEND_PLATES,
        Effect.CERTIFY,
        _D.RENEWAL_DECISION,
        by_law=True,
    ),
    # A plate that runs out within the declared period needs no other review.
    *in_place(
        A.ISSUE_PLATES,
        (S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING),
        POLICE,
        _G.RULES_IN_FORCE,
        _G.PLATES_FIT,
        Effect.PLATE,
        Effect.CERTIFY,
    ),
    *in_place(A.RECALL_PLATES, (*_PLATED, *ENDED), POLICE, _G.PLATES_ARE_ITS, Effect.RECALL_PLATES),
    *in_place(
        A.ANNOUNCE_PLATES_VOID,
        (*_PLATED, *ENDED),
        POLICE,
        _G.PLATES_ARE_ITS,
        Effect.ANNOUNCE_PLATES,
        reason=True,
    ),
    *suspension(S.ACTIVE, S.RENEWAL_PENDING),
    *parts(*_PLATED),
    *changes(S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING),
    *ends_by_authority(
        S.APPROVED, S.AWAITING_PLATE, S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING, *HALTED
    ),
    # While a renewal is pending only where the rule set lets silence end what it would else extend.
    *expires(S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING, *HALTED),
    *strikes(),
)
