"""Every error of the API in one form: RFC 9457 problem+json."""

import json
from collections.abc import Mapping, Sequence
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
from starlette.routing import Match, Route

from permits.completeness import Incomplete
from permits.governance import GovernanceRefused
from permits.issue_words import NotIssued
from permits.issuing import NotIssuable
from permits.matter_refusals import (
    WRONG_INPUT,
    MatterError,
    MatterReasonRequired,
    MatterRefused,
)
from permits.paper_words import PapersRefused
from permits.permit import ActionNotAllowed, DetailsRefused, ReasonRequired, StepRefused
from permits.precondition_words import PreconditionsNotMet, finding_said
from permits.recognition_trust import TrustListRefused
from permits.recognition_words import BundleRefused
from permits.report_periods import NotYetOver, ReportRefused
from permits.review import NotYourBallot, OwnFile, ReviewError, VoteIncomplete
from permits.rule_words import Language, RuleSetError
from permits.step_checks import DetailInvalid
from zone_service.languages import language_of
from zone_service.rule_files import NoSuchRuleSet
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


class ProblemError(Exception):
    """A request that is refused."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        slug: str | None = None,
        errors: Sequence[FieldProblem] = (),
        current: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.slug = slug or status.phrase.lower().replace(" ", "-").replace("'", "")
        self.errors = list(errors)
        self.current = current
        self.headers = dict(headers or {})


def response(problem: ProblemError) -> JSONResponse:
    """Return what the client sees of a problem."""
    said = Problem(
        type=f"urn:zone:problem:{problem.slug}",
        title=problem.status.phrase,
        status=problem.status,
        detail=problem.detail,
        errors=problem.errors,
        current=problem.current,
    )
    # Lone surrogates may have come in with the request; they cannot go out as UTF-8.
    # What ``current`` has is null there as anywhere: only that there is none at all is left out.
    content = {name: told for name, told in jsonable_encoder(said).items() if told is not None}
    headers = problem.headers | {"Cache-Control": "no-store"}
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


def of_error(error: Exception, language: Language = Language.ENGLISH) -> ProblemError:
    """Return the problem that a refusal of the store or of a rule is to a client."""
    status, headers = _status(error)
    said, fields = _said(error, language)
    return ProblemError(status, said, slug=_slug(error), errors=fields, headers=headers)


def _said(error: Exception, language: Language) -> tuple[str, list[FieldProblem]]:
    """Return what a client reads, in its language where there are words for it."""
    match error:
        case RuleSetError(problems=problems):
            found = [FieldProblem(path=e.path, message=e.said(language)) for e in problems]
            return error.said(language), found
        case NotIssuable(refusals=refusals):
            found = [FieldProblem(path=e.key, message=e.said(language)) for e in refusals]
            return error.said(language), found
        case PapersRefused(faults=faults):
            found = [FieldProblem(path=e.path, message=e.said(language)) for e in faults]
            return error.said(language), found
        case store.FileRefused(fault=wrong):
            said = wrong.said(language)
            return said, [FieldProblem(path=wrong.path, message=said)]
        case BundleRefused(refusals=refusals):
            found = [
                FieldProblem(path=f"{e.reason} {e.path}".rstrip(), message=e.said(language))
                for e in refusals
            ]
            return error.said(language), found
        case NotIssued(remarks=remarks):
            found = [FieldProblem(path=e.path, message=e.said(language)) for e in remarks]
            return error.said(language), found
        case PreconditionsNotMet(found=unmet):
            found = [FieldProblem(path=e.code, message=finding_said(e, language)) for e in unmet]
            return error.said(language), found
        case (
            RuleSetConflict()
            | StepRefused()
            | ReviewError()
            | ReportRefused()
            | GovernanceRefused()
            | MatterError()
            | KeyInUse()
            | KeyReused()
        ):
            return error.said(language), []
        case _:
            return str(error), []


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
        case DetailsRefused() | DetailInvalid():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case NotYourBallot() | OwnFile():
            return HTTPStatus.FORBIDDEN, {}
        case VoteIncomplete():
            return HTTPStatus.UNPROCESSABLE_ENTITY, {}
        case ReviewError():
            return HTTPStatus.CONFLICT, {}
        case MatterError():
            return _of_matter(error), {}
        case store.Conflict() | ActionNotAllowed() | NotIssuable() | StepRefused():
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
        case _:
            return HTTPStatus.INTERNAL_SERVER_ERROR, {}


def _of_matter(error: MatterError) -> HTTPStatus:
    match error:
        case MatterRefused(why="not yours"):
            return HTTPStatus.FORBIDDEN
        case MatterRefused(why=why) if why in WRONG_INPUT:
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case MatterReasonRequired():
            return HTTPStatus.UNPROCESSABLE_ENTITY
        case _:
            return HTTPStatus.CONFLICT


_GOVERNANCE = {
    "not yours": HTTPStatus.FORBIDDEN,
    "no reason": HTTPStatus.UNPROCESSABLE_ENTITY,
    "opinion": HTTPStatus.UNPROCESSABLE_ENTITY,
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
    PapersRefused: "invalid-papers",
    Incomplete: "application-incomplete",
    ActionNotAllowed: "action-not-allowed",
    ReasonRequired: "reason-required",
    NotIssuable: "rules-not-in-force",
    NoSuchRuleSet: "not-found",
    RuleSetError: "invalid-rule-set",
    RuleSetConflict: "conflict",
    store.Stale: "stale",
    BundleRefused: "bundle-refused",
    TrustListRefused: "invalid-trust-list",
    KeyReused: "idempotency-key-reused",
    KeyInUse: "idempotency-key-in-use",
}


def _slug(error: Exception) -> str | None:
    match error:
        case StepRefused() | ReviewError() | MatterError() | ReportRefused() | GovernanceRefused():
            return error.slug
        case store.FileRefused(reason=reason):
            return f"file-{reason}"
        case _:
            return _SLUGS.get(type(error))


def refusal(error: Exception, language: Language) -> ProblemError | None:
    """Return what a client is refused with; ``None`` where it is our fault, or to be tried again."""
    known = isinstance(error, (*_SLUGS, StepRefused, ReviewError))
    found = of_error(error, language) if known else error
    if not isinstance(found, ProblemError) or found.status in _TRY_AGAIN:
        return None
    return found if found.status < HTTPStatus.INTERNAL_SERVER_ERROR else None


_TRY_AGAIN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS)


def of_validation(error: RequestValidationError) -> ProblemError:
    """Return every field that is wrong at once."""
    found = [
        FieldProblem(
            path=".".join(str(part) for part in each["loc"]),
            message=each["msg"].removeprefix("Value error, "),
        )
        for each in error.errors()
    ]
    detail = "; ".join(f"{each.path}: {each.message}" for each in found[:5])
    return ProblemError(
        HTTPStatus.UNPROCESSABLE_ENTITY, detail, slug="invalid-request", errors=found
    )


def of_http(error: HTTPException, request: Request) -> ProblemError:
    """Return what the framework itself refuses, in our form."""
    status, headers = HTTPStatus(error.status_code), dict(error.headers or {})
    detail = str(error.detail)
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(methods(request))
        detail = f"{request.method} is not possible here: expected {headers['Allow']}"
    if status is HTTPStatus.BAD_REQUEST:
        # A body that is not JSON at all: refused like one that is JSON of the wrong shape.
        return ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the body is not valid JSON in UTF-8",
            slug="invalid-request",
        )  # fmt: skip
    slug = "too-large" if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE else None
    return ProblemError(status, detail, slug=slug, headers=headers)


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
        "the database cannot do this now: nothing was changed, try again",
        slug="store-unavailable",
        headers={"Retry-After": "2"},
    )


def install(app: FastAPI) -> None:
    """Answer every error of an application in this form."""

    async def refused(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ProblemError)  # noqa: S101 -- registered for this class alone
        return response(error)

    async def from_rule(request: Request, error: Exception) -> JSONResponse:
        return response(of_error(error, language_of(request.headers.get("accept-language"))))

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101
        return response(of_validation(error))

    async def from_framework(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101
        return response(of_http(error, request))

    async def from_database(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, OperationalError)  # noqa: S101
        return response(of_database(error))

    app.add_exception_handler(ProblemError, refused)
    app.add_exception_handler(OperationalError, from_database)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, from_framework)
    for rule in (*_SLUGS, StepRefused, ReviewError, MatterError, ReportRefused, GovernanceRefused):
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
