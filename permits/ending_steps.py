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
    Detail,
    Effect,
    Guard,
    Transition,
    in_place,
    rows,
)

HALTED = (S.SUSPENDED, S.RECTIFICATION, S.RESUME_REQUESTED)
ENDED = (S.TERMINATED, S.ANNULLED, S.WITHDRAWN_BY_AUTHORITY, S.REVOKED, S.EXPIRED)


def terminates(*granted: S) -> tuple[Transition, ...]:
    """Return how an authority ends an activity, on a ground of the rules."""
    return rows(
        A.TERMINATE,
        granted,
        S.TERMINATED,
        REVIEWER | POLICE,
        Guard.TERMINATION_GROUND,
        Guard.HEARD,
        Effect.DECIDE_HEARING,
        Effect.VOID_PLATES,
        Effect.LAPSE_MATTERS,
        reason=True,
        needs=(Detail.GROUND,),
    )


def ends_by_authority(*granted: S) -> tuple[Transition, ...]:
    """Return the four acts by which an authority ends what it granted; they differ in law."""
    acts = (
        (A.ANNUL, S.ANNULLED, REVIEWER),
        (A.WITHDRAW_BY_AUTHORITY, S.WITHDRAWN_BY_AUTHORITY, REVIEWER),
        (A.REVOKE, S.REVOKED, REVIEWER | POLICE),
    )
    return (
        *terminates(*granted),
        *(
            row
            for action, after, actors in acts
            for row in rows(
                action,
                granted,
                after,
                actors,
                Guard.HEARD,
                Effect.DECIDE_HEARING,
                Effect.VOID_PLATES,
                Effect.LAPSE_MATTERS,
                reason=True,
            )
        ),
    )


def expires(*granted: S) -> tuple[Transition, ...]:
    """Return how what was granted comes to its end by time, or by another that takes its place."""
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
        takes=(Detail.REPLACED_BY,),
    )


def suspension(
    *in_force: S, resumes: S = S.ACTIVE, asked: tuple[Guard, ...] = ()
) -> tuple[Transition, ...]:
    """Return how what is in force is suspended, put right and resumed, and as what it goes on.

    ``asked``: what must hold besides to go on.
    """
    return (*_suspended(in_force), *_put_right(), *_resumed(resumes, asked))


def _suspended(in_force: tuple[S, ...]) -> tuple[Transition, ...]:
    # Each of the three departments for its own ground; the system for lapsed papers alone.
    return rows(
        A.SUSPEND,
        in_force,
        S.SUSPENDED,
        REVIEWER | POLICE | SYSTEM,
        Guard.GROUND_KNOWN,
        Effect.LAPSE_RENEWAL,
        reason=True,
        takes=(Detail.GROUND,),
    )


def _put_right() -> tuple[Transition, ...]:
    return (
        *rows(A.START_RECTIFICATION, S.SUSPENDED, S.RECTIFICATION, APPLICANT | REVIEWER | POLICE),
        *rows(
            A.REQUEST_RESUME,
            S.RECTIFICATION,
            S.RESUME_REQUESTED,
            APPLICANT,
            Guard.RECTIFICATION_REPORT,
            Deadline.RECTIFICATION,
        ),
    )


def _resumed(resumes: S, asked: tuple[Guard, ...]) -> tuple[Transition, ...]:
    return (
        *rows(
            A.RESUME,
            S.RESUME_REQUESTED,
            resumes,
            REVIEWER | POLICE,
            Guard.SUSPENDING_AUTHORITY,
            Guard.THIRD_PARTY_ACCEPTS,
            Guard.GROUND_GONE,
            *asked,
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
        *in_place(A.RESUME_PARTS, granted, SYSTEM, Effect.TAKE_TERMS, Effect.RECOUNT),
    )


def recounted(*granted: S) -> tuple[Transition, ...]:
    """Return how what was granted comes to last as long as its papers, when those have changed."""
    return in_place(
        A.RECOUNT_VALIDITY, granted, SYSTEM, Effect.RECOUNT, Effect.CERTIFY, reason=True
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


def strikes_ended(*ended: S) -> tuple[Transition, ...]:
    """Return how what has ended is struck from the register once its time has come (注销)."""
    return rows(
        A.DEREGISTER,
        ended,
        S.DEREGISTERED,
        REGISTRAR,
        Guard.FALLEN_DUE,
        Effect.ANNOUNCE_PLATES_LEFT,
        Deadline.STRIKE_OFF,
        by_law=True,
    )


def strikes(*granted: S, done: Iterable[S] = ()) -> tuple[Transition, ...]:
    """Return how permits are struck from the register.

    ``granted``: where one is once the legal person of its holder has ended; ``done``: where one is
    that was carried out, which nobody strikes off but by hand.
    """
    return (
        *strikes_ended(*ENDED),
        *rows(
            A.DEREGISTER,
            granted,
            S.DEREGISTERED,
            SYSTEM,
            Guard.HOLDER_ENDED,
            Effect.VOID_PLATES,
            Effect.ANNOUNCE_PLATES_LEFT,
            Effect.LAPSE_MATTERS,
            reason=True,
        ),
        *rows(A.DEREGISTER, done, S.DEREGISTERED, REGISTRAR),
    )


def amendments(*with_applicant: S) -> tuple[Transition, ...]:
    """Return how an applicant asks for other terms: before it is handed in, and when it came back."""
    return in_place(
        A.AMEND_TERMS, with_applicant, APPLICANT, Guard.TERMS_BROUGHT, Effect.TAKE_TERMS
    )


def withdrawal(before: Iterable[S]) -> tuple[Transition, ...]:
    """Return how an applicant takes an application back, before it is decided."""
    return rows(A.WITHDRAW, before, S.WITHDRAWN, APPLICANT, Guard.NO_VOTE_CAST)
