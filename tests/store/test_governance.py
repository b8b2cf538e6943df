"""The sandbox and the ladder on a store of each kind."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.governance import GovernanceRefused, undeclared
from permits.governance_file import Admission, Breach, FileCase, Opinion, Sighting
from permits.governance_said import Control, Disclosure, Finding, Interview, Said, Transfer
from permits.governance_states import FileAction as A
from permits.governance_states import FileKind, RiskItem
from permits.governance_states import FileState as S
from permits.paper_words import PapersRefused
from permits.permit import ActionNotAllowed, PermitAction, PermitKind, PermitState
from permits.violation import Severity
from tests.permits.lives import local
from tests.store.city import (
    ADMINISTRATOR,
    INDUSTRY,
    KITE,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    change,
    commit,
)
from tests.store.stepping import RULED, draft, history, issued, now
from tests.store.stepping import do as step
from zone_service.legal_time import LegalTime
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store import audit, documents, governance, journal
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.records import PLATFORM, Principal
from zone_service.store.tables import PermitRow

TRIAL = Admission(
    "夜间清扫车", "at night", frozenset({RiskItem.LOW_SPEED_GOODS}), "10 km/h",
    date(2026, 6, 1), date(2026, 8, 31),
)  # fmt: skip
RISKY = replace(TRIAL, items=frozenset({RiskItem.EXPRESSWAY}))
BREACH = Sighting("OVERSPEED", local("2026-06-10 10:00"), Severity.MAJOR)
AT = "2026-05-04 12:00"


def applied(store: Store, admission: Admission = TRIAL, who: Principal = SWIFT) -> FileCase:
    with store.write() as session:
        return governance.apply(session, who, admission, local(AT), under=UNDER)


def seen(store: Store, breach: Sighting = BREACH, who: Principal = POLICE, at: str = "2026-06-11 10:00") -> FileCase:  # fmt: skip
    with store.write() as session:
        return governance.open_breach(session, who, "swift", breach, local(at), under=UNDER)


def do(
    store: Store, who: Principal, case: FileCase, action: A, at: str = "2026-06-12 10:00",
    opinion: Opinion | None = None, revision: int | None = None, said: Said | None = None,
) -> FileCase:  # fmt: skip
    said = said or said_with(store, action)
    with store.write() as session:
        return governance.act(
            session, who, case.file.file_id, action, local(at), f"{action} because", under=RULED,
            opinion=opinion, expected_revision=revision, said=said,
        )  # fmt: skip


def paper(store: Store, kind: DocumentKind, who: Principal = POLICE, *, filed: bool = True) -> str:
    at = local("2026-05-04 09:00")
    covers = Covered(CoveredKind.ORGANISATION, "swift")
    document = Document(kind=kind, covers=covers, valid_from=at.date())
    with store.write() as session:
        made = documents.add(session, who, document, at).document_id
        if filed:
            documents.put_file(session, who, made, StoredFile("ab" * 32, "application/pdf", 7), at)
    return made


def said_with(store: Store, action: A) -> Said | None:
    """What is said with a step, as it should be."""
    on = local(AT).date()
    match action:
        case A.DISCLOSE:
            its = paper(store, DocumentKind.DISCLOSURE, SWIFT)
            return Disclosure("a bin may fall", "a guard walks beside", "sam, 021-1", its)
        case A.CONTROL:
            its = paper(store, DocumentKind.CONTROL_RECORD)
            return Control(on, ("pan", "sam"), Finding.IN_ORDER, its)
        case A.INTERVIEW:
            return Interview(on, ("pan", "sam"), paper(store, DocumentKind.INTERVIEW_MINUTES))
        case A.TRANSFER_TO_POLICE:
            return Transfer("经侦支队", paper(store, DocumentKind.TRANSFER_LETTER))
        case _:
            return None


@pytest.mark.requirement("D0-16")
def test_what_is_of_risk_follows_from_the_permit_that_is_named_as_it_is_now(store: Store) -> None:
    permit = draft(store, max_speed_mps=30.0)
    case = applied(store, replace(TRIAL, permit_number=permit.number))
    assert [each.item for each in undeclared(case)] == [RiskItem.EXPRESSWAY]
    with pytest.raises(GovernanceRefused, match="compliance is reviewed first, for EXPRESSWAY"):
        do(store, SWIFT, case, A.DISCLOSE, AT)
    slower = draft(store, max_speed_mps=10.0)
    assert applied(store, replace(TRIAL, permit_number=slower.number)).derived == ()
    for number in ("RT-1999-000001", draft(store, PermitKind.FLIGHT_ACTIVITY, KITE).number):
        with pytest.raises(NotFound):
            applied(store, replace(TRIAL, permit_number=number))
    with store.write() as session:  # a rule set that nobody has here any more
        session.get_one(PermitRow, permit.number).jurisdiction = "gone"
    with store.read() as session:
        found = governance.page(session, POLICE, UNDER)
    assert [each.derived for each in found] == [(), ()]


@pytest.mark.requirement("D0-13")
def test_what_is_of_high_risk_is_reviewed_by_three_departments_and_ends_with_its_period(
    store: Store, tmp_path: Path
) -> None:
    case = applied(store, RISKY)
    with pytest.raises(GovernanceRefused, match="compliance is reviewed first, for EXPRESSWAY"):
        do(store, SWIFT, case, A.DISCLOSE, AT)
    case = do(store, REVIEWER, case, A.START_REVIEW, AT)
    for who in (INDUSTRY, REVIEWER, POLICE):
        with pytest.raises(GovernanceRefused, match="have not approved"):
            do(store, REVIEWER, case, A.ADMIT, AT)
        case = do(store, who, case, A.GIVE_OPINION, AT, Opinion.APPROVE)
    case = do(store, REVIEWER, case, A.ADMIT, AT)
    assert [each.department for each in case.changes] == [
        "transport", "industry", "transport", "police", "transport",
    ]  # fmt: skip
    rules = RuleLibrary(Settings(data_dir=tmp_path, rule_set="demonstration"))
    timer = LegalTime(store, rules, lambda: None)

    def state_after(at: str) -> S:
        timer.turn(local(at))
        with store.read() as session:
            return governance.get(session, ADMINISTRATOR, case.file.file_id, UNDER).file.state

    assert state_after("2026-08-31 23:59") is S.ADMITTED
    assert state_after("2026-09-01 00:00") is S.EXPIRED
    assert state_after("2026-09-01 00:01") is S.EXPIRED


@pytest.mark.requirement("D0-13", "D4d-43")
def test_what_follows_a_breach_halts_the_product_in_the_sandbox_and_puts_it_out(
    store: Store,
) -> None:
    product = do(store, SWIFT, applied(store), A.DISCLOSE, AT)
    breach = replace(BREACH, severity=Severity.CRITICAL, sandbox_id=product.file.file_id)
    case = do(store, POLICE, seen(store, breach), A.SUSPEND)
    with store.read() as session:
        halted = governance.get(session, SWIFT, product.file.file_id, UNDER)
    assert halted.file.state is S.SANDBOX_SUSPENDED
    assert (halted.changes[-1].by, case.file.file_id in halted.changes[-1].reason) == ("pan", True)
    assert do(store, REVIEWER, halted, A.GO_ON).file.state is S.ADMITTED
    assert do(store, POLICE, case, A.END).file.state is S.ENDED
    with store.read() as session:
        out = governance.get(session, SWIFT, product.file.file_id, UNDER)
        assert out.file.state is S.SANDBOX_ENDED
        told = [each.action for each in audit.entries(session, ADMINISTRATOR, 0, 1000)]
    assert [each for each in told if not each.startswith("document")][-5:] == [
        "breach.suspend", "sandbox.halt", "sandbox.go_on", "breach.end", "sandbox.put_out",
    ]  # fmt: skip


@pytest.mark.requirement("D4d-43")
def test_a_second_minor_breach_of_the_same_operator_is_not_spared(store: Store) -> None:
    minor = replace(BREACH, code="OUTSIDE_TIME_WINDOW", severity=Severity.MINOR)
    first = do(store, POLICE, seen(store, minor), A.REMIND)
    first = do(store, SWIFT, first, A.REPORT_CORRECTED, "2026-06-20 10:00")
    with pytest.raises(GovernanceRefused, match="no-penalty list"):
        do(store, POLICE, first, A.INTERVIEW, "2026-06-21 10:00")
    assert do(store, POLICE, first, A.SPARE, "2026-06-21 10:00").file.state is S.SPARED
    again = replace(minor, seen_at=local("2026-07-10 10:00"))
    second = do(store, POLICE, seen(store, again, at="2026-07-11 10:00"), A.REMIND, "2026-07-11 11:00")  # fmt: skip
    assert second.earlier == (minor.seen_at,)
    assert do(store, POLICE, second, A.INTERVIEW, "2026-07-12 10:00").file.state is S.INTERVIEWED


@pytest.mark.requirement("D0-14")
def test_each_may_do_its_own_steps_see_its_own_files_and_of_two_at_once_one_wins(
    store: Store,
) -> None:
    case, breach = applied(store), seen(store)
    with store.read() as session:
        with pytest.raises(NotFound):
            governance.get(session, KITE, case.file.file_id, UNDER)
        assert governance.page(session, KITE, UNDER) == ()
        kinds = [each.file.kind for each in governance.page(session, SWIFT, UNDER)]
        assert set(kinds) == set(FileKind)
        only = governance.page(session, POLICE, UNDER, kind=FileKind.BREACH)
        assert [each.file for each in only] == [breach.file]
    for who, file, action in (
        (REVIEWER, case, A.DISCLOSE),
        (SWIFT, breach, A.REMIND),
        (ADMINISTRATOR, breach, A.REMIND),
        (SWIFT, case, A.EXPIRE),
    ):
        with pytest.raises(GovernanceRefused) as refused:
            do(store, who, file, action)
        assert refused.value.why == "not yours"
    do(store, POLICE, breach, A.REMIND, revision=0)
    with pytest.raises(Conflict):
        do(store, POLICE, breach, A.INTERVIEW, revision=0)
    with pytest.raises(NotAllowed):
        seen(store, who=SWIFT)
    with pytest.raises(NotAllowed), store.write() as session:
        governance.apply(session, KITE, TRIAL, local(AT), under=UNDER, organisation_id="swift")
    with pytest.raises(PapersRefused):
        applied(store, replace(TRIAL, items=frozenset()))
    with pytest.raises(NotFound):
        seen(store, replace(BREACH, sandbox_id=breach.file.file_id))
    with pytest.raises(PapersRefused):
        seen(store, replace(BREACH, seen_at=local("2026-06-12 10:00")))


@pytest.mark.requirement("D4d-43")
def test_what_follows_a_breach_suspends_the_permit_and_ends_it_and_a_refusal_of_that_refuses_it(
    store: Store,
) -> None:
    permit = step(store, PLATFORM, issued(store), PermitAction.ACTIVATE, "2026-07-01 00:00")
    grave = replace(BREACH, severity=Severity.CRITICAL, permit_number=permit.number)
    case = do(store, POLICE, seen(store, grave), A.SUSPEND, "2026-07-02 10:00")
    last = history(store, permit)[-1]
    assert (now(store, permit).state, last.by) == (PermitState.SUSPENDED, "pan")
    assert last.reason == f"{case.file.file_id}: SUSPEND because"
    again = do(store, POLICE, seen(store, grave), A.SUSPEND, "2026-07-02 11:00")
    assert again.file.state is S.SUSPENDED, "the permit is what it should be already"
    assert history(store, permit)[-1] == last
    assert do(store, REVIEWER, case, A.END, "2026-07-03 10:00").file.state is S.ENDED
    assert now(store, permit).state is PermitState.TERMINATED
    assert do(store, REVIEWER, again, A.END, "2026-07-03 11:00").file.state is S.ENDED

    early = replace(grave, permit_number=draft(store).number)
    refused = seen(store, early)
    with pytest.raises(ActionNotAllowed, match=r"cannot SUSPEND permit \S+: it is DRAFT"):
        do(store, POLICE, refused, A.SUSPEND, "2026-07-03 12:00")
    with store.read() as session:
        assert governance.get(session, POLICE, refused.file.file_id, UNDER) == refused
    with pytest.raises(NotFound):
        seen(store, replace(grave, permit_number="RT-none"))


@pytest.mark.requirement("D4d-43")
def test_a_breach_on_record_is_of_who_did_it_and_as_grave_as_it_was_found(store: Store) -> None:
    violation = change(permit_number=None)
    journal.commit_batch(store, commit(violation))
    told = Sighting(violation.code, violation.opened_at, violation_id=violation.id)
    about = seen(store, told).file.about
    assert isinstance(about, Breach)
    assert (about.severity, about.violation_id) == (Severity.MAJOR, violation.id)
    with pytest.raises(PapersRefused, match="major, as the violation has it"):
        seen(store, replace(told, severity=Severity.MINOR))
    for other, who in ((replace(told, violation_id="none"), "swift"), (told, "kite")):
        with pytest.raises(NotFound), store.write() as session:
            governance.open_breach(session, POLICE, who, other, local("2026-06-11 10:00"), under=UNDER)  # fmt: skip


@pytest.mark.requirement("D4d-43", "D0-13")
def test_the_timer_says_what_was_not_put_right_and_what_was_never_controlled_is_listed(
    store: Store, tmp_path: Path
) -> None:
    product = do(store, SWIFT, applied(store), A.DISCLOSE, AT)
    ordered = do(store, POLICE, seen(store, replace(BREACH, severity=Severity.HIGH)), A.ORDER_RECTIFICATION)  # fmt: skip
    assert ordered.file.due_at == local("2026-07-07 00:00")  # the boat festival lies in between

    def owed(at: str | None = None) -> list[str]:
        with store.read() as session:
            late = None if at is None else local(at)
            found = governance.page(session, POLICE, RULED, owed=True, overdue_at=late)
        return [each.file.file_id for each in found]

    ids = [ordered.file.file_id, product.file.file_id]
    assert (owed(), owed("2026-07-07 00:00"), owed("2026-07-07 00:01")) == (ids, [], ids[:1])
    timer = LegalTime(store, RuleLibrary(Settings(data_dir=tmp_path, rule_set="demonstration")), lambda: None)  # fmt: skip
    timer.turn(local("2026-07-07 00:01"))
    with store.read() as session:
        missed = governance.get(session, POLICE, ids[0], RULED)
    assert (missed.file.state, missed.changes[-1].by) == (S.NOT_RECTIFIED, PLATFORM.username)
    assert owed() == ids[1:]
    do(store, POLICE, product, A.CONTROL)
    assert owed() == []


@pytest.mark.requirement("D4d-43")
def test_who_comes_after_the_time_finds_it_over_before_the_timer_has_looked(store: Store) -> None:
    case = do(store, POLICE, seen(store, replace(BREACH, severity=Severity.HIGH)), A.ORDER_RECTIFICATION)  # fmt: skip
    told = do(store, SWIFT, case, A.REPORT_CORRECTED, "2026-07-07 00:01")
    steps = [each.action for each in told.changes]
    assert steps == [A.ORDER_RECTIFICATION, A.MISS_RECTIFICATION, A.REPORT_CORRECTED]
    with pytest.raises(GovernanceRefused, match="cannot CLOSE"):
        do(store, POLICE, told, A.CLOSE, "2026-07-07 00:02")


@pytest.mark.requirement("D0-14")
def test_a_step_rests_on_a_paper_of_its_kind_of_the_organisation_that_its_author_may_write(
    store: Store,
) -> None:
    case = seen(store)
    on = local(AT).date()
    with pytest.raises(NotAllowed, match="INTERVIEW_MINUTES"):
        paper(store, DocumentKind.INTERVIEW_MINUTES, SWIFT)
    for wrong in (
        "D-none",
        paper(store, DocumentKind.CONTROL_RECORD),
        paper(store, DocumentKind.INTERVIEW_MINUTES, filed=False),
    ):
        with pytest.raises(PapersRefused, match="a minutes of an interview of the organisation"):
            do(store, POLICE, case, A.INTERVIEW, said=Interview(on, ("pan",), wrong))
    met = do(store, POLICE, case, A.INTERVIEW)
    assert met.file.state is S.INTERVIEWED
    said = met.changes[-1].said
    assert isinstance(said, Interview)
    assert (said.held_on, said.people) == (on, ("pan", "sam"))
