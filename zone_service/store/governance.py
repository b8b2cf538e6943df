"""Files of graded governance: opened, taken further, listed; each step in one transaction with its audit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec
from sqlmodel import Session, col, select, update

from permits.governance import (
    GovernanceRefused,
    act_on,
    admission_faults,
    breach_of,
    is_overdue,
)
from permits.governance_file import (
    Admission,
    Breach,
    File,
    FileCase,
    FileChanged,
    Opinion,
    Sighting,
)
from permits.governance_rules import GovernanceRules, governance_rules
from permits.governance_said import SAID, Said
from permits.governance_states import FileAction, FileKind, FileState
from permits.governance_step import FIRST, IN_SANDBOX, actors_of, step_of
from permits.issuing import Ruling, legal_day
from permits.paper_words import PapersRefused, fault
from permits.risk_items import Derived, derived
from permits.transition import Actor
from zone_service.store import audit, dispositions
from zone_service.store.activities import activity
from zone_service.store.errors import Conflict, NotFound
from zone_service.store.records import PLATFORM, Principal, Role, department_of
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_own, require_role, scoped_rows
from zone_service.store.tables import (
    GovernanceEventRow,
    GovernanceFileRow,
    OrganisationRow,
    PermitRow,
)

_ABOUT: dict[FileKind, type[Admission | Breach]] = {
    FileKind.SANDBOX: Admission,
    FileKind.BREACH: Breach,
}
_PREFIX = {FileKind.SANDBOX: "SB", FileKind.BREACH: "BR"}
_ON_SANDBOX = {
    FileAction.SUSPEND: FileAction.HALT,
    FileAction.END: FileAction.PUT_OUT,
}
"""What a step of the ladder does to the product's own file, where it is in the sandbox."""


def apply(
    session: Session,
    principal: Principal,
    admission: Admission,
    at: datetime,
    *,
    under: Ruling,
    organisation_id: str | None = None,
) -> FileCase:
    """Apply for a product or scenario to be admitted to the sandbox.

    Raises:
        NotAllowed: it is for another organisation.
        NotFound: the permit that it names is none of that organisation's.
        PapersRefused: all that is wrong with it.
        RuleSetError: the rule set in force does not have the lists.
    """
    holder = organisation_id or principal.organisation_id
    require_own(principal, "apply to the sandbox", holder)
    _require_its_permit(session, principal, holder, admission.permit_number)
    found = admission_faults(admission, governance_rules(under.sheet), legal_day(at))
    if found:
        raise PapersRefused(*found)
    return _open(session, principal, holder, admission, at, under)


def open_breach(
    session: Session,
    principal: Principal,
    organisation_id: str,
    seen: Sighting,
    at: datetime,
    *,
    under: Ruling,
) -> FileCase:
    """Open the file of a breach; of a violation on record its severity and its permit are taken.

    Raises:
        NotAllowed: the principal is of no authority.
        NotFound: there is no such organisation, permit, violation or file of the sandbox of its.
        PapersRefused: it was seen in the future, or it is not what is on record.
        RuleSetError: the rule set in force does not have the lists.
    """
    require_role(principal, "open the file of a breach", Role.REVIEWER, Role.POLICE)
    if seen.seen_at > at:
        raise PapersRefused(fault("seen_at", seen.seen_at, "range", low="–", high=at))
    _require_its_product(session, principal, organisation_id, seen.sandbox_id)
    violation = dispositions.on_record(session, principal, organisation_id, seen)
    return _open(session, principal, organisation_id, breach_of(seen, violation), at, under)


