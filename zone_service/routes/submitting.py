"""What is sent with an Idempotency-Key is done once, and answered alike whenever it is sent again.

Routers of this class take the key on whatever submits something, without a word in the route. The
act and its answer become one transaction: the route's own services are replaced by held ones, and
what others are told of the act they are told once it holds. A refusal is kept too: what was once
refused must not come true when the first of two equal requests arrives late. Faults of ours are not.
"""

import hashlib
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, Final, cast

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute

from permits.rule_words import Language
from zone_service import problems
from zone_service.auth import Allow, Caller
from zone_service.clock import now
from zone_service.languages import language_of
from zone_service.services import Services
from zone_service.store import kept_answers
from zone_service.store.kept_answers import KeptAnswer, KeyInUse, Submission
from zone_service.store.records import Principal

NO_KEY: Final = "x-no-idempotency-key"
"""In ``openapi_extra``: why an operation that submits something takes no key."""
OWN_KEY: Final = "x-idempotency-key"
"""In ``openapi_extra``: why an operation takes its key by itself."""
SECRET_ANSWER: Final = {NO_KEY: "the answer is a secret that is shown once: it is not kept"}
REPLAYED: Final = "Idempotency-Replayed"
KEYED_METHODS: Final = frozenset({"POST", "PUT", "PATCH"})

_CONDITIONS = ("if-match", "if-none-match", "content-type")
_LETTERS = "[!#-~]{1,128}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with a key."""

    key: str
    operation: str
    digest: str
    language: Language


Key = Annotated[
    str | None,
    Header(
        alias="idempotency-key",
        pattern=f'^("{_LETTERS}"|{_LETTERS})$',
        description="Of your making, for one act: sent again, it is answered again and not done again.",
    ),
]


async def sent_with_key(request: Request, key: Key = None) -> Sent | None:
    """Return what a key was sent with."""
    return None if key is None else sent(request, key, await request.body())


def sent(request: Request, key: str, content: bytes) -> Sent:
    """Return a request with a key; ``content``: its body, or what stands for one that is not held."""
    address = f"{request.method} {request.url.path}"
    conditions = [f"{name}: {request.headers.get(name, '')}" for name in _CONDITIONS]
    head = "\n".join([address, request.url.query, *conditions, ""])
    return Sent(
        key.strip('"'),
        address[:300],
        hashlib.sha256(head.encode() + content).hexdigest(),
        language_of(request.headers.get("accept-language")),
    )


def done_once(
    what: Sent, services: Services, principal: Principal, act: Callable[[Services], Response]
) -> Response:
    """Do what was sent with a key, on the services that are held for it; or answer as it was answered."""
    turn = _begun(what, {"services": services, "principal": principal})
    if isinstance(turn, Response):
        return turn
    try:
        return turn.done(act(turn.services))
    except Exception as error:
        return turn.refused(error)
    finally:
        turn.end()


class Submitting(APIRoute):
    """A route that takes a key where it submits something."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        if _takes_key(options):
            endpoint = _once(endpoint, self)
        super().__init__(path, endpoint, **options)


class Router(APIRouter):
    """The router of every resource."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=Submitting, **options)


def _takes_key(options: Mapping[str, Any]) -> bool:
    if {NO_KEY, OWN_KEY} & {*(options.get("openapi_extra") or {})}:
        return False
    # Nobody is behind a public operation whose key it could be.
    public = any(
        isinstance(each.dependency, Allow) and each.dependency.public
        for each in options.get("dependencies") or ()
    )
    return not public and not KEYED_METHODS.isdisjoint(options.get("methods") or ())


def _once(endpoint: Callable[..., Any], route: APIRoute) -> Callable[..., Any]:
    wrapped = _awaited(endpoint, route) if inspect.iscoroutinefunction(endpoint) else None
    wrapped = wrapped or _called(endpoint, route)
    signature = inspect.signature(endpoint)
    asked = inspect.Parameter(
        "sent",
        inspect.Parameter.KEYWORD_ONLY,
        annotation=Annotated[Sent | None, Depends(sent_with_key)],
    )
    known = [*signature.parameters.values(), asked]
    cast("Any", wrapped).__signature__ = signature.replace(parameters=known)
    return wrapped


