"""Hearings before grave acts: announced, asked for in time, held, waived or let pass, and then decided."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from permits.competence import NotCompetent
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import CoveredKind, DocumentKind
from permits.hearing import Hearing
from permits.hearing_checks import NotHeard, heard_before
from permits.life import fold
from permits.matter import fold_matter
from permits.matter_deadlines import MatterCase
from permits.matter_refusals import MatterReasonRequired, MatterRefused
from permits.matter_states import MatterAction, MatterKind, MatterState
from permits.permit import Permit, PermitAction, PermitState
from permits.rule_words import Language
from tests.permits.lives import local
from tests.store.city import KITE, MSA, POLICE, REVIEWER, SWIFT
from tests.store.stepping import RULED, do, history, issued, now
from zone_service.legal_time import LegalTime
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import audit, documents, matter_timing, matters, permits
from zone_service.store.engine import Store
from zone_service.store.errors import NotAllowed, NotFound
from zone_service.store.records import PLATFORM, Principal

A, P, S = MatterAction, PermitAction, MatterState
KEY = "hearing.before"
_ASKED = shipped_sheet("shanghai-default").parameters[KEY]
HEARD = replace(
    RULED, sheet=replace(RULED.sheet, parameters={**RULED.sheet.parameters, KEY: _ASKED})
)
"""The rules of the demonstration, in which hearings are asked for as in those that supervise."""


def announce(
    store: Store, permit: Permit, action: PermitAction = P.REVOKE, who: Principal = POLICE,
    at: str = "2026-06-01 10:00", reason: str = "no officer in the car",
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.begin(
            session, who, permit.number, MatterKind.HEARING, A.ANNOUNCE,
            Hearing(action, "recordings of three days"), local(at), reason, under=HEARD,
        )  # fmt: skip


def act(
    store: Store, who: Principal, case: MatterCase, action: MatterAction, at: str,
    papers: Sequence[str] = (),
) -> MatterCase:  # fmt: skip
    with store.write() as session:
        return matters.act(
            session, who, case.matter.matter_id, action, local(at), "because", under=HEARD,
            document_ids=papers,
        )  # fmt: skip


def take(store: Store, who: Principal, permit: Permit, action: PermitAction, at: str) -> Permit:
    with store.write() as session:
        return permits.apply_action(
            session, who, permit.number, action, local(at), "as announced", under=HEARD
        )


def state_of(store: Store, case: MatterCase) -> MatterState:
    with store.read() as session:
        return matters.get(session, PLATFORM, case.matter.matter_id, HEARD).matter.state


def minutes(store: Store, permit: Permit) -> str:
    at = local("2026-06-20 12:00")
    said = Document(
        kind=DocumentKind.HEARING_MINUTES, valid_from=at.date(),
        covers=Covered(CoveredKind.PERMIT, permit.number),
    )  # fmt: skip
    with store.write() as session:
        with pytest.raises(NotAllowed):
            documents.add(session, SWIFT, said, at)
        made = documents.add(session, POLICE, said, at)
        file = StoredFile("ab" * 32, "application/pdf", 7)
        documents.put_file(session, POLICE, made.document_id, file, at)
    return made.document_id


@pytest.mark.requirement("D4b-15")
def test_who_asks_in_time_is_heard_with_minutes_before_the_permit_is_revoked(store: Store) -> None:
    permit = issued(store)
    with pytest.raises(NotHeard, match="announce it first") as unannounced:
        take(store, POLICE, permit, P.REVOKE, "2026-06-01 09:00")
    assert "须先告知" in unannounced.value.said(Language.CHINESE)
    with pytest.raises(MatterReasonRequired):
        announce(store, permit, reason="")
    case = announce(store, permit)
    # Five working days from Monday 1 June, which does not count.
    with pytest.raises(NotHeard, match="until 2026-06-09 00:00") as early:
        take(store, POLICE, permit, P.REVOKE, "2026-06-08 23:00")
    assert case.matter.matter_id in str(early.value)
    with pytest.raises(MatterRefused, match="is open under permit"):
        announce(store, permit)
    with pytest.raises(NotFound):
        act(store, KITE, case, A.ASK, "2026-06-03 10:00")
    case = act(store, SWIFT, case, A.ASK, "2026-06-08 23:59")
    with pytest.raises(NotHeard, match="was not held yet"):
        take(store, POLICE, permit, P.REVOKE, "2026-07-20 10:00")
    with pytest.raises(MatterRefused, match="without a document of kind HEARING_MINUTES"):
        act(store, POLICE, case, A.HOLD, "2026-06-22 10:00")
    assert now(store, permit) == permit
    case = act(store, POLICE, case, A.HOLD, "2026-06-22 10:00", [minutes(store, permit)])

    assert take(store, POLICE, permit, P.REVOKE, "2026-06-23 10:00").state is PermitState.REVOKED
    with store.read() as session:
        found = matters.get(session, SWIFT, case.matter.matter_id, HEARD)
        told = [
            e.action for e in audit.entries(session, PLATFORM, limit=1000) if "HE-" in e.subject
        ]
    assert [each.action for each in found.changes] == [A.ANNOUNCE, A.ASK, A.HOLD, A.DECIDE]
    assert found.matter.about == Hearing(P.REVOKE, "recordings of three days")
    assert [each.sha256 for each in found.changes[2].papers] == ["ab" * 32]
    new = replace(found.matter, state=S.NEW, revision=0)
    assert fold_matter(new, found.changes) == found.matter
    assert set(told) == {"hearing.announce", "hearing.ask", "hearing.hold", "hearing.decide"}
    draft = replace(permit, state=PermitState.DRAFT, revision=0)
    assert fold(draft, history(store, permit)).state is PermitState.REVOKED


@pytest.mark.requirement("D4b-15")
def test_a_right_that_is_waived_or_not_used_in_time_stands_in_no_ones_way(
    store: Store, tmp_path: Path
) -> None:
    waived, passed, late = issued(store), issued(store), issued(store)
    act(store, SWIFT, announce(store, waived), A.WAIVE, "2026-06-02 10:00")
    assert take(store, POLICE, waived, P.REVOKE, "2026-06-02 11:00").state is PermitState.REVOKED

    case, other = announce(store, passed), announce(store, late, P.ANNUL, REVIEWER)
    with pytest.raises(MatterRefused, match="may still be asked for"):
        act(store, PLATFORM, case, A.RUN_OUT, "2026-06-08 23:59")
    # The one before anybody looked at it, the other after the timer did.
    assert take(store, POLICE, passed, P.REVOKE, "2026-06-09 00:01").state is PermitState.REVOKED
    timer = LegalTime(
        store, RuleLibrary(Settings(data_dir=tmp_path, rule_set="demonstration")), lambda: None
    )
    assert timer.turn(local("2026-06-09 00:00")) == 0
    with store.read() as session:
        assert matter_timing.late(session, local("2026-06-10"), 9) == ()
    assert timer.turn(local("2026-06-09 00:01")) == 1
    assert (state_of(store, case), state_of(store, other)) == (S.DECIDED, S.NOT_ASKED)
    with pytest.raises(Exception, match="cannot ASK in matter"):
        act(store, SWIFT, other, A.ASK, "2026-06-09 00:02")
    assert take(store, REVIEWER, late, P.ANNUL, "2026-06-09 10:00").state is PermitState.ANNULLED


@pytest.mark.requirement("D4b-15")
def test_an_act_is_announced_by_who_may_do_it_where_the_rules_ask_for_it(store: Store) -> None:
    permit = issued(store)
    assert heard_before(HEARD.sheet) == (P.ANNUL, P.WITHDRAW_BY_AUTHORITY, P.REVOKE)
    assert heard_before(RULED.sheet) == ()
    with pytest.raises(MatterRefused, match="department may not ANNOUNCE"):
        announce(store, permit, P.ANNUL, MSA)
    with pytest.raises(MatterRefused, match="rules ask for a hearing before ANNUL, WITHDRAW_BY"):
        announce(store, permit, P.TERMINATE)
    revoke, annul = announce(store, permit), announce(store, permit, P.ANNUL, REVIEWER)
    act(store, POLICE, revoke, A.DROP, "2026-06-02 10:00")
    with pytest.raises(NotHeard, match="announce it first"):
        take(store, POLICE, permit, P.REVOKE, "2026-06-10 10:00")
    with pytest.raises(NotCompetent):
        take(store, MSA, permit, P.ANNUL, "2026-06-10 10:00")
    again = announce(store, permit, at="2026-06-03 10:00")
    with pytest.raises(MatterRefused, match="ended at 2026-06-11 00:00"):
        act(store, SWIFT, again, A.ASK, "2026-06-11 00:01")
    take(store, REVIEWER, permit, P.ANNUL, "2026-06-12 10:00")
    # With the permit everything about another act is without object.
    assert (state_of(store, annul), state_of(store, again)) == (S.DECIDED, S.LAPSED)


@pytest.mark.requirement("D4b-15")
def test_an_act_that_asks_for_no_hearing_decides_none_that_was_asked_for(store: Store) -> None:
    permit = issued(store)
    case = act(store, SWIFT, announce(store, permit), A.ASK, "2026-06-02 10:00")
    assert do(store, POLICE, permit, P.REVOKE, "2026-06-03 10:00").state is PermitState.REVOKED
    assert state_of(store, case) is S.LAPSED
