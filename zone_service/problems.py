"""Every error of the API in one form: RFC 9457 problem+json."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import Match, Route

from permits.competence import NotCompetent
from permits.completeness import Incomplete
from permits.governance import GovernanceRefused
from permits.issue_words import NotIssued
from permits.issuing import NoRuling, NotIssuable
from permits.matter_refusals import (
    WRONG_INPUT,
    MatterError,
    MatterReasonRequired,
    MatterRefused,
)
from permits.matter_states import MatterAction
from permits.paper_words import PapersRefused
from permits.permit import ActionNotAllowed, DetailsRefused, ReasonRequired, StepRefused
from permits.place_words import PlacesAmiss, PlacesOfMatterAmiss, PlacesRefused
from permits.precondition_words import NotGrantable, PreconditionsNotMet, finding_said
from permits.recognition_trust import TrustListRefused
from permits.recognition_words import BundleRefused
from permits.report_periods import NotYetOver, ReportRefused
from permits.review import NotYourBallot, OwnFile, ReviewError, VoteIncomplete
from permits.rule_words import Language, RuleSetError
from permits.step_checks import DetailInvalid, GroundUnknown
from zone_service.field_words import field_path, field_said
from zone_service.languages import language_of
from zone_service.problem_words import problem_words, title_of
from zone_service.rule_files import NoSuchRuleSet
from zone_service.sayable import said_of
from zone_service.store import errors as store
from zone_service.store.kept_answers import KeyInUse, KeyReused
from zone_service.store.rule_sets import RuleSetConflict

_log = structlog.get_logger("zone.http")

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One thing that is wrong, and where."""

    path: str
    message: str


class Problem(BaseModel):
    """An error: ``type`` for programs, ``detail`` for people.

    ``current`` is there after a conflict: the thing as it is now.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
    current: Any | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a client reads of a problem, in its language."""

    detail: str
    errors: tuple[FieldProblem, ...] = ()


Tell = Callable[[Language], Told]


def sentence(key: str, /, **filled: object) -> Tell:
    """Return what tells a sentence of the interface's own."""
    return lambda language: Told(problem_words(key, language, **filled))


class ProblemError(Exception):
    """A request that is refused.

    In which language is known only to who answers: until then it holds what can tell it in any.
    """

    def __init__(
        self,
        status: HTTPStatus,
        tell: Tell,
        *,
        slug: str | None = None,
        current: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(tell(Language.ENGLISH).detail)
        self.status = status
        self.tell = tell
        self.slug = slug or status.phrase.lower().replace(" ", "-").replace("'", "")
        self.current = current
        self.headers = dict(headers or {})


def response(problem: ProblemError, language: Language) -> JSONResponse:
    """Return what the client sees of a problem."""
    told = problem.tell(language)
    said = Problem(
        type=f"urn:zone:problem:{problem.slug}",
        title=title_of(problem.status, language),
        status=problem.status,
        detail=told.detail,
        errors=list(told.errors),
        current=problem.current,
    )
    # Lone surrogates may have come in with the request; they cannot go out as UTF-8.
    # What ``current`` has is null there as anywhere: only that there is none at all is left out.
    content = {name: each for name, each in jsonable_encoder(said).items() if each is not None}
    headers = problem.headers | {"Cache-Control": "no-store", "Content-Language": language}
    return _Printable(content, problem.status, headers, media_type=MEDIA_TYPE)


class _Printable(JSONResponse):
    def render(self, content: Any) -> bytes:
        """Return ASCII: whatever was sent to us and is quoted here can be written."""
        return super().render(content) if _is_utf8(content) else _ascii(content)


def _is_utf8(content: Any) -> bool:
    try:
        str(content).encode()
    except UnicodeEncodeError:
        return False
    return True


def _ascii(content: Any) -> bytes:
    return json.dumps(content).encode()


def of_error(error: Exception) -> ProblemError:
    """Return the problem that a refusal of the store or of a rule is to a client."""
    status, headers = _status(error)
    return ProblemError(status, partial(_told, error), slug=_slug(error), headers=headers)


def _told(error: Exception, language: Language) -> Told:
    """Return what a client reads, in its language."""
    found = tuple(
        FieldProblem(path=path, message=message) for path, message in _fields(error, language)
    )
    return Told(said_of(error, language), found)


def _fields(error: Exception, language: Language) -> Iterator[tuple[str, str]]:
    """Return each thing that is wrong with its place, where a refusal lists them."""
    match error:
        case RuleSetError(problems=found) | PapersRefused(faults=found) | NotIssued(remarks=found):
            yield from ((each.path, each.said(language)) for each in found)
        case PlacesAmiss(faults=found) | PlacesOfMatterAmiss(faults=found):
            yield from ((each.path, each.said(language)) for each in found)
        case NotIssuable(refusals=refusals):
            yield from ((each.key, each.said(language)) for each in refusals)
        case store.FileRefused(fault=wrong):
            yield wrong.path, wrong.said(language)
        case BundleRefused(refusals=refused):
            for each in refused:
                yield f"{each.reason} {each.path}".rstrip(), each.said(language)
        case PreconditionsNotMet(found=unmet) | NotGrantable(found=unmet):
            yield from ((each.code, finding_said(each, language)) for each in unmet)
        case _:
            return


def _status(error: Exception) -> tuple[HTTPStatus, dict[str, str]]:
    match error:
        case store.Stale():
            return HTTPStatus.PRECONDITION_FAILED, {}
        case NotIssued() | KeyReused() | BundleRefused():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case KeyInUse():
            return HTTPStatus.CONFLICT, {"Retry-After": "1"}
        case NotYetOver():
            return HTTPStatus.CONFLICT, {}
        case GovernanceRefused(why=why):
            return _GOVERNANCE.get(why, HTTPStatus.CONFLICT), {}
        case ReportRefused():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case store.NotFound() | NoSuchRuleSet():
            return HTTPStatus.NOT_FOUND, {}
        case store.NotAllowed():
            return HTTPStatus.FORBIDDEN, {}
        case DetailsRefused() | DetailInvalid() | GroundUnknown():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case NotYourBallot() | OwnFile() | NotCompetent():
            return HTTPStatus.FORBIDDEN, {}
        case VoteIncomplete():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case ReviewError():
            return HTTPStatus.CONFLICT, {}
        case MatterError():
            return _of_matter(error), {}
        case store.Conflict() | ActionNotAllowed() | NotIssuable() | NoRuling() | StepRefused():
            return HTTPStatus.CONFLICT, {}
        case store.FileRefused(reason=store.FileReason.TOO_LARGE):
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {}
        case store.InvalidValue() | store.FileRefused() | PapersRefused():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case ReasonRequired() | RuleSetError():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case store.WrongCredentials():
            return HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"}
        case store.TooManyAttempts(retry_after_s=retry_after_s):
            return HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(max(1, round(retry_after_s)))}
        case store.HistoryRemoved():
            return HTTPStatus.GONE, {}
        case store.TryLater():
            return HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"}
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {}