def _called(endpoint: Callable[..., Any], route: APIRoute) -> Callable[..., Any]:
    @wraps(endpoint)
    def once(*, sent: Sent | None, **given: Any) -> Any:
        if sent is None:
            return endpoint(**given)
        turn = _begun(sent, given)
        if isinstance(turn, Response):
            return turn
        try:
            value = endpoint(**given | {"services": turn.services})
            return turn.done(_answered(route, value, given))
        except Exception as error:
            return turn.refused(error)
        finally:
            turn.end()

    return once


def _awaited(
    endpoint: Callable[..., Awaitable[Any]], route: APIRoute
) -> Callable[..., Awaitable[Any]]:
    # Threads of its own: those of the pool may all be waiting for the transaction that this ends.
    ending = CapacityLimiter(4)

    @wraps(endpoint)
    async def once(*, sent: Sent | None, **given: Any) -> Any:
        if sent is None:
            return await endpoint(**given)
        turn = await to_thread.run_sync(_begun, sent, given)
        if isinstance(turn, Response):
            return turn
        try:
            value = await endpoint(**given | {"services": turn.services})
            answer = _answered(route, value, given)
            return await to_thread.run_sync(turn.done, answer, limiter=ending)
        except Exception as error:
            return await to_thread.run_sync(turn.refused, error, limiter=ending)
        finally:
            turn.end()

    return once


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request that has claimed its key."""

    services: Services
    """Held."""
    plain: Services
    sent: Submission
    claim: str
    language: Language

    def done(self, response: Response) -> Response:
        """Keep the answer with the act, and make both hold."""
        with self.services.store.write() as session:
            kept_answers.keep(session, self.sent, self.claim, _kept(response))
        self.services.hold()
        return response

    def refused(self, error: Exception) -> Response:
        """Take back what was begun, and keep what it was refused with; a fault of ours is raised."""
        self.end()
        problem = problems.refusal(error)
        if problem is None or isinstance(error, KeyInUse):
            kept_answers.release(self.plain.store, self.sent, self.claim)
            raise error
        response = problems.response(problem, self.language)
        with self.plain.store.write() as session:
            kept_answers.keep(session, self.sent, self.claim, _kept(response))
        return response

    def end(self) -> None:
        """Take back what does not hold yet."""
        self.services.let_go()


def _begun(sent: Sent, given: Mapping[str, Any]) -> _Turn | Response:
    services: Services = given["services"]
    submission = Submission(_principal(given).user_id, sent.key, sent.operation, sent.digest)
    keep = services.settings.answers_kept
    found = kept_answers.claim(services.store, submission, now(), keep)
    if isinstance(found, KeptAnswer):
        return Response(found.body, found.status, {**dict(found.headers), REPLAYED: "true"})
    return _Turn(services.held(), services, submission, found, sent.language)


def _principal(given: Mapping[str, Any]) -> Principal:
    for each in given.values():
        if isinstance(each, Principal):
            return each
        if isinstance(each, Caller):
            return each.principal
    msg = "who asks is not among what the route asks for: expected a principal or a caller"
    raise TypeError(msg)


def _answered(route: APIRoute, value: object, given: Mapping[str, Any]) -> Response:
    """Return what the framework would answer, made here: its answer comes too late to be kept."""
    if isinstance(value, Response):
        return value
    own = next((each for each in given.values() if isinstance(each, Response)), None)
    status = (own.status_code if own is not None else None) or route.status_code or 200
    headers = dict(own.headers) if own is not None else {}
    if route.response_field is None:
        return Response(status_code=status, headers=headers)
    checked, wrong = route.response_field.validate(value, {}, loc=("response",))
    if wrong:
        msg = f"the answer of {route.path} is not what it declares: {wrong}"
        raise TypeError(msg)
    body = route.response_field.serialize_json(checked)
    return Response(body, status, headers, media_type="application/json")


def _kept(response: Response) -> KeptAnswer:
    headers = [pair for pair in response.headers.items() if pair[0] != "content-length"]
    return KeptAnswer(response.status_code, tuple(headers), bytes(response.body))
