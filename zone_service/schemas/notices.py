"""Notices, and what the public says, as requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints

from permits.public_notice import Notice, NoticeKind, Subject, SubjectKind, notice_kind_name
from permits.rule_words import Language
from zone_service.public_lists import PublicNotice
from zone_service.schemas.fields import Given, LongName, LongText, Reason, ShortNote
from zone_service.store.records import Feedback, KeptFeedback, KeptNotice

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")]


class SubjectGiven(Given):
    """What it is about: a notice, an opened place by its zone, or a permit by its number."""

    kind: SubjectKind
    key: Key

    def subject(self) -> Subject:
        """Return what it is about."""
        return Subject(self.kind, self.key)


class SubjectShown(BaseModel):
    """What it is about."""

    kind: SubjectKind
    key: str

    @classmethod
    def of(cls, subject: Subject) -> Self:
        """Return what a client sees."""
        return cls(kind=subject.kind, key=subject.key)


class NoticeGiven(Given):
    """A notice for everybody, in both languages; it is listed from ``valid_from`` on, or at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "ROAD_CLOSED",
                    "title": "Park road closed to tests",
                    "title_zh": "园区道路暂停测试",
                    "text": "The park road is closed to tests while its surface is renewed.",
                    "text_zh": "因路面翻修，园区道路暂停开放测试。",
                    "valid_to": "2027-03-01T00:00:00+08:00",
                    "about": {"kind": "place", "key": "park-1"},
                }
            ]
        }
    )

    kind: NoticeKind
    title: LongName
    title_zh: LongName
    text: LongText
    text_zh: LongText
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    """The first moment at which it is not listed; null: until it is withdrawn."""
    about: SubjectGiven | None = None

    def notice(self, at: datetime) -> Notice:
        """Return the notice; ``at``: from when on it is listed where nothing is said."""
        return Notice(
            kind=self.kind,
            title=self.title,
            title_zh=self.title_zh,
            text=self.text,
            text_zh=self.text_zh,
            valid_from=self.valid_from or at,
            valid_to=self.valid_to,
            about=None if self.about is None else self.about.subject(),
        )


class NoticeShown(BaseModel):
    """A notice as everybody reads it."""

    notice_id: str
    kind: NoticeKind
    kind_name: str
    kind_name_zh: str
    title: str
    title_zh: str
    text: str
    text_zh: str
    organisation: str
    """Who published it; empty where the platform did by law."""
    published_at: datetime
    valid_from: datetime
    valid_to: datetime | None
    about: SubjectShown | None

    @classmethod
    def of(cls, found: PublicNotice) -> Self:
        """Return what a client sees."""
        notice = found.notice
        return cls(
            notice_id=found.notice_id,
            kind=notice.kind,
            kind_name=notice_kind_name(notice.kind, Language.ENGLISH),
            kind_name_zh=notice_kind_name(notice.kind, Language.CHINESE),
            title=notice.title,
            title_zh=notice.title_zh,
            text=notice.text,
            text_zh=notice.text_zh,
            organisation=found.organisation,
            published_at=found.published_at,
            valid_from=notice.valid_from,
            valid_to=notice.valid_to,
            about=None if notice.about is None else SubjectShown.of(notice.about),
        )


class WithdrawalGiven(Given):
    """Why a notice is withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "The road was open again a week earlier."}]}
    )

    reason: Reason


class PublishedShown(BaseModel):
    """A notice as its department sees it."""

    notice_id: str
    organisation_id: str | None
    published_at: datetime
    published_by: str
    withdrawn_at: datetime | None
    withdrawn_because: str | None

    @classmethod
    def of(cls, kept: KeptNotice) -> Self:
        """Return what a client sees."""
        return cls(
            notice_id=kept.notice_id,
            organisation_id=kept.organisation_id,
            published_at=kept.published_at,
            published_by=kept.published_by,
            withdrawn_at=kept.withdrawn_at,
            withdrawn_because=kept.withdrawn_because,
        )


class FeedbackGiven(Given):
    """What somebody says about something that everybody may read. It is shown to departments alone.

    ``contact``, if any, serves for the answer alone and is removed with it.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "about": {"kind": "place", "key": "park-1"},
                    "text": "The vehicles stop long before the crossing, and people behind them honk.",
                    "contact": "someone@example.com",
                }
            ]
        }
    )

    about: SubjectGiven
    text: Reason
    contact: ShortNote = ""

    def feedback(self) -> Feedback:
        """Return what is said."""
        return Feedback(self.about.subject(), self.text, self.contact or None)


class ReceiptGiven(Given):
    """The receipt of what somebody has said."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"receipt": "0yH8o2c9Z5wQn3Kx7VbTfRgLmPsEuJdA1iW4aCtXeYh"}]}
    )

    receipt: Annotated[str, StringConstraints(max_length=64)]


class ReceiptShown(BaseModel):
    """By which the answer can be read: shown once, for nothing of who sent it is kept."""

    receipt: str


class AnswerShown(BaseModel):
    """What became of what somebody said: for who has its receipt."""

    about: SubjectShown
    text: str | None
    """Null once its time is over."""
    at: datetime
    answered_at: datetime | None
    answer: str | None
    notice_id: str | None
    """The notice by which the answer is published."""

    @classmethod
    def of(cls, kept: KeptFeedback) -> Self:
        """Return what a client sees."""
        return cls(
            about=SubjectShown.of(kept.feedback.about),
            text=kept.feedback.text,
            at=kept.at,
            answered_at=kept.answered_at,
            answer=kept.answer,
            notice_id=kept.notice_id,
        )


class FeedbackShown(BaseModel):
    """What somebody said, as departments see it."""

    feedback_id: str
    about: SubjectShown
    text: str | None
    """Null once its time is over."""
    contact: str | None
    """Null where none was given, and from after the answer on."""
    at: datetime
    answered_at: datetime | None
    answered_by: str | None
    organisation_id: str | None
    answer: str | None
    notice_id: str | None

    @classmethod
    def of(cls, kept: KeptFeedback) -> Self:
        """Return what a client sees."""
        return cls(
            feedback_id=kept.feedback_id,
            about=SubjectShown.of(kept.feedback.about),
            text=kept.feedback.text,
            contact=kept.feedback.contact,
            at=kept.at,
            answered_at=kept.answered_at,
            answered_by=kept.answered_by,
            organisation_id=kept.organisation_id,
            answer=kept.answer,
            notice_id=kept.notice_id,
        )


class AnswerGiven(Given):
    """The answer to what somebody said, and the notice by which it is published, if it is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"answer": "The distance is being looked at; it is announced when it changes."}
            ]
        }
    )

    answer: Reason
    notice_id: Key | None = None
