"""The life cycle of what needs no permit and is on record: one table."""

from permits.ending_steps import expires, withdrawal
from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import APPLICANT, POLICE, REGISTRAR, REVIEWER, Guard, Transition, rows

RECORD_STEPS: tuple[Transition, ...] = (
    *withdrawal((S.DRAFT,)),
    *rows(A.RECORD, S.DRAFT, S.ACTIVE, APPLICANT, Guard.COMPLETE, Guard.GRANTABLE),
    *rows(A.CLOSE, S.ACTIVE, S.CLOSED, APPLICANT | REVIEWER),
    # Nothing was granted that could be annulled or revoked: what is dangerous is ended.
    *rows(A.TERMINATE, S.ACTIVE, S.TERMINATED, REVIEWER | POLICE, reason=True),
    *expires(S.ACTIVE),
    *rows(A.DEREGISTER, (S.CLOSED, S.TERMINATED, S.EXPIRED), S.DEREGISTERED, REGISTRAR),
)