def _of_matter(error: MatterError) -> HTTPStatus:
    match error:
        case MatterRefused(why="not yours" | "not competent" | "own file"):
            return HTTPStatus.FORBIDDEN
        case MatterRefused(why=why) if why in WRONG_INPUT:
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case PlacesOfMatterAmiss(action=MatterAction.APPLY):
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case MatterReasonRequired():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case _:
            return HTTPStatus.CONFLICT


_GOVERNANCE = {
    "not yours": HTTPStatus.FORBIDDEN,
    "no reason": HTTPStatus.UNPROCESSABLE_ENTITY,
    "opinion": HTTPStatus.UNPROCESSABLE_ENTITY,
    "said": HTTPStatus.UNPROCESSABLE_ENTITY,
    "said nothing": HTTPStatus.UNPROCESSABLE_ENTITY,
}
_SLUGS: dict[type[Exception], str] = {
    store.NotFound: "not-found",
    store.NotAllowed: "not-allowed",
    store.Conflict: "conflict",
    store.InvalidValue: "invalid-value",
    store.WrongCredentials: "wrong-credentials",
    store.TooManyAttempts: "too-many-attempts",
    store.FileRefused: "file",
    store.FileLost: "file-lost",
    store.HistoryLost: "history-lost",
    store.HistoryRemoved: "history-removed",
    store.EvidenceLost: "evidence-lost",
    store.TryLater: "try-later",
    PapersRefused: "invalid-papers",
    Incomplete: "application-incomplete",
    PlacesRefused: PlacesAmiss.slug,
    ActionNotAllowed: "action-not-allowed",
    ReasonRequired: "reason-required",
    NotIssuable: "rules-not-in-force",
    NoRuling: "no-ruling",
    NoSuchRuleSet: "not-found",
    RuleSetError: "invalid-rule-set",
    RuleSetConflict: "conflict",
    store.Stale: "stale",
    BundleRefused: "bundle-refused",
    TrustListRefused: "invalid-trust-list",
    KeyReused: "idempotency-key-reused",
    KeyInUse: "idempotency-key-in-use",
}
ANSWERED: tuple[type[Exception], ...] = (
    *_SLUGS,
    StepRefused,
    ReviewError,
    MatterError,
    ReportRefused,
    GovernanceRefused,
)
"""What a client is answered with; of the other refusals the web process is to blame, and logs them."""


