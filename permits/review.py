"""Joint review (联合审查): one ballot a department, one outcome of all of them.

A decision needs the vote of every mandatory department. Then one REJECT refuses the permit; else one
RETURN sends it back with one list of all that anybody misses, and when it comes in again a new round
begins; else it is approved on the strictest of all conditions. An advisory department's opinion is
waited for until its time is over: it is on record and binds nobody.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from permits.department import Department, department_name
from permits.permit import Permit, PermitAction, PermitError, StepRefused
from permits.provisos import NONE, Clash, Provisos, clashes, merged, narrowed
from permits.review_words import review_words
from permits.rule_words import Language
from permits.terms import Terms


class Choice(StrEnum):
    """What a department says."""

    APPROVE = "APPROVE"
    APPROVE_WITH_CONDITIONS = "APPROVE_WITH_CONDITIONS"
    """附条件同意"""
    RETURN = "RETURN"
    """退回补正"""
    REJECT = "REJECT"
    """不予同意"""


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody who votes for a department."""

    name: str
    organisation_id: str
    department: Department | None
    """Their own."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What a department said, by whom, when and why."""

    department: Department
    choice: Choice
    voter: Voter
    at: datetime
    reason: str = ""
    conditions: Provisos = NONE
    missing: tuple[str, ...] = ()
    """What the applicant must put right; of a RETURN alone."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """The one vote that a department has in a round."""

    department: Department
    mandatory: bool
    vote: Vote | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """One round of the joint review of a permit."""

    number: str
    """Of the permit."""
    round: int
    terms: Terms
    """What was applied for."""
    parties: frozenset[str]
    """The organisations whose application it is: their people have no vote."""
    ballots: tuple[Ballot, ...]
    opinions_due: datetime | None = None
    """Until then an advisory department is waited for; ``None``: as long as it takes."""
    open: bool = True

    @property
    def votes(self) -> tuple[Vote, ...]:
        """Those that were cast."""
        return tuple(each.vote for each in self.ballots if each.vote is not None)


@dataclass(frozen=True, slots=True)
class Pending:
    """Not decided yet."""

    missing: tuple[Department, ...]
    """Mandatory departments that have not voted."""
    awaited: tuple[Department, ...]
    """Advisory departments whose opinion is waited for."""


@dataclass(frozen=True, slots=True)
class Approved:
    """All said yes, on these conditions."""

    conditions: Provisos
    terms: Terms
    """What was applied for, with the conditions in it."""


@dataclass(frozen=True, slots=True)
class Returned:
    """Back to the applicant."""

    missing: tuple[tuple[Department, str], ...]
    """Item by item: one list of all departments."""
    clashes: tuple[Clash, ...] = ()
    """Where all said yes, on conditions that leave nothing: the application must be another."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused."""

    reasons: tuple[tuple[Department, str], ...]


Outcome = Pending | Approved | Returned | Rejected


class ReviewError(PermitError):
    """A vote that was refused, in words of both languages.

    ReviewError
    ├── ReviewClosed: nobody votes on this permit now
    ├── NotYourBallot: the department has none, or it is not the voter's
    ├── AlreadyVoted: the department has voted, or this person has
    ├── OwnFile: the voter's own organisation applies
    ├── VoteIncomplete: a reason, a list or conditions are missing, or are too much
    └── NoReviewers: the rule set names nobody
    """

    slug = "vote-refused"
    """By which programs tell the kinds apart."""

    key = ""

    def __init__(self, *, why: str, **filled: object) -> None:
        self.why = why
        """A key of the words of reviews."""
        self.filled = filled
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        told = {name: _in_words(value, language) for name, value in self.filled.items()}
        return review_words(self.why, language, **told)


class ReviewClosed(ReviewError):
    """The permit is not under review, or this round is over."""

    slug = "review-closed"


class NotYourBallot(ReviewError):
    """The department has no ballot, or the voter is not of it."""

    slug = "not-your-ballot"


class AlreadyVoted(ReviewError):
    """A vote is cast once: by the department and by the person."""

    slug = "already-voted"


class OwnFile(ReviewError):
    """Nobody votes on the application of their own organisation (回避)."""

    slug = "own-file"


class VoteIncomplete(ReviewError):
    """What the choice needs is not there, or what it may not have is."""

    slug = "vote-incomplete"


class NoReviewers(ReviewError):
    """The rule set names no department for this kind of permit."""

    slug = "no-reviewers"


class NotDecided(StepRefused):
    """The votes of the departments do not come to what is asked for."""

    slug = "not-decided"

    def __init__(self, permit: Permit, action: PermitAction, outcome: Outcome | None) -> None:
        self.outcome = outcome
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        match self.outcome:
            case Pending(missing=missing, awaited=awaited):
                left = _in_words((*missing, *awaited), language)
                key = "pending"
            case None:
                key, left = "no round", ""
            case _:
                key, left = "other outcome", review_words(_ENDS[type(self.outcome)], language)
        return review_words(key, language, number=self.number, action=self.action, left=left)


_ENDS = {Approved: "approved", Returned: "returned", Rejected: "rejected"}


