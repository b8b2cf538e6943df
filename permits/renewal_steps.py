"""How what was granted is renewed: asked for in time, decided by those who granted it, or by its end."""

from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
    DEPARTMENTS,
    REVIEWER,
    SYSTEM,
    Deadline,
    Detail,
    Effect,
    Guard,
    Transition,
    rows,
)


def renewal(granted: S, pending: S, *granting: Guard) -> tuple[Transition, ...]:
    """Return how a permit in one state is renewed; while nobody has decided it is ``pending``.

    ``granting``: what must hold besides for the departments to grant it.
    """
    return (
        *asks_renewal(granted, pending),
        *decides_renewal(pending, granted, *granting),
    )


def asks_renewal(granted: S, pending: S) -> tuple[Transition, ...]:
    """Return how a renewal is asked for."""
    return rows(
        A.REQUEST_RENEWAL,
        granted,
        pending,
        APPLICANT,
        Guard.RENEWABLE,
        Guard.IN_TIME,
        Guard.RENEWAL_PERIOD,
        Guard.SUMMARY_REPORT,
        Effect.OPEN_RENEWAL,
        Deadline.RENEWAL_REQUEST,
        takes=(Detail.ASKED_UNTIL,),
    )


def decides_renewal(pending: S, granted: S, *granting: Guard) -> tuple[Transition, ...]:
    """Return how a renewal that was asked for is decided, or counts as granted."""
    return (
        *rows(
            A.RENEW,
            pending,
            granted,
            # By their consents to it, and by no department alone: each of them granted the permit.
            DEPARTMENTS,
            Guard.RENEWAL_ASKED,
            *granting,
            Guard.RULES_IN_FORCE,
            Guard.PLACES_STAND,
            Guard.GRANTABLE,
            Effect.EXTEND_VALIDITY,
            Effect.TAKE_CONSENTS,
            Effect.GRANT_RENEWAL,
            Effect.EXTEND_PLATES,
            Effect.CERTIFY,
            Deadline.RENEWAL_DECISION,
        ),
        *rows(
            A.REFUSE_RENEWAL,
            pending,
            granted,
            REVIEWER,
            Guard.RENEWAL_ASKED,
            Effect.REFUSE_RENEWAL,
            Deadline.RENEWAL_DECISION,
            reason=True,
        ),
        *rows(
            A.DEEM_RENEWED,
            pending,
            granted,
            SYSTEM,
            Guard.FALLEN_DUE,
            Effect.GRANT_RENEWAL,
            Effect.EXTEND_VALIDITY,
            Effect.EXTEND_PLATES,
            Effect.CERTIFY,
            Deadline.RENEWAL_DECISION,
            by_law=True,
        ),
    )
