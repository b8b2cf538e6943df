"""The sandbox and the ladder on a store of each kind."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from permits.governance import Admission, Breach, FileCase, GovernanceRefused, Opinion
from permits.governance_states import FileAction as A
from permits.governance_states import FileKind, RiskItem
from permits.governance_states import FileState as S
from permits.paper_words import PapersRefused
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
)
from zone_service.legal_time import LegalTime
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store import audit, governance
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, NotAllowed, NotFound
from zone_service.store.records import Principal

TRIAL = Admission(
    "夜间清扫车", "at night", frozenset({RiskItem.LOW_SPEED_GOODS}), "10 km/h",
    date(2026, 6, 1), date(2026, 8, 31),
)  # fmt: skip
RISKY = replace(TRIAL, items=frozenset({RiskItem.EXPRESSWAY}))
BREACH = Breach("OVERSPEED", Severity.MAJOR, local("2026-06-10 10:00"))
AT = "2026-05-04 12:00"


def applied(store: Store, admission: Admission = TRIAL, who: Principal = SWIFT) -> FileCase:
    with store.write() as session:
        return governance.apply(session, who, admission, local(AT), under=UNDER)


def seen(store: Store, breach: Breach = BREACH, who: Principal = POLICE, at: str = "2026-06-11 10:00") -> FileCase:  # fmt: skip
    with store.write() as session:
        return governance.open_breach(session, who, "swift", breach, local(at), under=UNDER)


def do(
    store: Store, who: Principal, case: FileCase, action: A, at: str = "2026-06-12 10:00",
    opinion: Opinion | None = None, revision: int | None = None,
) -> FileCase:  # fmt: skip
    with store.write() as session:
        return governance.act(
            session, who, case.file.file_id, action, local(at), f"{action} because", under=UNDER,
            opinion=opinion, expected_revision=revision,
        )  # fmt: skip


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
    assert told[-5:] == [
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