def cast(review: Review, vote: Vote) -> Review:
    """Return the round with one more vote in it.

    Raises:
        ReviewError: one of its kinds says why this vote does not count and what was expected.
    """
    _require_voter(review, vote)
    _require_whole(vote)
    _require_zones(review, vote)
    ballots = tuple(
        replace(each, vote=vote) if each.department is vote.department else each
        for each in review.ballots
    )
    return replace(review, ballots=ballots)


def tally(review: Review, at: datetime) -> Outcome:
    """Return what has come of a round by a moment."""
    missing = tuple(e.department for e in review.ballots if e.mandatory and e.vote is None)
    awaited = tuple(e.department for e in review.ballots if not e.mandatory and e.vote is None)
    overdue = review.opinions_due is not None and review.opinions_due <= at
    if missing or (awaited and not overdue):
        return Pending(missing, () if overdue else awaited)
    return _decided(review)


def conditions_of(review: Review) -> Provisos:
    """Return the strictest of all conditions that were made so far; those of advisers bind nobody."""
    return merged(vote.conditions for vote in _binding(review))


def warnings(review: Review) -> tuple[Clash, ...]:
    """Return where the conditions made so far leave nothing: to be said to whoever votes, at once."""
    return clashes(review.terms, conditions_of(review))


def in_writing(outcome: Outcome) -> str:
    """Return the reason of a decision, all of it: who refuses and why, or the one list of what is missing."""
    match outcome:
        case Rejected(reasons=said) | Returned(missing=(_, *_) as said):
            return "; ".join(f"{department}: {text}" for department, text in said)
        case Returned(clashes=found):
            both = (each.said(language) for each in found for language in Language)
            return "; ".join(both)
        case Approved(conditions=conditions) if conditions != NONE:
            return " / ".join(review_words("on conditions", each) for each in Language)
        case _:
            return ""


def _decided(review: Review) -> Outcome:
    votes = tuple(_binding(review))
    if reasons := tuple((e.department, e.reason) for e in votes if e.choice is Choice.REJECT):
        return Rejected(reasons)
    lists = ((e.department, item) for e in votes if e.choice is Choice.RETURN for item in e.missing)
    if missing := tuple(lists):
        return Returned(missing)
    if found := warnings(review):
        return Returned((), found)
    conditions = conditions_of(review)
    return Approved(conditions, narrowed(review.terms, conditions))


def _binding(review: Review) -> Iterator[Vote]:
    return (each.vote for each in review.ballots if each.mandatory and each.vote is not None)


def _require_voter(review: Review, vote: Vote) -> None:
    voter = vote.voter
    if not review.open:
        raise ReviewClosed(why="closed", number=review.number)
    if voter.organisation_id in review.parties:
        raise OwnFile(why="own file", voter=voter.name, organisation=voter.organisation_id)
    have_one = tuple(each.department for each in review.ballots)
    if voter.department is None:
        raise NotYourBallot(why="no department", voter=voter.name, expected=have_one)
    if vote.department not in have_one:
        raise NotYourBallot(
            why="no ballot", number=review.number, department=vote.department, expected=have_one
        )
    if voter.department is not vote.department:
        raise NotYourBallot(
            why="another's", voter=voter.name, own=voter.department, department=vote.department
        )
    for before in review.votes:
        where = {"number": review.number, "round": review.round, "department": before.department}
        if before.department is vote.department:
            raise AlreadyVoted(why="voted", **where)
        if before.voter.name == voter.name:
            raise AlreadyVoted(why="voted before", voter=voter.name, **where)


def _require_whole(vote: Vote) -> None:
    conditional = vote.choice is Choice.APPROVE_WITH_CONDITIONS
    returned = vote.choice is Choice.RETURN
    needed = (
        ("no reason", vote.choice is not Choice.APPROVE and not vote.reason.strip()),
        ("no list", returned and not _says_something(vote.missing)),
        ("list", not returned and bool(vote.missing)),
        ("no conditions", conditional and vote.conditions == NONE),
        ("conditions", not conditional and vote.conditions != NONE),
    )
    for key, is_so in needed:
        if is_so:
            raise VoteIncomplete(why=key, choice=vote.choice)


def _says_something(items: tuple[str, ...]) -> bool:
    return bool(items) and all(item.strip() for item in items)


def _require_zones(review: Review, vote: Vote) -> None:
    """A condition on a zone that nobody applied for is a slip: it would take nothing away."""
    terms, asked = review.terms, vote.conditions
    applied_for = terms.zone_ids | terms.transfer_zone_ids
    # What keeps others out is taken away alone: it is nowhere that an approval could be limited to.
    if others := asked.zone_ids - applied_for - (terms.exempt_zone_ids & asked.excluded_zone_ids):
        raise VoteIncomplete(
            why="other zones",
            zones=", ".join(sorted(others)),
            expected=", ".join(sorted(applied_for | terms.exempt_zone_ids)),
        )


def _in_words(value: object, language: Language) -> object:
    match value:
        case Department():
            return department_name(value, language)
        case tuple():
            return ", ".join(str(_in_words(each, language)) for each in value)
        case _:
            return value
