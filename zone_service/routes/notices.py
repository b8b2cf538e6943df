"""Notices for everybody, and what the public says: given by anybody, answered by departments."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Path, Query, Request, Response

from permits.public_notice import NoticeKind
from zone_service.auth import PUBLIC, Supervisor, Voter, require_same_origin
from zone_service.clock import now
from zone_service.problems import errors
from zone_service.public_lists import part
from zone_service.routes.geojson_answer import KnownTags
from zone_service.routes.paging import After, Limit, following
from zone_service.routes.public_answer import UNCHANGED, headers_of, is_known, unchanged
from zone_service.routes.submitting import NO_KEY, Router
from zone_service.schemas.fields import Page
from zone_service.schemas.notices import (
    AnswerGiven,
    AnswerShown,
    FeedbackGiven,
    FeedbackShown,
    NoticeGiven,
    NoticeShown,
    PublishedShown,
    ReceiptGiven,
    ReceiptShown,
    WithdrawalGiven,
)
from zone_service.services import Services, services_of
from zone_service.store import feedback, feedback_limits, notices
from zone_service.store.errors import NotFound

router = Router(prefix="/api", tags=["notices"])
Served = Annotated[Services, Depends(services_of)]
NoticeId = Annotated[str, Path(max_length=32)]
FeedbackId = Annotated[str, Path(max_length=32)]
Kind = Annotated[NoticeKind | None, Query(description="Notices of one kind alone.")]
At = Annotated[str | None, Query(max_length=100, description="About this place or permit.")]

REFUSED = errors(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
FOUND = REFUSED | errors(HTTPStatus.NOT_FOUND)
CHANGES = FOUND | errors(HTTPStatus.CONFLICT)
FLOODED = errors(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS)


@router.get(
    "/public/notices",
    dependencies=[Depends(PUBLIC)],
    response_model=Page[NoticeShown],
    responses=UNCHANGED,
)
def list_notices(
    services: Served,
    response: Response,
    kind: Kind = None,
    about: At = None,
    after: After = "",
    limit: Limit = 100,
    if_none_match: KnownTags = None,
) -> Page[NoticeShown] | Response:
    """Return the notices that are listed now, in the order in which they were published."""
    held = services.public.listed(now())
    if is_known(held.etag, if_none_match):
        return unchanged(held.etag)
    response.headers.update(headers_of(held.etag))
    chosen = tuple(
        each
        for each in held.notices
        if (kind is None or each.notice.kind is kind)
        and (about is None or (each.notice.about is not None and each.notice.about.key == about))
    )
    found = part(chosen, lambda each: each.notice_id, after, limit)
    return Page(
        items=[NoticeShown.of(each) for each in found],
        next=following([each.notice_id for each in found], limit),
    )


@router.post("/notices", status_code=HTTPStatus.CREATED, responses=CHANGES)
def publish_notice(given: NoticeGiven, principal: Voter, services: Served) -> PublishedShown:
    """Publish a notice in the name of one's department, in both languages."""
    at = now()
    with services.store.write() as session:
        return PublishedShown.of(notices.publish(session, principal, given.notice(at), at))


@router.post("/notices/{notice_id}/withdrawal", responses=CHANGES)
def withdraw_notice(
    notice_id: NoticeId, given: WithdrawalGiven, principal: Supervisor, services: Served
) -> PublishedShown:
    """Withdraw a notice of one's own department; the police and administrators also one of the law's own."""
    with services.store.write() as session:
        kept = notices.withdraw(session, principal, notice_id, given.reason, now())
    return PublishedShown.of(kept)


@router.post(
    "/public/feedback",
    status_code=HTTPStatus.CREATED,
    dependencies=[Depends(PUBLIC)],
    responses=FLOODED,
)
def give_feedback(given: FeedbackGiven, request: Request, services: Served) -> ReceiptShown:
    """Say something about a notice, an opened place or a permit; the receipt is shown once."""
    require_same_origin(request, may_be_missing=True)
    at, said = now(), given.feedback()
    with services.store.read() as session:
        # Who floods is told so before anybody else waits for its writing.
        feedback_limits.require_few(session, _address(request), at)
    if not services.public.knows(said.about, at):
        raise NotFound(what=said.about.kind, key=said.about.key)
    with services.store.write() as session:
        _, receipt = feedback.give(session, said, _address(request), at)
    return ReceiptShown(receipt=receipt)


@router.post(
    "/public/feedback/answer",
    dependencies=[Depends(PUBLIC)],
    responses=errors(HTTPStatus.NOT_FOUND),
)
def read_answer(given: ReceiptGiven, services: Served) -> AnswerShown:
    """Return what became of what one has said; the receipt is no part of an address, which logs keep."""
    with services.store.read() as session:
        return AnswerShown.of(feedback.of_receipt(session, given.receipt))


@router.get("/feedback", responses=REFUSED)
def list_feedback(
    principal: Voter,
    services: Served,
    answered: Annotated[bool | None, Query(description="Only what is answered, or is not.")] = None,
    after: After = "",
    limit: Limit = 100,
) -> Page[FeedbackShown]:
    """Return what the public has said, in the order in which it came."""
    with services.store.read() as session:
        found = feedback.page(session, principal, is_answered=answered, after=after, limit=limit)
    return Page(
        items=[FeedbackShown.of(each) for each in found],
        next=following([each.feedback_id for each in found], limit),
    )


@router.post(
    "/feedback/{feedback_id}/answer",
    responses=CHANGES,
    openapi_extra={
        NO_KEY: "the answer has a contact that is kept no longer; sent again it is refused"
    },
)
def answer_feedback(
    feedback_id: FeedbackId, given: AnswerGiven, principal: Voter, services: Served
) -> FeedbackShown:
    """Answer what somebody said; the contact is in this answer for the last time."""
    with services.store.write() as session:
        kept = feedback.answer(
            session, principal, feedback_id, given.answer, now(), given.notice_id
        )
    return FeedbackShown.of(kept)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
