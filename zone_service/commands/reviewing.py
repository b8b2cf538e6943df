"""Commands for joint review: what waits for one's department, what was said, one's vote."""

from typing import TYPE_CHECKING, Annotated

import typer

from permits.review import Choice
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import err, example, fail, listed, out, review
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.schemas.reviews import BallotShown, ReviewShown

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
Username = Annotated[str, typer.Option(help="As whom.")]
Password = Annotated[
    str,
    typer.Option(
        prompt=True,
        hide_input=True,
        envvar="ZONE_PASSWORD",
        help="Asked for where it is not given.",
    ),
]
Number = Annotated[str, typer.Argument(metavar="PERMIT", help="Such as RT-2026-000001.")]


@review.command("list", epilog=example("zone review list --username rita"))
def review_list(
    username: Username, password: Password, *, as_json: AsJson = False, chinese: InChinese = None
) -> None:
    """List the permits that wait for the vote of one's department."""
    with nothing_begun():
        from zone_service.review_keeping import awaiting

    found = awaiting(load(), username, password)
    if as_json:
        typer.echo(f"[{', '.join(each.model_dump_json() for each in found)}]")
        return
    zh = is_chinese(chinese)
    listed(
        ("许可", "种类", "申请单位", "轮次", "须表决", "自")
        if zh
        else ("permit", "kind", "holder", "round", "must vote", "since"),
        (
            (
                each.number,
                each.kind,
                each.holder_id,
                str(each.round),
                _yes(each.mandatory, zh=zh),
                f"{each.opened_at:%Y-%m-%d}",
            )
            for each in found
        ),
    )


@review.command("show", epilog=example("zone review show RT-2026-000001 --username rita"))
def review_show(
    number: Number,
    username: Username,
    password: Password,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Show who has voted on a permit, and what."""
    with nothing_begun():
        from zone_service.review_keeping import review_of

    _show(review_of(load(), username, password, number), as_json=as_json, zh=is_chinese(chinese))


@review.command(
    "vote",
    epilog=example(
        "zone review vote RT-2026-000001 APPROVE --username rita",
        'zone review vote RT-2026-000001 RETURN --username rita --reason "not complete" '
        '--missing "the insurance"',
    ),
)
def review_vote(
    number: Number,
    choice: Annotated[Choice, typer.Argument(help="With conditions: by the API.")],
    username: Username,
    password: Password,
    reason: Annotated[str, typer.Option(help="Why; APPROVE needs none.")] = "",
    missing: Annotated[
        list[str] | None, typer.Option(help="What a RETURN misses; once for each item.")
    ] = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Cast the vote of one's department; the last one decides."""
    with nothing_begun():
        from permits.review import ReviewError
        from permits.rule_words import Language
        from zone_service.review_keeping import vote

    zh = is_chinese(chinese)
    try:
        found = vote(load(), username, password, number, choice, reason, tuple(missing or ()))
    except ReviewError as error:
        fail(error.said(Language.CHINESE if zh else Language.ENGLISH))
    _show(found, as_json=as_json, zh=zh)


def _show(found: "ReviewShown", *, as_json: bool, zh: bool) -> None:
    if as_json:
        typer.echo(found.model_dump_json())
        return
    out.print(f"{found.number}  {found.state}", highlight=False)
    listed(
        ("轮次", "部门", "须表决", "表决", "理由、补正内容")
        if zh
        else ("round", "department", "must vote", "vote", "reason, what is missing"),
        (
            (str(each.round), ballot.name_zh if zh else ballot.name, *_said(ballot, zh=zh))
            for each in found.rounds
            for ballot in each.ballots
        ),
    )
    for each in found.rounds[-1:]:
        for warning in each.warnings:
            err.print(warning.detail_zh if zh else warning.detail, highlight=False)


def _said(ballot: "BallotShown", *, zh: bool) -> tuple[str, str, str]:
    voted = "已表决" if zh else "has voted"
    choice = ballot.choice or (voted if ballot.has_voted else "–")
    told = "; ".join(filter(None, (ballot.reason, *ballot.missing)))
    return _yes(ballot.mandatory, zh=zh), choice, told or "–"


def _yes(found: bool, *, zh: bool) -> str:  # noqa: FBT001 -- what is said of it is its only use
    return ("是" if found else "否") if zh else ("yes" if found else "no")
