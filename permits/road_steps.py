"""The life cycle of permits for vehicles on roads: one table."""

from collections.abc import Iterator

from permits.ending_steps import (
    ENDED,
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
from permits.review_steps import decided
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
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
_GRANTED = (S.APPROVED, S.AWAITING_PLATE, *_PLATED)

ROAD_STEPS: tuple[Transition, ...] = (
    *amendments(S.DRAFT, S.RETURNED_FOR_CORRECTION),
    *withdrawal(_UNDECIDED),
    *rows(
        A.SUBMIT,
        (S.DRAFT, S.RETURNED_FOR_CORRECTION),
        S.SUBMITTED,
        APPLICANT,
        _G.REPLACES_ITS,
        _G.COMPLETE,
        _G.SUBMITTABLE,
        takes=(Detail.REPLACES,),
    ),
    *rows(
        A.RETURN_FOR_CORRECTION,
        S.SUBMITTED,
        S.RETURNED_FOR_CORRECTION,
        REVIEWER,
        _G.RETURNED_NEVER,
        _D.INTAKE,
        reason=True,
        needs=(Detail.MISSING,),
    ),
    *rows(A.ACCEPT, S.SUBMITTED, S.ACCEPTED, REVIEWER, _G.PLACES_STAND, _G.ACCEPTABLE, _D.INTAKE),
    *rows(A.DEEM_ACCEPTED, S.SUBMITTED, S.ACCEPTED, SYSTEM, _G.FALLEN_DUE, _D.INTAKE, by_law=True),
    *rows(A.START_THIRD_PARTY_REVIEW, S.ACCEPTED, S.THIRD_PARTY_REVIEW, REVIEWER, _D.DECISION),
    *rows(
        A.START_EXPERT_REVIEW,
        S.THIRD_PARTY_REVIEW,
        S.EXPERT_REVIEW,
        REVIEWER,
        _G.OPINION_GIVEN,
        _D.THIRD_PARTY,
        _D.DECISION,
    ),
    *rows(
        A.OPEN_JOINT_REVIEW,
        S.EXPERT_REVIEW,
        S.JOINT_REVIEW,
        REVIEWER | SYSTEM,
        _G.OPINION_GIVEN,
        Effect.OPEN_BALLOTS,
        _D.DECISION,
    ),
    # Who has been tested and evaluated elsewhere is not again: the departments decide at once.
    *rows(
        A.OPEN_JOINT_REVIEW,
        S.ACCEPTED,
        S.JOINT_REVIEW,
        REVIEWER,
        _G.ALL_RECOGNISED,
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
        # Where the police have no part in the decision, its authority gives its licence.
        REVIEWER | POLICE,
        _G.RULES_IN_FORCE,
        _G.PLACES_STAND,
        _G.GRANTABLE,
        _G.PLATES_FIT,
        Effect.NUMBER,
        Effect.PLATE,
        Effect.STOP_VEHICLES,
        Effect.CERTIFY,
        _D.DELIVERY,
    ),
    *rows(
        A.ACTIVATE,
        S.ISSUED,
        S.ACTIVE,
        REVIEWER | SYSTEM,
        _G.FALLEN_DUE,
        _G.SELF_CHECKED,
        _G.REPLACED_GOES_ON,
        Effect.BEGIN_PLATES,
        _D.VALIDITY_BEGINS,
        by_law=True,
    ),
    *renewal(S.ACTIVE, S.RENEWAL_PENDING),
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
    *recounted(*_PLATED),
    *changes(S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING),
    *ends_by_authority(*_GRANTED),
    # While a renewal is pending only where the rule set lets silence end what it would else extend.
    *expires(S.ISSUED, S.ACTIVE, S.RENEWAL_PENDING, *HALTED),
    *strikes(*_GRANTED),
)
