"""Who asks, and whether they may: a browser's session, or a program's token.

Every route declares one ``Allow``; a test goes over all routes and refuses one without.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from zone_service.clock import now
from zone_service.problems import ProblemError, Tell, of_error, sentence
from zone_service.services import Services, services_of
from zone_service.store import accounts, tokens
from zone_service.store.errors import WrongCredentials
from zone_service.store.records import Principal, Proof, ProofKind, Role
from zone_service.store.roles import SEES_ALL

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PORTS: Final = {"http": 80, "https": 443}
IN_PROCESS: Final = Proof(ProofKind.SESSION, "")
"""Of whoever asks without a server: it opens nothing elsewhere."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal and how it proved who it is."""

    principal: Principal
    proof: Proof

    @property
    def by_token(self) -> bool:
        """Whether it is a program and not a browser."""
        return self.proof.kind is ProofKind.TOKEN


@dataclass(frozen=True)
class Allow:
    """What a route asks of its caller."""

    roles: frozenset[Role]
    public: bool = field(default=False)

    def __call__(self, request: Request) -> Caller | None:
        """Return the caller.

        Raises:
            ProblemError: nobody is signed in, the request is another site's, or the role is none
                of those that may.
        """
        if self.public:
            return None
        caller = identify(request)
        request.scope["zone.principal"] = caller.principal.username
        if caller.principal.role not in self.roles:
            raise self._refusal(caller.principal)
        return caller

    def _refusal(self, principal: Principal) -> ProblemError:
        expected = ", ".join(sorted(self.roles))
        return ProblemError(
            HTTPStatus.FORBIDDEN,
            sentence("role", who=principal.username, role=principal.role, expected=expected),
            slug="not-allowed",
        )


PUBLIC: Final = Allow(frozenset(), public=True)
ANYBODY: Final = Allow(frozenset(Role))
POLICE: Final = Allow(frozenset({Role.POLICE, Role.ADMINISTRATOR}))
ADMINISTRATOR: Final = Allow(frozenset({Role.ADMINISTRATOR}))
APPLICANT: Final = Allow(frozenset({Role.OPERATOR, Role.ADMINISTRATOR}))
SUPERVISOR: Final = Allow(SEES_ALL)
VOTER: Final = Allow(frozenset({Role.REVIEWER, Role.POLICE}))
ASKER: Final = Allow(frozenset({Role.REVIEWER, Role.ADMINISTRATOR}))
ASSESSOR: Final = Allow(frozenset({Role.ASSESSOR}))


def _principal(allow: Allow) -> Callable[[Caller], Principal]:
    def principal(caller: Annotated[Caller, Depends(allow)]) -> Principal:
        return caller.principal

    return principal


AnybodyCaller = Annotated[Caller, Depends(ANYBODY)]
Anybody = Annotated[Principal, Depends(_principal(ANYBODY))]
Police = Annotated[Principal, Depends(_principal(POLICE))]
Administrator = Annotated[Principal, Depends(_principal(ADMINISTRATOR))]
Applicant = Annotated[Principal, Depends(_principal(APPLICANT))]
Supervisor = Annotated[Principal, Depends(_principal(SUPERVISOR))]
Voter = Annotated[Principal, Depends(_principal(VOTER))]
Asker = Annotated[Principal, Depends(_principal(ASKER))]
Assessor = Annotated[Principal, Depends(_principal(ASSESSOR))]


def identify(request: Request) -> Caller:
    """Return who asks.

    Raises:
        ProblemError: nobody valid, or a browser that another site made send this.
    """
    services = services_of(request)
    if services.principal is not None:
        return Caller(services.principal, IN_PROCESS)
    if token := bearer_token(request):
        return Caller(_by_token(services, token), tokens.token_proof(token))
    cookie = request.cookies.get(cookie_name(services))
    if not cookie:
        raise _nobody(sentence("not signed in"))
    if request.method not in SAFE_METHODS:
        require_same_origin(request)
    try:
        principal = accounts.by_session(services.store, cookie, now())
    except WrongCredentials as error:
        raise _nobody(of_error(error).tell) from None
    return Caller(principal, accounts.session_proof(cookie))


def _by_token(services: Services, token: str) -> Principal:
    try:
        return tokens.by_token(services.store, token, now())
    except WrongCredentials as error:
        services.metrics.auth_failures.labels(kind="token").inc()
        raise _nobody(of_error(error).tell) from None


def _nobody(tell: Tell) -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        tell,
        slug="not-signed-in",
        headers={"WWW-Authenticate": "Bearer"},
    )


def bearer_token(request: HTTPConnection) -> str | None:
    """Return the API token of a request."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def cookie_name(services: Services) -> str:
    """Return the session cookie's name; ``__Host-`` makes browsers insist that it is secure."""
    return "__Host-zone" if services.settings.secure_cookies else "zone"


def require_same_origin(request: Request, *, may_be_missing: bool = False) -> None:
    """Refuse what a page of another site made the browser send.

    Raises:
        ProblemError: the Origin header is another site's, or missing where it must be there.
    """
    origin = request.headers.get("origin")
    if origin is None and may_be_missing:
        return
    if origin is None or not is_own_origin(request, origin):
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            sentence("cross site", origin=origin),
            slug="cross-site",
        )


def is_own_origin(request: HTTPConnection, origin: str) -> bool:
    """Tell whether an Origin header names this site."""
    expected = services_of(request).settings.public_origin
    if expected:
        return origin.rstrip("/").lower() == expected.rstrip("/").lower()
    found = urlsplit(origin)
    own = urlsplit(f"{found.scheme}://{request.headers.get('host', '')}")
    try:
        return (
            found.scheme in PORTS
            and found.hostname is not None
            and (found.hostname, found.port or PORTS[found.scheme])
            == (own.hostname, own.port or PORTS[found.scheme])
        )
    except ValueError:  # a port that is not a number
        return False