def _slug(error: Exception) -> str | None:
    match error:
        case StepRefused() | ReviewError() | MatterError() | ReportRefused() | GovernanceRefused():
            return error.slug
        case store.FileRefused(reason=reason):
            return f"file-{reason}"
        case _:
            return _SLUGS.get(type(error))


def refusal(error: Exception) -> ProblemError | None:
    """Return what a client is refused with; ``None`` where it is our fault, or to be tried again."""
    found = of_error(error) if isinstance(error, ANSWERED) else error
    if not isinstance(found, ProblemError) or found.status in _TRY_AGAIN:
        return None
    return found if found.status < HTTPStatus.INTERNAL_SERVER_ERROR else None


_TRY_AGAIN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)


def of_validation(error: RequestValidationError) -> ProblemError:
    """Return every field that is wrong at once."""
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        partial(_told_of_fields, error.errors()),
        slug="invalid-request",
    )


def _told_of_fields(errors: Sequence[Any], language: Language) -> Told:
    found = tuple(
        FieldProblem(path=field_path(each), message=field_said(each, language)) for each in errors
    )
    return Told("; ".join(f"{each.path}: {each.message}" for each in found[:5]), found)


def invalid_at(error: ValueError, path: str) -> ProblemError:
    """Return a value that a rule refuses, at its place in the request."""

    def tell(language: Language) -> Told:
        message = said_of(error, language)
        return Told(message, (FieldProblem(path=path, message=message),))

    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, tell, slug="invalid-request")


class BodyTooLarge(HTTPException):
    """More came than a body may have.

    Of the framework's own kind: any other error in a body it takes for bad JSON.
    """

    def __init__(self, most_bytes: int) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        self.most_bytes = most_bytes


def too_large(most_bytes: int) -> ProblemError:
    """Return that a body is longer than it may be."""
    return ProblemError(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        sentence("too large", most=most_bytes),
        slug="too-large",
    )


def of_http(error: HTTPException, request: Request) -> ProblemError:
    """Return what the framework itself refuses, in our form."""
    if isinstance(error, BodyTooLarge):
        return too_large(error.most_bytes)
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    match status:
        case HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(methods(request))
            tell = sentence("method", method=request.method, expected=headers["Allow"])
        case HTTPStatus.NOT_FOUND:
            tell = sentence("no page", path=request.url.path[:200])
        case HTTPStatus.BAD_REQUEST:
            # A body that is not JSON at all: refused like one that is JSON of the wrong shape.
            status, slug = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request"
            return ProblemError(status, sentence("not json"), slug=slug)
        case _:
            tell = partial(_title, status)
    return ProblemError(status, tell, headers=headers)


def _title(status: HTTPStatus, language: Language) -> Told:
    return Told(title_of(status, language))


def methods(request: Request) -> list[str]:
    """Return every method that this path knows, over all its routes."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


def of_database(error: OperationalError) -> ProblemError:
    """Return what a client hears of a database that is away, locked or full; no SQL in it."""
    _log.error("store_failed", reason=str(error.orig))
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        sentence("away"),
        slug="store-unavailable",
        headers={"Retry-After": "2"},
    )


def answer(request: HTTPConnection, problem: ProblemError) -> JSONResponse:
    """Return the answer to who asked, in the language of the request."""
    return response(problem, language_of(request.headers.get("accept-language")))


def install(app: FastAPI) -> None:
    """Answer every error of an application in this form."""

    async def refused(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ProblemError)  # noqa: S101 -- registered for this class alone
        return answer(request, error)

    async def from_rule(request: Request, error: Exception) -> JSONResponse:
        return answer(request, of_error(error))

    async def invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return answer(request, of_validation(error))

    async def from_framework(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        return answer(request, of_http(error, request))

    async def from_database(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, OperationalError)  # noqa: S101
        return answer(request, of_database(error))

    app.add_exception_handler(ProblemError, refused)
    app.add_exception_handler(OperationalError, from_database)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, from_framework)
    for rule in ANSWERED:
        app.add_exception_handler(rule, from_rule)


Responses = dict[int | str, dict[str, Any]]


def errors(*statuses: HTTPStatus) -> Responses:
    """Declare the problems that an operation may answer with."""
    return {status.value: {"description": status.phrase} for status in statuses}


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """Give every error response of an OpenAPI document its type."""
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    reference = "#/components/schemas/{model}"
    problem = Problem.model_json_schema(ref_template=reference)
    components.update(problem.pop("$defs"))
    components["Problem"] = problem
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    answer["content"] = content
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    return schema
