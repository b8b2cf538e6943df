"""Signing in and out, tokens for programs, tickets for the live feed."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated

import structlog
from anyio import to_thread
from fastapi import Depends, Request, Response

from zone_service.auth import (
    PUBLIC,
    Anybody,
    AnybodyCaller,
    cookie_name,
    require_same_origin,
)
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.routes.conditions import ENDED_ONCE
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.submitting import SECRET_ANSWER, Router
from zone_service.schemas.fields import Page
from zone_service.schemas.people import (
    LogInGiven,
    PrincipalShown,
    TicketMade,
    TokenGiven,
    TokenMade,
    TokenShown,
)
from zone_service.services import Services, services_of
from zone_service.store import accounts, tokens
from zone_service.store.errors import TooManyAttempts, WrongCredentials
from zone_service.store.records import LogIn

router = Router(prefix="/api", tags=["sessions"])
Served = Annotated[Services, Depends(services_of)]

_log = structlog.get_logger("zone.sessions")

UNSIGNED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


@router.post(
    "/session",
    dependencies=[Depends(PUBLIC)],
    responses=errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS),
)
async def sign_in(
    given: LogInGiven, request: Request, response: Response, services: Served
) -> PrincipalShown:
    """Sign in with a password; the answer sets the session's cookie."""
    require_same_origin(request, may_be_missing=True)
    address = request.client.host if request.client else ""
    async with services.password_checks:
        begun = await to_thread.run_sync(_log_in, services, given, address)
    response.set_cookie(
        cookie_name(services),
        begun.cookie,
        expires=begun.expires_at,
        path="/",
        secure=services.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    request.scope["zone.principal"] = begun.principal.username
    return PrincipalShown.of(begun.principal)


def _log_in(services: Services, given: LogInGiven, address: str) -> LogIn:
    try:
        return accounts.log_in(services.store, given.username, given.password, address, now())
    except (WrongCredentials, TooManyAttempts) as error:
        kind = "password" if isinstance(error, WrongCredentials) else "throttled"
        services.metrics.auth_failures.labels(kind=kind).inc()
        # Not the name: people type their password into that field too.
        _log.warning("sign_in_refused", kind=kind, address=address)
        raise


@router.get("/session", responses=UNSIGNED)
def who_am_i(principal: Anybody) -> PrincipalShown:
    """Return who is signed in."""
    return PrincipalShown.of(principal)


@router.delete(
    "/session",
    status_code=HTTPStatus.NO_CONTENT,
    responses=UNSIGNED,
    openapi_extra=ENDED_ONCE,
)
def sign_out(caller: AnybodyCaller, request: Request, services: Served) -> Response:
    """End the session, and every live feed that was opened in it."""
    if not caller.by_token:
        accounts.log_out(services.store, request.cookies[cookie_name(services)])
        services.live.recheck_soon()
    response = Response(status_code=HTTPStatus.NO_CONTENT)
    response.delete_cookie(
        cookie_name(services), path="/", secure=services.settings.secure_cookies, httponly=True
    )
    return response


@router.post(
    "/tokens",
    status_code=HTTPStatus.CREATED,
    responses=UNSIGNED,
    openapi_extra=SECRET_ANSWER,
)
def make_token(given: TokenGiven, principal: Anybody, services: Served) -> TokenMade:
    """Make a token for a program that acts for the caller; it is shown once."""
    at = now()
    expires_at = at + timedelta(days=given.expires_in_days)
    with services.store.write() as session:
        token = tokens.create_token(session, principal, given.label, at, expires_at)
    return TokenMade(token=token, label=given.label, expires_at=expires_at)


@router.get("/tokens", responses=UNSIGNED)
def list_tokens(
    principal: Anybody, services: Served, after: After = "", limit: Limit = 100
) -> Page[TokenShown]:
    """Return the caller's own tokens, without their secrets, the oldest first."""
    with services.store.read() as session:
        found = tokens.tokens_of(session, principal)
    known = [each.token_id for each in found]
    begin = known.index(after) + 1 if after in known else 0
    part = found[begin : begin + limit]
    return Page(
        items=[TokenShown.of(each) for each in part],
        next=following([each.token_id for each in part], limit),
    )


@router.delete(
    "/tokens/{token_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=UNSIGNED | errors(HTTPStatus.NOT_FOUND),
    openapi_extra=ENDED_ONCE,
)
def revoke_token(token_id: str, principal: Anybody, services: Served) -> None:
    """Make one of the caller's own tokens worthless; live feeds opened with it end."""
    with services.store.write() as session:
        tokens.revoke_token(session, principal, token_id, now())
    services.live.recheck_soon()


@router.post(
    "/ws-tickets",
    status_code=HTTPStatus.CREATED,
    responses=UNSIGNED,
    openapi_extra=SECRET_ANSWER,
)
def make_ticket(caller: AnybodyCaller, services: Served) -> TicketMade:
    """Make a ticket that opens the live feed once, soon."""
    with services.store.write() as session:
        ticket = tokens.issue_ticket(session, caller.principal, caller.proof, now())
    # A program's ticket says so: it needs no Origin, which only browsers send.
    mark = PROGRAM_MARK if caller.by_token else ""
    return TicketMade(ticket=mark + ticket, expires_in_s=int(tokens.TICKET_LASTS.total_seconds()))


PROGRAM_MARK = "p."
"""Begins a ticket that was asked for with a token. Whoever can leave out an Origin header could
as well forge it, so the mark is a convenience; what protects browsers is that they cannot."""
