"""The life cycle of permits for vehicles on roads: one table."""

from permits.ending_steps import (
    HALTED,
    ends_by_authority,
    expires,
    strikes,
    suspension,
    withdrawal,
)
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import APPLICANT, POLICE, REVIEWER, SYSTEM, Guard, Transition, rows

_UNDECIDED = (
    S.DRAFT,
    S.SUBMITTED,
    S.RETURNED_FOR_CORRECTION,
    S.ACCEPTED,
    S.THIRD_PARTY_REVIEW,
    S.EXPERT_REVIEW,
    S.JOINT_REVIEW,
)

ROAD_STEPS: tuple[Transition, ...] = (
    *withdrawal(_UNDECIDED),
    *rows(A.SUBMIT, (S.DRAFT, S.RETURNED_FOR_CORRECTION), S.SUBMITTED, APPLICANT),
    *rows(
        A.RETURN_FOR_CORRECTION,
        (S.SUBMITTED, S.JOINT_REVIEW),
        S.RETURNED_FOR_CORRECTION,
        REVIEWER,
        reason=True,
    ),
    *rows(A.ACCEPT, S.SUBMITTED, S.ACCEPTED, REVIEWER),
    *rows(A.DEEM_ACCEPTED, S.SUBMITTED, S.ACCEPTED, SYSTEM),
    *rows(A.START_THIRD_PARTY_REVIEW, S.ACCEPTED, S.THIRD_PARTY_REVIEW, REVIEWER),
    *rows(A.START_EXPERT_REVIEW, S.THIRD_PARTY_REVIEW, S.EXPERT_REVIEW, REVIEWER),
    *rows(A.OPEN_JOINT_REVIEW, S.EXPERT_REVIEW, S.JOINT_REVIEW, REVIEWER | SYSTEM),
    *rows(A.APPROVE, S.JOINT_REVIEW, S.APPROVED, REVIEWER, Guard.RULES_IN_FORCE),
    *rows(A.REJECT, S.JOINT_REVIEW, S.REJECTED, REVIEWER, reason=True),
    *rows(A.REQUEST_PLATE, S.APPROVED, S.AWAITING_PLATE, APPLICANT | REVIEWER),
    *rows(A.ISSUE, S.AWAITING_PLATE, S.ISSUED, POLICE, Guard.RULES_IN_FORCE),
    *rows(A.ACTIVATE, S.ISSUED, S.ACTIVE, REVIEWER | SYSTEM),
    *rows(A.REQUEST_RENEWAL, S.ACTIVE, S.RENEWAL_PENDING, APPLICANT),
    *rows(A.RENEW, S.RENEWAL_PENDING, S.ACTIVE, REVIEWER, Guard.RULES_IN_FORCE),
    *rows(A.REFUSE_RENEWAL, S.RENEWAL_PENDING, S.ACTIVE, REVIEWER, reason=True),
    *suspension(S.ACTIVE, S.RENEWAL_PENDING),
    *ends_by_authority(
        S.APPROVED, S.AWAITING_PLATE, S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING, *HALTED
    ),
    # Not while a renewal is pending: where no decision comes by its end, it counts as extended.
    *expires(S.ISSUED, S.ACTIVE, *HALTED),
    *strikes(),
)
