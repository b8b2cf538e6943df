"""The life cycle of permits for flights: one table."""

from permits.ending_steps import ends_by_authority, expires, strikes, withdrawal
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import APPLICANT, REVIEWER, SYSTEM, Guard, Transition, rows

_ON_THE_GROUND = (S.APPROVED, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, S.LANDED)

FLIGHT_STEPS: tuple[Transition, ...] = (
    *withdrawal((S.DRAFT, S.SUBMITTED, S.RETURNED_FOR_CORRECTION)),
    *rows(A.SUBMIT, (S.DRAFT, S.RETURNED_FOR_CORRECTION), S.SUBMITTED, APPLICANT),
    *rows(A.RETURN_FOR_CORRECTION, S.SUBMITTED, S.RETURNED_FOR_CORRECTION, REVIEWER, reason=True),
    *rows(A.APPROVE, S.SUBMITTED, S.APPROVED, REVIEWER, Guard.RULES_IN_FORCE),
    *rows(A.REJECT, S.SUBMITTED, S.REJECTED, REVIEWER, reason=True),
    # Another flight under the same permit needs another confirmation.
    *rows(A.REPORT_PRE_TAKEOFF, (S.APPROVED, S.LANDED), S.PRE_TAKEOFF_REPORTED, APPLICANT),
    *rows(A.CONFIRM, S.PRE_TAKEOFF_REPORTED, S.CONFIRMED, REVIEWER),
    *rows(
        A.REFUSE_CONFIRMATION,
        (S.PRE_TAKEOFF_REPORTED, S.CONFIRMED),
        S.APPROVED,
        REVIEWER,
        reason=True,
    ),
    *rows(A.TAKE_OFF, S.CONFIRMED, S.AIRBORNE, APPLICANT | SYSTEM),
    *rows(A.LAND, S.AIRBORNE, S.LANDED, APPLICANT | SYSTEM),
    *rows(A.CLOSE, (S.APPROVED, S.LANDED), S.CLOSED, APPLICANT | REVIEWER),
    *ends_by_authority(*_ON_THE_GROUND, S.AIRBORNE),
    # A flight in the air does not expire: it is in breach until it lands.
    *expires(*_ON_THE_GROUND),
    *strikes(S.CLOSED),
)
