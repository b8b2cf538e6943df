"""How permits of every family are suspended and resumed, and how they end."""

from collections.abc import Iterable

from permits.states import PermitAction as A
from permits.states import PermitState as S
from permits.transition import (
    APPLICANT,
    DEPARTMENTS,
    POLICE,
    REGISTRAR,
    REVIEWER,
    SYSTEM,
    Deadline,
    Effect,
    Guard,
    Transition,
    in_place,
    rows,
)

HALTED = (S.SUSPENDED, S.RECTIFICATION, S.RESUME_REQUESTED)
ENDED = (S.TERMINATED, S.ANNULLED, S.WITHDRAWN_BY_AUTHORITY, S.REVOKED, S.EXPIRED)


def ends_by_authority(*granted: S) -> tuple[Transition, ...]:
    """Return the four acts by which an authority ends what it granted; they differ in law."""
    acts = (
        (A.TERMINATE, S.TERMINATED, REVIEWER | POLICE),
        (A.ANNUL, S.ANNULLED, REVIEWER),
        (A.WITHDRAW_BY_AUTHORITY, S.WITHDRAWN_BY_AUTHORITY, REVIEWER),
        (A.REVOKE, S.REVOKED, REVIEWER | POLICE),
    )
    return tuple(
        row
        for action, after, actors in acts
        for row in rows(
            action,
            granted,
            after,
            actors,
            Effect.VOID_PLATES,
            Effect.LAPSE_MATTERS,
            reason=True,
        )
    )


def expires(*granted: S) -> tuple[Transition, ...]:
    """Return how what was granted comes to its end by time."""
    return rows(
        A.EXPIRE,
        granted,
        S.EXPIRED,
        SYSTEM,
        Guard.FALLEN_DUE,
        Effect.VOID_PLATES,
        Effect.LAPSE_MATTERS,
        Deadline.VALIDITY_ENDS,
        by_law=True,
    )


def suspension(*in_force: S) -> tuple[Transition, ...]:
    """Return how what is in force is suspended, put right and resumed."""
    return (
        # Each of the three departments for its own ground; the system for lapsed papers alone.
        *rows(
            A.SUSPEND,
            in_force,
            S.SUSPENDED,
            REVIEWER | POLICE | SYSTEM,
            Effect.LAPSE_RENEWAL,
            reason=True,
        ),
        *rows(A.START_RECTIFICATION, S.SUSPENDED, S.RECTIFICATION, APPLICANT),
        *rows(
            A.REQUEST_RESUME,
            S.RECTIFICATION,
            S.RESUME_REQUESTED,
            APPLICANT,
            Deadline.RECTIFICATION,
        ),
        *rows(
            A.RESUME,
            S.RESUME_REQUESTED,
            S.ACTIVE,
            REVIEWER | POLICE,
            Guard.SUSPENDING_AUTHORITY,
            Guard.THIRD_PARTY_ACCEPTS,
        ),
        *rows(
            A.REFUSE_RESUME,
            S.RESUME_REQUESTED,
            S.RECTIFICATION,
            REVIEWER | POLICE,
            Guard.SUSPENDING_AUTHORITY,
            reason=True,
        ),
    )


def parts(*granted: S) -> tuple[Transition, ...]:
    """Return how some vehicles or segments of what was granted are halted, and go on.

    By matters under the permit alone (``permits.matter_cycle``): each says why, and what it takes
    to go on.
    """
    return (
        *in_place(A.SUSPEND_PARTS, granted, SYSTEM, Effect.TAKE_TERMS, reason=True),
        *in_place(A.RESUME_PARTS, granted, SYSTEM, Effect.TAKE_TERMS),
    )


def changes(*granted: S) -> tuple[Transition, ...]:
    """Return how what was granted becomes other, by a matter under it that all departments grant."""
    return in_place(
        A.CHANGE_TERMS,
        granted,
        DEPARTMENTS,
        Guard.RULES_IN_FORCE,
        Effect.TAKE_TERMS,
        Effect.CERTIFY,
    )


def strikes(*over: S) -> tuple[Transition, ...]:
    """Return how what is over is struck from the register."""
    return rows(A.DEREGISTER, (*over, *ENDED), S.DEREGISTERED, REGISTRAR)


def withdrawal(before: Iterable[S]) -> tuple[Transition, ...]:
    """Return how an applicant takes an application back, before it is decided."""
    return rows(A.WITHDRAW, before, S.WITHDRAWN, APPLICANT)
