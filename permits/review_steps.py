"""The steps by which a joint review ends: taken on the votes of the departments, by nobody else."""

from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import DEPARTMENTS, Deadline, Effect, Guard, Transition, rows


def decided(
    under_review: S, deadline: Deadline, *when_approved: Guard | Effect
) -> tuple[Transition, ...]:
    """Return how a review ends: approved, sent back or refused."""
    return (
        *rows(
            A.APPROVE,
            under_review,
            S.APPROVED,
            DEPARTMENTS,
            Guard.DEPARTMENTS_APPROVE,
            Guard.RULES_IN_FORCE,
            Guard.PLACES_STAND,
            Guard.GRANTABLE,
            Effect.TAKE_CONDITIONS,
            Effect.CLOSE_BALLOTS,
            *when_approved,
            deadline,
        ),
        *refused(under_review, deadline),
    )


def refused(under_review: S, *deadlines: Deadline) -> tuple[Transition, ...]:
    """Return how a review ends where the file is sent back or refused."""
    return (
        *rows(
            A.RETURN_FOR_CORRECTION,
            under_review,
            S.RETURNED_FOR_CORRECTION,
            DEPARTMENTS,
            Guard.DEPARTMENTS_RETURN,
            Effect.CLOSE_BALLOTS,
            *deadlines,
            reason=True,
        ),
        *rows(
            A.REJECT,
            under_review,
            S.REJECTED,
            DEPARTMENTS,
            Guard.DEPARTMENTS_REJECT,
            Effect.CLOSE_BALLOTS,
            *deadlines,
            reason=True,
        ),
    )
