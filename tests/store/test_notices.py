"""Notices and what the public says, in the store: who publishes, who answers, and what is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from permits.paper_words import PapersRefused
from permits.permit import PermitKind, PermitState
from permits.public_notice import Notice, NoticeKind, Subject, SubjectKind
from tests.store.city import (
    ADMINISTRATOR,
    INDUSTRY,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    later,
    terms,
)
from zone_service.public_lists import PublicCache
from zone_service.store import accounts, audit, feedback, feedback_limits, notices, permits
from zone_service.store.engine import Store
from zone_service.store.errors import (
    Conflict,
    NotAllowed,
    NotFound,
    TooManyAttempts,
    WrongCredentials,
)
from zone_service.store.records import PLATFORM, Feedback, KeptFeedback, KeptNotice, Principal, Role
from zone_service.store.revisions import revision
from zone_service.store.tables import FeedbackRow, FeedbackTryRow, LoginAttemptRow, PermitRow

BASE = Principal("u-base", "bea", Role.REVIEWER, "base", "base_operator")
CLOSED = Notice(
    kind=NoticeKind.ROAD_CLOSED, title="Ring road closed", title_zh="环路关闭", text="Until May.",
    text_zh="至五月。", valid_from=NOON, valid_to=NOON + timedelta(days=30),
)  # fmt: skip
ROAD = Subject(SubjectKind.PLACE, "road-1")
LOUD = Feedback(ROAD, "They honk at night.", "wu@example.com")


def publish(store: Store, notice: Notice = CLOSED, who: Principal = REVIEWER) -> KeptNotice:
    with store.write() as session:
        return notices.publish(session, who, notice, NOON)


def say(store: Store, given: Feedback = LOUD, address: str = "192.0.2.1", at_s: float = 0.0) -> str:
    with store.write() as session:
        return feedback.give(session, given, address, later(at_s))[1]


def said(store: Store) -> tuple[KeptFeedback, ...]:
    with store.read() as session:
        return feedback.page(session, REVIEWER)


def trail(store: Store) -> list[str]:
    with store.read() as session:
        told = audit.entries(session, PLATFORM, limit=1000)
    return [f"{each.action} {each.subject} {each.reason}" for each in told]


@pytest.mark.requirement("D4e-9")
def test_a_department_publishes_what_everybody_reads_and_withdraws_its_own(store: Store) -> None:
    cache = PublicCache(store, clock_s=iter(range(0, 1000, 10)).__next__)
    assert cache.notices(NOON) == ()
    kept = publish(store)
    (listed,) = cache.notices(NOON)
    assert (listed.notice_id, listed.organisation) == ("N-2026-000001", "Transport Commission")
    assert cache.notices(NOON + timedelta(days=30)) == ()
    assert cache.knows(Subject(SubjectKind.NOTICE, kept.notice_id), NOON)
    for who in (SWIFT, ADMINISTRATOR, BASE):
        with pytest.raises(NotAllowed):
            publish(store, who=who)
    with pytest.raises(PapersRefused, match="kind"):
        publish(store, replace(CLOSED, kind=NoticeKind.PLATE_VOID), POLICE)

    def withdraw(who: Principal) -> KeptNotice:
        with store.write() as session:
            return notices.withdraw(session, who, kept.notice_id, "open again", later(60))

    for who in (SWIFT, INDUSTRY, POLICE, ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            withdraw(who)
    assert withdraw(REVIEWER).withdrawn_because == "open again"
    with pytest.raises(Conflict, match="N-2026-000001 has been withdrawn"):
        withdraw(REVIEWER)
    assert cache.notices(NOON) == ()
    assert [each.split()[0] for each in trail(store)[-2:]] == ["notice.publish", "notice.withdraw"]


@pytest.mark.requirement("D4e-9")
def test_the_tag_of_the_notices_moves_with_what_is_listed_by_its_words_and_by_the_clock(
    store: Store,
) -> None:
    def tag(days: int = 0) -> str:
        return PublicCache(store).listed(NOON + timedelta(days=days)).etag

    nothing = tag()
    publish(store)
    first, over = tag(), tag(days=30)
    assert len({nothing, first, over}) == 3
    assert tag() == first, "whichever process is asked"
    publish(store, replace(CLOSED, text="Until June."))
    assert tag() not in {nothing, first}


@pytest.mark.requirement("D4e-9")
def test_a_notice_is_about_what_there_is_and_ends_after_its_beginning(store: Store) -> None:
    with store.write() as session:
        permits.create(
            session, SWIFT, kind=PermitKind.ROAD_TEST, holder_id="swift", terms=terms("car-1"),
            at=NOON, number="RT-1",
        )  # fmt: skip
    rt_1 = _about(Subject(SubjectKind.PERMIT, "RT-1"))
    with pytest.raises(Conflict, match="RT-1 was never granted"):
        publish(store, rt_1)
    with store.write() as session:
        row = session.get_one(PermitRow, "RT-1")
        row.state = PermitState.REVOKED.value
        session.add(row)
    first = publish(store)
    known = (
        ROAD,
        Subject(SubjectKind.PERMIT, "RT-1"),
        Subject(SubjectKind.NOTICE, first.notice_id),
    )
    for about in known:
        assert publish(store, _about(about)).notice.about == about
        with pytest.raises(NotFound):
            publish(store, _about(Subject(about.kind, "nothing")))
    with pytest.raises(PapersRefused, match="valid_to"):
        publish(store, _ending(NOON))


@pytest.mark.requirement("D4e-9", "D4b-33")
def test_what_the_law_has_published_is_withdrawn_by_the_police_or_an_administrator(
    store: Store,
) -> None:
    with store.write() as session:
        one, other = (notices.announce(session, PLATFORM, CLOSED, NOON) for _ in range(2))
    for who in (SWIFT, REVIEWER, BASE):
        with pytest.raises(NotAllowed), store.write() as session:
            notices.withdraw(session, who, one.notice_id, "handed back", NOON)
    for who, kept in ((POLICE, one), (ADMINISTRATOR, other)):
        with store.write() as session:
            notices.withdraw(session, who, kept.notice_id, "handed back", NOON)
    with store.read() as session:
        assert notices.published(session) == ()


def _about(about: Subject) -> Notice:
    return Notice(
        kind=NoticeKind.OTHER, title="a", title_zh="甲", text="a", text_zh="甲", valid_from=NOON,
        about=about,
    )  # fmt: skip


def _ending(valid_to: object) -> Notice:
    return Notice(
        kind=NoticeKind.OTHER,
        title="a",
        title_zh="甲",
        text="a",
        text_zh="甲",
        valid_from=NOON,
        valid_to=valid_to,  # type: ignore[arg-type]
    )


@pytest.mark.requirement("D4e-9")
def test_what_somebody_says_is_seen_by_departments_and_answered_once_and_its_contact_is_gone(
    store: Store,
) -> None:
    receipt = say(store)
    (found,) = said(store)
    assert (found.feedback_id, found.feedback) == ("FB-2026-000001", LOUD)
    for who in (SWIFT, ADMINISTRATOR, BASE):
        with pytest.raises(NotAllowed), store.write() as session:
            feedback.page(session, who)
        with pytest.raises(NotAllowed), store.write() as session:
            feedback.answer(session, who, found.feedback_id, "no", later(1))
    with store.read() as session:
        assert feedback.of_receipt(session, receipt).answer is None
        with pytest.raises(NotFound):
            feedback.of_receipt(session, found.feedback_id)

    notice = publish(store, _about(ROAD))

    def answer(notice_id: str | None = None) -> KeptFeedback:
        with store.write() as session:
            return feedback.answer(
                session, POLICE, found.feedback_id, "No more.", later(60), notice_id
            )

    with pytest.raises(NotFound):
        answer("N-2026-999999")
    answered = answer(notice.notice_id)
    assert answered.feedback.contact == "wu@example.com", "to be answered by it, for the last time"
    (after,) = said(store)
    assert (after.feedback.contact, after.answered_by, after.organisation_id) == (
        None, "pan", "traffic-police",
    )  # fmt: skip
    with pytest.raises(Conflict, match="FB-2026-000001 has been answered"):
        answer()
    with store.read() as session:
        told = feedback.of_receipt(session, receipt)
        assert feedback.page(session, REVIEWER, is_answered=False) == ()
        assert len(feedback.page(session, REVIEWER, is_answered=True)) == 1
    assert (told.answer, told.notice_id) == ("No more.", notice.notice_id)
    whole = " ".join(trail(store))
    assert "feedback.answer" in whole
    for secret in ("wu@example.com", "honk", "192.0.2.1", receipt):
        assert secret not in whole


@pytest.mark.requirement("D4e-9")
def test_so_much_is_taken_of_one_address_and_nothing_is_kept_of_it(store: Store) -> None:
    for at_s in range(feedback_limits.OF_ADDRESS):
        say(store, at_s=at_s)
    with pytest.raises(TooManyAttempts) as refused:
        say(store, at_s=60)
    assert refused.value.retry_after_s == 3540
    say(store, address="192.0.2.2", at_s=60)
    say(store, at_s=3600)
    with store.read() as session:
        kept = {each.subject for each in session.exec(select(FeedbackTryRow))}
        rows = repr([each.model_dump() for each in session.exec(select(FeedbackRow))])
    assert "192.0.2" not in repr(kept) + rows
    feedback.forget(store, later(3600 * 2))
    with store.read() as session:
        assert session.exec(select(FeedbackTryRow)).all() == []


@pytest.mark.requirement("D4e-9")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("testclient", "", False),
    ],
)
def test_who_has_a_line_has_all_addresses_of_it(one: str, other: str, *, same: bool) -> None:
    assert (feedback_limits.line_of(one) == feedback_limits.line_of(other)) is same


@pytest.mark.requirement("D4e-9")
def test_whoever_floods_departments_keeps_nobody_from_signing_in(store: Store) -> None:
    for at_s in range(feedback_limits.OF_ADDRESS):
        say(store, at_s=at_s)
    with pytest.raises(TooManyAttempts):
        say(store, at_s=6)
    with pytest.raises(WrongCredentials):
        accounts.log_in(store, "nobody", "a wrong password", "192.0.2.1", later(7))
    with store.read() as session:
        assert len(session.exec(select(LoginAttemptRow)).all()) == 2, (
            "of the account and the address"
        )
        before = revision(session, "logins")
    say(store, address="192.0.2.2", at_s=8)
    with store.read() as session:
        assert revision(session, "logins") == before, "nobody who signs in waits for it"


@pytest.mark.requirement("D4e-9")
def test_of_all_addresses_together_no_more_is_taken_than_can_be_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_limits, "OF_ALL", 3)
    for at in range(3):
        say(store, address=f"192.0.2.{at}")
    with pytest.raises(TooManyAttempts):
        say(store, address="192.0.2.9")
    assert len(said(store)) == 3


@pytest.mark.requirement("D4e-9")
def test_what_was_said_is_forgotten_a_year_after_it_came_or_was_answered(store: Store) -> None:
    receipt = say(store)
    say(store, address="192.0.2.2")
    answered_at = NOON + timedelta(days=100)
    with store.write() as session:
        feedback.answer(session, POLICE, "FB-2026-000002", "No more.", answered_at)
    assert feedback.forget(store, NOON + feedback.KEPT - timedelta(seconds=1)) == 0
    assert feedback.forget(store, NOON + feedback.KEPT) == 1
    assert [each.feedback for each in said(store)] == [
        Feedback(ROAD, None), Feedback(ROAD, LOUD.text),
    ]  # fmt: skip
    with store.read() as session:
        assert feedback.of_receipt(session, receipt).feedback.text is None
    with pytest.raises(Conflict, match="FB-2026-000001 was forgotten"), store.write() as session:
        feedback.answer(session, POLICE, "FB-2026-000001", "No.", NOON + feedback.KEPT)
    assert feedback.forget(store, answered_at + feedback.KEPT) == 1
    assert [each.feedback.text for each in said(store)] == [None, None]
