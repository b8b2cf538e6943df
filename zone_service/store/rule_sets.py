"""Rule sets that administrators publish: versions that follow each other and are never changed.

What ships with the platform is there before the first that is published, and can be read under its own
label for ever; of a name the newest published version is in force, else the newest that ships.
"""

import tomllib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, insert, select

from permits.issuing import legal_day
from permits.parameters import Purpose, Status
from permits.rule_words import Language, Problem, RuleSetError, problem, words
from permits.ruleset import RuleSet, judged_by
from permits.sheet import Sheet, label_of, read_sheet
from zone_service import rule_files
from zone_service.shipped_rules import shipped_rules, shipped_sheet
from zone_service.store import audit
from zone_service.store.errors import Conflict, InvalidValue
from zone_service.store.records import Principal, Role
from zone_service.store.revisions import bump
from zone_service.store.scoping import require_role
from zone_service.store.tables import RuleSetVersionRow

TAKEN, MOVED_ON = "taken", "moved on"
NOT_JUDGED_BY = frozenset({Purpose.LAYER, Purpose.COMPARATOR})


@dataclass(frozen=True, slots=True)
class Published:
    """One version of a rule set: that it was published, by whom, when and why."""

    rule_set_id: str
    number: int
    """Counts the versions of its name, those that ship as one."""
    version: str
    published_at: datetime | None
    """``None`` for one that ships with the platform."""
    published_by: str
    reason: str

    @property
    def label(self) -> str:
        """Identity and version, as decisions store it."""
        return label_of(self.rule_set_id, self.version)


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that was read and found well formed, ready to be published."""

    sheet: Sheet
    text: str


class RuleSetConflict(Conflict):
    """The version is there already, or somebody published another meanwhile."""

    def said(self, language: Language) -> str:
        """Return it for a person to read: in a sentence of rule sets."""
        return words(self.why, language, **self.filled)


def text_of(session: Session, reference: str) -> str:
    """Return the text of a rule set: by id that of the version in force, or by id and version.

    Raises:
        NoSuchRuleSet: there is none.
    """
    rule_set_id, _, version = reference.partition("@")
    asked = select(RuleSetVersionRow.body).where(RuleSetVersionRow.rule_set == rule_set_id)
    if version:
        asked = asked.where(RuleSetVersionRow.version == version)
    newest = asked.order_by(col(RuleSetVersionRow.number).desc()).limit(1)
    found = session.exec(newest).one_or_none()
    return rule_files.text_of(reference) if found is None else found


def sheet_of(session: Session, reference: str) -> Sheet:
    """Return a rule set with all it rests on; of one that ships the same object each time.

    Raises:
        NoSuchRuleSet: there is none.
    """
    label = label_in_force(session, reference) if "@" not in reference else reference
    if label in rule_files.labels():
        return shipped_sheet(label)
    return _read(session, text_of(session, label))


def _read(session: Session, text: str) -> Sheet:
    """Read a text; what it rests on and ships is read once: 70 ms, in which its change would wait."""
    return read_sheet(text, lambda base: text_of(session, base), _shipped_before)


def _shipped_before(label: str) -> Sheet | None:
    return shipped_sheet(label) if label in rule_files.labels() else None


def rules_of(session: Session, reference: str) -> RuleSet:
    """Return the same, as fixes are judged by it.

    Raises:
        NoSuchRuleSet: there is none.
        RuleSetError: it does not say all that is judged by.
    """
    label = label_in_force(session, reference) if "@" not in reference else reference
    if label in rule_files.labels():
        return shipped_rules(label)
    return judged_by(sheet_of(session, label))


def label_in_force(session: Session, rule_set_id: str) -> str:
    """Return which version of a name is in force.

    Raises:
        NoSuchRuleSet: there is none of this name.
    """
    return versions(session, rule_set_id)[-1].label


def labels_in_force(session: Session) -> dict[str, str]:
    """Return which version is in force of each name that was published or can be judged by."""
    numbered = select(RuleSetVersionRow.rule_set, RuleSetVersionRow.version).order_by(
        col(RuleSetVersionRow.number)
    )
    published = {name: label_of(name, version) for name, version in session.exec(numbered)}
    return {name: rule_files.newest(name) for name in rule_files.supervising()} | published


def versions(session: Session, rule_set_id: str) -> tuple[Published, ...]:
    """Return the versions of a name, the one in force last.

    Raises:
        NoSuchRuleSet: there is none of this name.
    """
    rows = session.exec(
        select(RuleSetVersionRow)
        .where(RuleSetVersionRow.rule_set == rule_set_id)
        .order_by(col(RuleSetVersionRow.number))
    )
    found = (*_shipped(rule_set_id), *map(_published, rows))
    if not found:
        raise rule_files.NoSuchRuleSet(rule_set_id)
    return found


def ids(session: Session) -> tuple[str, ...]:
    """Return the names of all rule sets."""
    published = session.exec(select(RuleSetVersionRow.rule_set).distinct())
    return tuple(sorted({*rule_files.names(), *published}))


def prepare(session: Session, text: str) -> Draft:
    """Read a text as the next version of its name; changes nothing.

    Raises:
        RuleSetError: all that is wrong with it, each by its path.
    """
    sheet = _read(session, text)
    found = [*_unpinned(session, text), *_not_as_before(session, sheet)]
    if found:
        raise RuleSetError(*found)
    if sheet.purpose not in NOT_JUDGED_BY:
        judged_by(sheet)
    return Draft(sheet, text)


def publish(
    session: Session,
    principal: Principal,
    draft: Draft,
    reason: str,
    at: datetime,
    *,
    expected: Container[int] | None = None,
) -> Published:
    """Put a new version in force; the one before stays, and stays as it is.

    ``expected``: the numbers of the versions which it is meant to follow, 0 for a new name.

    Raises:
        NotAllowed: the principal is not an administrator.
        InvalidValue: no reason is given.
        RuleSetError: its first day is still to come.
        RuleSetConflict: the version is there already, or it was meant to follow another.
    """
    require_role(principal, "publish a rule set", Role.ADMINISTRATOR)
    if not reason.strip():
        raise InvalidValue(why="no publishing reason")
    _require_begun(draft.sheet, at)
    # Whoever publishes after us waits here. The worker looks at this count when it is told of a change.
    bump(session, "permits")
    before = _versions_or_none(session, draft.sheet.rule_set_id)
    _require_new(draft.sheet, before)
    _require_expected(draft.sheet, before, expected)
    row = {
        "rule_set": draft.sheet.rule_set_id,
        "number": before[-1].number + 1 if before else 1,
        "version": draft.sheet.version,
        "body": draft.text,
        "published_at": at,
        "published_by": principal.username,
        "reason": reason,
    }
    session.exec(insert(RuleSetVersionRow).values(row))
    audit.record(session, principal, "rule_set.publish", draft.sheet.label, at, reason)
    return versions(session, draft.sheet.rule_set_id)[-1]


def _versions_or_none(session: Session, rule_set_id: str) -> tuple[Published, ...]:
    try:
        return versions(session, rule_set_id)
    except rule_files.NoSuchRuleSet:
        return ()


def _require_new(sheet: Sheet, before: tuple[Published, ...]) -> None:
    if any(each.version == sheet.version for each in before):
        raise RuleSetConflict(TAKEN, label=sheet.label)


def _require_begun(sheet: Sheet, at: datetime) -> None:
    """A version is in force from when it is published: nobody would look again on a later day."""
    begins, today = sheet.valid_from, legal_day(at)
    if begins is not None and today < begins:
        raise RuleSetError(problem("valid_from", str(begins), "begun", day=today))


def _require_expected(
    sheet: Sheet, before: tuple[Published, ...], expected: Container[int] | None
) -> None:
    number = before[-1].number if before else 0
    if expected is not None and number not in expected:
        found = before[-1].version if before else "-"
        raise RuleSetConflict(MOVED_ON, id=sheet.rule_set_id, found=found)


def _unpinned(session: Session, text: str) -> Iterator[Problem]:
    """What a version rests on is named with its version: else it would change when that is followed."""
    header = tomllib.loads(text)
    for name in ("extends", "comparator"):
        base = str(header.get(name, ""))
        if base and "@" not in base:
            label = label_in_force(session, base)
            yield problem(name, base, "pinned", label=label)


def _not_as_before(session: Session, sheet: Sheet) -> Iterator[Problem]:
    """A name stays what it is for, and a jurisdiction has one rule set to supervise by."""
    before = _versions_or_none(session, sheet.rule_set_id)
    if before:
        known = sheet_of(session, before[-1].label)
        for name in ("jurisdiction", "purpose"):
            found, was = str(getattr(sheet, name)), str(getattr(known, name))
            if found != was:
                yield problem(name, found, "same", before=was)
    else:
        yield from _taken(session, sheet)
    if sheet.purpose is not Purpose.DEMONSTRATION:
        for key, each in sheet.parameters.items():
            if each.status is Status.DEMONSTRATION:
                yield problem(f"{key}: status", each.status.value, "no demonstration")


def _taken(session: Session, sheet: Sheet) -> Iterator[Problem]:
    if sheet.purpose is Purpose.DEMONSTRATION:
        return
    for rule_set_id in ids(session):
        other = sheet_of(session, rule_set_id)
        same = other.jurisdiction == sheet.jurisdiction
        if same and other.purpose is not Purpose.DEMONSTRATION:
            named = {"label": other.rule_set_id, "jurisdiction": other.jurisdiction}
            yield problem("id", sheet.rule_set_id, "other", **named)


def _shipped(rule_set_id: str) -> Iterator[Published]:
    """Those that ship count as one: an update that brings another is no change of what is in force."""
    own = [each for each in rule_files.labels() if each.partition("@")[0] == rule_set_id]
    newest = shipped_sheet(rule_set_id).version if own else ""
    others = [version for label in own if (version := label.partition("@")[2]) != newest]
    for version in (*others, *((newest,) if own else ())):
        yield Published(rule_set_id, 1, version, None, "", "")


def _published(row: RuleSetVersionRow) -> Published:
    return Published(
        row.rule_set, row.number, row.version, row.published_at, row.published_by, row.reason
    )