def act(
    session: Session,
    principal: Principal,
    file_id: str,
    action: FileAction,
    at: datetime,
    reason: str,
    *,
    under: Ruling,
    opinion: Opinion | None = None,
    said: Said | None = None,
    expected_revision: int | None = None,
) -> FileCase:
    """Do one step with a file, and what it does to the permit and to the product's own file.

    Raises:
        NotFound: there is none that the principal may see.
        GovernanceRefused: the step is not this principal's, or the table or a guard refuses it.
        PapersRefused: all that is wrong with what is said with it.
        NotAllowed, PermitError: the permit's own step is refused, and so is this.
        Conflict: the file has moved on from ``expected_revision``.
    """
    bump(session, "documents")
    case = get(session, principal, file_id, under)
    if action is not FileAction.MISS_RECTIFICATION and _has_missed(case, at):
        case = by_law(session, file_id, FileAction.MISS_RECTIFICATION, at, under)
    if expected_revision is not None and expected_revision != case.file.revision:
        raise Conflict(why="moved on", what="file", key=file_id)
    _require_actor(principal, case.file, action)
    department = department_of(principal)
    after, changed = act_on(
        case, action, at=at, by=principal.username, reason=reason,
        department=department.value if department else "", opinion=opinion, said=said,
    )  # fmt: skip
    dispositions.require_paper(session, after, said)
    _write(session, principal, after, changed, under)
    dispositions.act_on_permit(session, principal, after, changed, under)
    _on_sandbox(session, case, changed, under)
    return get(session, principal, file_id, under)


