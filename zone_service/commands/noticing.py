"""Commands for notices, and for what the public says."""

from typing import Any

from permits.public_notice import SUBJECT_KINDS_ZH, NoticeKind, SubjectKind
from zone_service.commands.described import Command, describe
from zone_service.commands.root import feedback, notice
from zone_service.commands.showing import Column, line, named, table, together
from zone_service.commands.words import DEMANDED, argument, file_of_json, option

NOTICE = argument("notice_id", "Such as N-2026-000001.", "path:notice_id", metavar="NOTICE")


def _about(item: Any, *, zh: bool) -> str:
    about = item["about"]
    if about is None:
        return ""
    kind = SubjectKind(about["kind"])
    return f"{SUBJECT_KINDS_ZH[kind] if zh else kind} {about['key']}"


NOTICES = table(
    Column("id", "编号", "notice_id"),
    Column("kind", "种类", "kind_name", "kind_name_zh"),
    Column("from", "起", "valid_from"),
    Column("to", "止", "valid_to"),
    Column("by", "发布单位", "organisation"),
    Column("about", "对象", _about),
    Column("title", "标题", "title", "title_zh"),
    Column("text", "内容", "text", "text_zh"),
    none=("there is none", "没有公告"),
)
PUBLISHED = together(
    line(Column("", "", "notice_id")),
    named(Column("withdrawn", "撤回时间", "withdrawn_at")),
    named(Column("because", "撤回原因", "withdrawn_because")),
)
SAID = table(
    Column("id", "编号", "feedback_id"),
    Column("at", "时间", "at"),
    Column("about", "对象", _about),
    Column("text", "内容", "text"),
    Column("contact", "联系方式", "contact"),
    Column("answered", "答复时间", "answered_at"),
    Column("answer", "答复", "answer"),
    none=("nobody has said anything", "没有公众意见"),
)
ONE = together(
    named(Column("about", "对象", _about)),
    named(Column("text", "内容", "text")),
    named(Column("contact", "联系方式", "contact")),
    named(Column("answered", "答复时间", "answered_at")),
    named(Column("answer", "答复", "answer")),
    named(Column("published by notice", "公开答复的公告", "notice_id")),
)
ANSWER = together(
    named(Column("about", "对象", _about)),
    named(Column("answered", "答复时间", "answered_at")),
    named(Column("answer", "答复", "answer")),
    named(Column("published by notice", "公开答复的公告", "notice_id")),
)

describe(
    Command(
        notice,
        "list",
        "GET /api/public/notices",
        "List the notices that everybody may read now.",
        (
            option("kind", "One kind of notices alone.", "query:kind", NoticeKind),
            option("about", "About this place or permit.", "query:about"),
        ),
        NOTICES,
        ("zone notice list --chinese",),
        is_list=True,
    ),
    Command(
        notice,
        "publish",
        "POST /api/notices",
        "Publish a notice in the name of one's department, in both languages.",
        (file_of_json("JSON as the API takes it; a dash: what is piped in."),),
        PUBLISHED,
        ("zone notice publish closed.json --username rita",),
    ),
    Command(
        notice,
        "withdraw",
        "POST /api/notices/{notice_id}/withdrawal",
        "Withdraw a notice of one's own department: nobody is shown it any more.",
        (NOTICE, option("reason", "Why.", "body:reason", default=DEMANDED)),
        PUBLISHED,
        ('zone notice withdraw N-2026-000001 --reason "open again" --username rita',),
    ),
    Command(
        feedback,
        "give",
        "POST /api/public/feedback",
        "Say something about a notice, an opened place or a permit; the receipt is shown once.",
        (
            argument("kind", "What it is about.", "body:about.kind", SubjectKind, metavar="KIND"),
            argument("key", "Its id or number.", "body:about.key", metavar="KEY"),
            option(
                "text", "What is said; departments alone see it.", "body:text", default=DEMANDED
            ),
            option("contact", "For the answer alone, and gone with it.", "body:contact"),
        ),
        line(Column("", "", "receipt")),
        ('zone feedback give place park-1 --text "They stop long before the crossing."',),
        needs_somebody=False,
    ),
    Command(
        feedback,
        "show",
        "POST /api/public/feedback/answer",
        "Show what became of what one has said.",
        (argument("receipt", "As it was shown once.", "body:receipt", metavar="RECEIPT"),),
        ANSWER,
        ("zone feedback show 0yH8o2c9…",),
        needs_somebody=False,
    ),
    Command(
        feedback,
        "list",
        "GET /api/feedback",
        "List what the public has said.",
        (
            option(
                "answered",
                "Only what is answered, or is not.",
                "query:answered",
                bool,
                typed="--answered/--open",
            ),
        ),
        SAID,
        ("zone feedback list --open --username rita",),
        is_list=True,
        needs_somebody=True,
    ),
    Command(
        feedback,
        "answer",
        "POST /api/feedback/{feedback_id}/answer",
        "Answer what somebody said; the contact is shown with it for the last time.",
        (
            argument(
                "feedback_id", "Such as FB-2026-000001.", "path:feedback_id", metavar="FEEDBACK"
            ),
            option("answer", "What is answered.", "body:answer", default=DEMANDED),
            option("notice", "The notice by which it is published.", "body:notice_id"),
        ),
        ONE,
        ('zone feedback answer FB-2026-000001 --answer "It is being looked at." --username rita',),
    ),
)
