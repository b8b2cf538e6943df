"""Rule sets: what is in force, each version, how two differ, and the next version published."""

from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response
from sqlmodel import Session

from permits.rule_words import Language, RuleSetError, problem, words
from permits.sheet import label_of
from zone_service.auth import Administrator, Anybody
from zone_service.clock import now
from zone_service.problems import ProblemError, Told, errors, of_error
from zone_service.routes.conditions import IfMatch, IfNoneMatch, expected_revisions
from zone_service.routes.paging import NO_PAGES
from zone_service.routes.submitting import Router
from zone_service.rule_answers import RuleAnswers
from zone_service.schemas.rule_sets import (
    DifferenceShown,
    PublishGiven,
    PublishShown,
    RuleSetShown,
    RuleSetVersion,
)
from zone_service.services import Services, services_of
from zone_service.store import rule_sets
from zone_service.store.records import Principal
from zone_service.store.rule_sets import Draft, RuleSetConflict

router = Router(prefix="/api/rule-sets", tags=["rule sets"])
Served = Annotated[Services, Depends(services_of)]
RuleSetId = Annotated[str, Path(max_length=64)]
Version = Annotated[str, Path(max_length=32)]
Label = Annotated[str, Query(max_length=100, description="A name, or a name and version: a@1.")]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = REFUSED | errors(HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_REQUIRED)


@router.get("", responses=REFUSED, openapi_extra={NO_PAGES: "one for each jurisdiction"})
def list_rule_sets(principal: Anybody, services: Served) -> list[RuleSetShown]:
    """Return every rule set: what is in force, and whether permits may be granted under it today."""
    with services.store.read() as session:
        return _answers(session, services, principal).all()


@router.get("/{rule_set_id}", responses=FOUND)
def get_rule_set(
    rule_set_id: RuleSetId, principal: Anybody, services: Served, response: Response
) -> RuleSetShown:
    """Return one rule set; its ETag is what the next version may be made to follow."""
    with services.store.read() as session:
        found = _answers(session, services, principal).one(rule_set_id)
    response.headers["ETag"] = etag(found.number)
    return found


@router.get("/{rule_set_id}/versions/{version}", responses=FOUND)
def get_version(
    rule_set_id: RuleSetId, version: Version, principal: Anybody, services: Served
) -> RuleSetVersion:
    """Return one version with every value and its origin; it is the same for ever."""
    with services.store.read() as session:
        return _answers(session, services, principal).version(label_of(rule_set_id, version))


@router.get("/{rule_set_id}/versions/{version}/diff", responses=FOUND)
def compare(
    rule_set_id: RuleSetId, version: Version, to: Label, principal: Anybody, services: Served
) -> DifferenceShown:
    """Return what was added, removed and changed from this version to another, of any rule set."""
    with services.store.read() as session:
        return _answers(session, services, principal).difference(label_of(rule_set_id, version), to)


@router.post(
    "/{rule_set_id}/versions",
    status_code=HTTPStatus.CREATED,
    responses=CHANGES | {HTTPStatus.OK.value: {"model": PublishShown}},
)
def publish(
    rule_set_id: RuleSetId,
    given: PublishGiven,
    request: Request,
    response: Response,
    principal: Administrator,
    services: Served,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
    *,
    dry_run: Annotated[bool, Query(description="Check and compare only.")] = False,
) -> PublishShown:
    """Publish the next version. All that is wrong is listed; nobody overwrites another's version."""
    with services.store.read() as session:
        draft = rule_sets.prepare(session, given.text)
        _require_address(draft, rule_set_id)
        if dry_run:
            response.status_code = HTTPStatus.OK
            answers = _answers(session, services, principal)
            return answers.draft(draft, answers.number(rule_set_id), published=False)
    _require_condition(rule_set_id, if_match, if_none_match, request)
    number = _publish(services, principal, draft, given.reason, request, if_match, if_none_match)
    services.rules_changed()
    response.headers["ETag"] = etag(number)
    with services.store.read() as session:
        return _answers(session, services, principal).draft(draft, number, published=True)


def etag(number: int) -> str:
    """Return the entity tag of a rule set with so many versions."""
    return f'"{number}"'


def _answers(session: Session, services: Services, principal: Principal) -> RuleAnswers:
    return RuleAnswers(session, services.rules, services.settings, now(), principal)


def _publish(
    services: Services,
    principal: Principal,
    draft: Draft,
    reason: str,
    request: Request,
    if_match: str | None,
    if_none_match: str | None,
) -> int:
    expected = expected_revisions(if_match, if_none_match)
    try:
        with services.store.write() as session:
            made = rule_sets.publish(session, principal, draft, reason, now(), expected=expected)
    except RuleSetConflict as error:
        raise _with_current(of_error(error), services, principal, draft.sheet.rule_set_id) from None
    return made.number


def _require_address(draft: Draft, rule_set_id: str) -> None:
    found = draft.sheet.rule_set_id
    if found != rule_set_id:
        raise RuleSetError(problem("id", found, "address", id=rule_set_id))


def _require_condition(
    rule_set_id: str, if_match: str | None, if_none_match: str | None, request: Request
) -> None:
    """Who publishes has seen what is followed: an extension of somebody else's must not get lost."""
    if if_match is None and if_none_match is None:
        raise ProblemError(HTTPStatus.PRECONDITION_REQUIRED, partial(_asked_for, rule_set_id))


def _asked_for(rule_set_id: str, language: Language) -> Told:
    return Told(words("meant for none", language, id=rule_set_id))


def _with_current(
    refused: ProblemError, services: Services, principal: Principal, rule_set_id: str
) -> ProblemError:
    with services.store.read() as session:
        current = _answers(session, services, principal).one(rule_set_id)
    refused.current = current.model_dump(mode="json")
    refused.headers["ETag"] = etag(current.number)
    return refused