def get(session: Session, principal: Principal, file_id: str, under: Ruling) -> FileCase:
    """Return one file with all that was done with it.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return _cases(session, (one(session, GovernanceFileRow, principal, file_id),), under)[0]


def page(
    session: Session,
    principal: Principal,
    under: Ruling,
    *,
    kind: FileKind | None = None,
    state: FileState | None = None,
    organisation_id: str | None = None,
    owed: bool = False,
    overdue_at: datetime | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[FileCase, ...]:
    """Return files in the order of their ids, from after one of them; operators see their own.

    ``owed``: only what is still to be put right, or was disclosed and never controlled;
    ``overdue_at``: only what was to be so before that moment.
    """
    key = col(GovernanceFileRow.file_id)
    asked = scoped_rows(GovernanceFileRow, principal).where(key > after)
    if kind is not None:
        asked = asked.where(GovernanceFileRow.kind == kind.value)
    if state is not None:
        asked = asked.where(GovernanceFileRow.state == state.value)
    if organisation_id is not None:
        asked = asked.where(GovernanceFileRow.organisation_id == organisation_id)
    if owed:
        asked = asked.where(col(GovernanceFileRow.due_at).is_not(None))
    if overdue_at is not None:
        asked = asked.where(col(GovernanceFileRow.due_at) < overdue_at)
    rows = session.exec(asked.order_by(key).limit(page_size(limit))).all()
    return _cases(session, rows, under)


_LAW: Mapping[FileAction, str] = {
    FileAction.EXPIRE: "its last day is over / 期限届满",
    FileAction.MISS_RECTIFICATION: "not put right in time / 逾期未改正",
}
"""What comes about by time alone, and why."""


def fallen_due(session: Session, at: datetime, limit: int) -> tuple[tuple[str, FileAction], ...]:
    """Return the files that time alone moves on, each with its step."""
    row = GovernanceFileRow
    over = select(row.file_id).where(
        col(row.state).in_([each.value for each in IN_SANDBOX]),
        col(row.ends) <= legal_day(at) - timedelta(days=1),
    )
    missed = select(row.file_id).where(
        row.state == FileState.RECTIFYING.value, col(row.due_at) < at
    )
    asked = (
        (FileAction.EXPIRE, over.order_by(col(row.ends), col(row.file_id))),
        (FileAction.MISS_RECTIFICATION, missed.order_by(col(row.due_at), col(row.file_id))),
    )
    return tuple(
        (file_id, action)
        for action, each in asked
        for file_id in session.exec(each.limit(limit)).all()
    )


def by_law(
    session: Session, file_id: str, action: FileAction, at: datetime, under: Ruling
) -> FileCase:
    """Take a step that has come about by time alone.

    Raises:
        GovernanceRefused: somebody has done something else meanwhile, or it has not come about.
    """
    return act(session, PLATFORM, file_id, action, at, _LAW[action], under=under)


def _has_missed(case: FileCase, at: datetime) -> bool:
    return case.file.state is FileState.RECTIFYING and is_overdue(case, at)


def _open(
    session: Session,
    principal: Principal,
    organisation_id: str,
    about: Admission | Breach,
    at: datetime,
    under: Ruling,
) -> FileCase:
    governance_rules(under.sheet)
    count = bump(session, "documents")
    one(session, OrganisationRow, PLATFORM, organisation_id)
    kind = FileKind.SANDBOX if isinstance(about, Admission) else FileKind.BREACH
    file_id = f"{_PREFIX[kind]}-{legal_day(at).year}-{count:06d}"
    breach = about if isinstance(about, Breach) else None
    session.add(
        GovernanceFileRow(
            file_id=file_id,
            kind=kind.value,
            organisation_id=organisation_id,
            state=FIRST[kind].value,
            about=msgspec.json.encode(about, order="deterministic").decode(),
            code=breach.code if breach else None,
            seen_at=breach.seen_at if breach else None,
            ends=about.ends if isinstance(about, Admission) else None,
            revision=0,
            created_at=at,
            changed_at=at,
        )
    )
    session.flush()
    audit.record(session, principal, f"{kind.value.lower()}.open", file_id, at)
    row = session.get_one(GovernanceFileRow, file_id)
    return _cases(session, (row,), under)[0]


def _require_its_permit(
    session: Session, principal: Principal, organisation_id: str, number: str | None
) -> None:
    """Refuse a permit under which somebody else does something."""
    if (
        number is not None
        and one(session, PermitRow, principal, number).holder_id != organisation_id
    ):
        raise NotFound(what="permit", key=number)


def _require_its_product(
    session: Session, principal: Principal, organisation_id: str, sandbox_id: str | None
) -> None:
    """Refuse a product that is not in the sandbox by who did it."""
    if sandbox_id is None:
        return
    file = one(session, GovernanceFileRow, principal, sandbox_id)
    its = (file.organisation_id, file.kind) == (organisation_id, FileKind.SANDBOX.value)
    if not its:
        raise NotFound(what="sandbox file", key=sandbox_id)


def _on_sandbox(session: Session, case: FileCase, changed: FileChanged, under: Ruling) -> None:
    about, action = case.file.about, _ON_SANDBOX.get(changed.action)
    if action is None or not isinstance(about, Breach) or about.sandbox_id is None:
        return
    product = get(session, PLATFORM, about.sandbox_id, under)
    if step_of(product.file.kind, product.file.state, action) is None:
        return  # it is out already, or halted for something else
    why = f"{case.file.file_id}: {changed.reason}"
    after, halted = act_on(product, action, at=changed.at, by=changed.by, reason=why)
    _write(session, PLATFORM, after, halted, under)


def _write(
    session: Session, principal: Principal, after: File, changed: FileChanged, under: Ruling
) -> None:
    row = GovernanceFileRow
    moved = session.exec(
        update(row)
        .where(col(row.file_id) == after.file_id, col(row.revision) == after.revision - 1)
        .values(
            state=after.state.value,
            revision=after.revision,
            due_at=after.due_at,
            changed_at=changed.at,
        )
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise Conflict(why="moved on", what="file", key=after.file_id)
    session.expire_all()
    session.add(
        GovernanceEventRow(
            file_id=after.file_id,
            action=changed.action.value,
            before=changed.before.value,
            after=changed.after.value,
            at=changed.at,
            by=changed.by,
            reason=changed.reason,
            department=changed.department,
            opinion=changed.opinion.value if changed.opinion else None,
            said=msgspec.json.encode(changed.said).decode() if changed.said else None,
            due_at=changed.due_at,
            rules=under.label,
        )
    )
    session.flush()
    action = f"{after.kind.value.lower()}.{changed.action.value.lower()}"
    audit.record(session, principal, action, after.file_id, changed.at, changed.reason[:2000])


def _require_actor(principal: Principal, file: File, action: FileAction) -> None:
    row = step_of(file.kind, file.state, action)
    may = actors_of(file.kind, action) if row is None else row.actors
    if may and may.isdisjoint(_parts(principal, file)):
        raise GovernanceRefused(file, action, "not yours", ", ".join(sorted(may)))


def _parts(principal: Principal, file: File) -> frozenset[Actor]:
    if principal == PLATFORM:
        return frozenset({Actor.SYSTEM})
    match principal.role:
        case Role.OPERATOR if principal.organisation_id == file.organisation_id:
            return frozenset({Actor.APPLICANT})
        case Role.REVIEWER:
            return frozenset({Actor.REVIEWER})
        case Role.POLICE:
            return frozenset({Actor.POLICE})
        case _:
            return frozenset()


def _cases(
    session: Session, rows: Sequence[GovernanceFileRow], under: Ruling
) -> tuple[FileCase, ...]:
    rules = governance_rules(under.sheet) if rows else None
    changes = changes_of(session, [row.file_id for row in rows])
    return tuple(
        _case(session, row, changes.get(row.file_id, ()), rules, under)
        for row in rows
        if rules is not None
    )


def _case(
    session: Session,
    row: GovernanceFileRow,
    changes: tuple[FileChanged, ...],
    rules: GovernanceRules,
    under: Ruling,
) -> FileCase:
    file = file_of(row)
    earlier, risks = _earlier(session, row), _derived(session, file, under)
    return FileCase(file, changes, rules, earlier, under.calendar, risks)


def _derived(session: Session, file: File, under: Ruling) -> tuple[Derived, ...]:
    """Return what of a product is of risk by the permit that it names, as that is now.

    Nothing where nobody has the rule set of its jurisdiction any more: one such file hides no other.
    """
    about = file.about
    if not isinstance(about, Admission) or about.permit_number is None:
        return ()
    found = activity(session, about.permit_number)
    its = under.there(found.permit.jurisdiction)
    return () if its is None else derived(found, its.sheet)


def _earlier(session: Session, row: GovernanceFileRow) -> tuple[datetime, ...]:
    """Return when the same operator was seen at the same breach before."""
    if row.code is None or row.seen_at is None:
        return ()
    other = GovernanceFileRow
    asked = select(other.seen_at).where(
        other.organisation_id == row.organisation_id,
        other.code == row.code,
        other.file_id != row.file_id,
        col(other.seen_at) <= row.seen_at,
    )
    return tuple(each for each in session.exec(asked.order_by(col(other.seen_at))) if each)


def changes_of(session: Session, file_ids: Sequence[str]) -> dict[str, tuple[FileChanged, ...]]:
    """Return what was done with each of some files, in order."""
    event = GovernanceEventRow
    asked = select(event).where(col(event.file_id).in_(file_ids))
    found = session.exec(asked.order_by(col(event.file_id), col(event.event_id)))
    return {
        file_id: tuple(map(_changed, rows))
        for file_id, rows in groupby(found, lambda row: row.file_id)
    }


def _changed(row: GovernanceEventRow) -> FileChanged:
    action = FileAction(row.action)
    return FileChanged(
        action,
        FileState(row.before),
        FileState(row.after),
        row.at,
        row.by,
        row.reason,
        row.department,
        Opinion(row.opinion) if row.opinion else None,
        msgspec.json.decode(row.said, type=SAID[action]) if row.said else None,
        row.due_at,
    )


def file_of(row: GovernanceFileRow) -> File:
    """Return the file that a row describes."""
    about = msgspec.json.decode(row.about, type=_ABOUT[FileKind(row.kind)])
    state = FileState(row.state)
    return File(row.file_id, row.organisation_id, state, about, row.revision, row.due_at)
