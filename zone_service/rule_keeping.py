"""Rule sets from the command line, as the platform's administrator: shown, compared, published."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlmodel import Session

from zone_service.clock import now
from zone_service.provision import opened
from zone_service.rule_answers import RuleAnswers
from zone_service.rule_library import RuleLibrary
from zone_service.schemas.rule_sets import (
    DifferenceShown,
    PublishShown,
    RuleSetShown,
    RuleSetVersion,
)
from zone_service.settings import Settings
from zone_service.store import rule_sets
from zone_service.store.records import PLATFORM
from zone_service.store.rule_sets import MOVED_ON, Draft, RuleSetConflict


def rule_sets_there(settings: Settings) -> list[RuleSetShown]:
    """Return every rule set: what is in force, and what may be granted under it."""
    with _answering(settings) as (_, answers):
        return answers.all()


def one_version(settings: Settings, reference: str) -> RuleSetVersion:
    """Return one version, or of a name the one in force.

    Raises:
        NoSuchRuleSet: there is none.
    """
    with _answering(settings) as (_, answers):
        return answers.version(reference)


def difference(settings: Settings, before: str, after: str) -> DifferenceShown:
    """Return how one differs from another.

    Raises:
        NoSuchRuleSet: there is none of one of the names.
    """
    with _answering(settings) as (_, answers):
        return answers.difference(before, after)


def checked(settings: Settings, text: str) -> PublishShown:
    """Return what a text would change if it were published.

    Raises:
        RuleSetError: all that is wrong with it, each by its path.
    """
    with _answering(settings) as (session, answers):
        draft = rule_sets.prepare(session, text)
        number = answers.number(draft.sheet.rule_set_id)
        return answers.draft(draft, number, published=False)


def published(settings: Settings, text: str, reason: str, after: str | None) -> PublishShown:
    """Publish a text as the next version; ``after``: the version that must be in force till then.

    Raises:
        RuleSetError: all that is wrong with it, each by its path.
        InvalidValue: no reason is given.
        RuleSetConflict: the version is there already, or another is in force than ``after``.
    """
    with _answering(settings) as (session, answers):
        draft = rule_sets.prepare(session, text)
        number = answers.number(draft.sheet.rule_set_id)
        _require_after(session, draft, number, after)
    with closing(opened(settings)) as store, store.write() as session:
        made = rule_sets.publish(session, PLATFORM, draft, reason, now(), expected={number})
    with _answering(settings) as (_, answers):
        return answers.draft(draft, made.number, published=True)


def _require_after(session: Session, draft: Draft, number: int, after: str | None) -> None:
    rule_set_id = draft.sheet.rule_set_id
    found = rule_sets.versions(session, rule_set_id)[-1].version if number else "-"
    if after is not None and found != after.rpartition("@")[2]:
        raise RuleSetConflict(MOVED_ON, id=rule_set_id, found=found)


@contextmanager
def _answering(settings: Settings) -> Iterator[tuple[Session, RuleAnswers]]:
    with closing(opened(settings)) as store, store.read() as session:
        yield session, RuleAnswers(session, RuleLibrary(settings), settings, now(), PLATFORM)
