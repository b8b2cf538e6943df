"""Rule sets as they are published: versions that follow each other, and that nobody changes."""

from collections.abc import Container
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from permits.issuing import NotIssuable, Ruling, ruling
from permits.parameters import Purpose
from permits.permit import Permit, PermitAction, PermitKind, PermitState
from permits.review import Choice
from permits.rule_words import Language, RuleSetError
from permits.sheet import Sheet
from permits.violation import ViolationCode
from tests.store.city import (
    ADMINISTRATOR,
    KITE,
    NOON,
    POLICE,
    REVIEWER,
    SWIFT,
    UNDER,
    terms,
    voted,
)
from zone_service.rule_files import NoSuchRuleSet, text_of
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import audit, permits, rule_sets
from zone_service.store.engine import Store
from zone_service.store.errors import InvalidValue, NotAllowed
from zone_service.store.records import Principal
from zone_service.store.revisions import revision
from zone_service.store.rule_sets import Published, RuleSetConflict

SHANGHAI = "shanghai-default"
AFTER = datetime(2026, 11, 27, 4, tzinfo=UTC)
"""The procedure for vehicles has run out."""
A = PermitAction


def text(version: str = "1", more: str = "", rule_set: str = SHANGHAI) -> str:
    """A next version: what ships, and something of one's own."""
    shipped = text_of(SHANGHAI).replace('version = "2026.12"', f'version = "{version}"')
    return shipped.replace(f'id = "{SHANGHAI}"', f'id = "{rule_set}"') + more


EXTENSION = """
[extensions.sh-icv-procedure]
valid_to = 2027-10-31
decided_by = "Li"
note = "notice 7"

[preconditions]
refuse_at = [] # here it is about the instruments alone
"""


def instruments_alone(sheet: Sheet) -> Sheet:
    """What ships, but that no other precondition is asked."""
    key = "preconditions.refuse_at"
    none = replace(sheet.parameters[key], value=())
    return replace(sheet, parameters={**sheet.parameters, key: none})


def published(
    store: Store,
    given: str,
    *,
    by: Principal = ADMINISTRATOR,
    expected: Container[int] | None = None,
    reason: str = "the city said so",
) -> Published:
    with store.write() as session:
        draft = rule_sets.prepare(session, given)
        return rule_sets.publish(session, by, draft, reason, AFTER, expected=expected)


def refused(store: Store, given: str) -> list[tuple[str, str]]:
    with pytest.raises(RuleSetError) as error, store.read() as session:
        rule_sets.prepare(session, given)
    return [(each.path, each.said(Language.ENGLISH)) for each in error.value.problems]


@pytest.mark.requirement("D0-11")
def test_an_administrator_publishes_a_version_with_a_reason_that_the_audit_keeps(
    store: Store,
) -> None:
    made = published(store, text("1", EXTENSION))

    assert (made.label, made.number, made.published_by) == ("shanghai-default@1", 2, "ada")
    with store.read() as session:
        assert rule_sets.label_in_force(session, SHANGHAI) == "shanghai-default@1"
        assert rule_sets.text_of(session, "shanghai-default@1") == text("1", EXTENSION)
        entry = audit.entries(session, ADMINISTRATOR)[-1]
    assert (entry.action, entry.subject) == ("rule_set.publish", "shanghai-default@1")
    assert (entry.actor, entry.reason) == ("ada", "the city said so")


@pytest.mark.requirement("D0-4")
def test_the_versions_before_stay_and_can_be_read(store: Store) -> None:
    published(store, text("1", "\n[airspace.capacity]\n".replace("\n[", "\n# [")))
    published(store, text("2", EXTENSION))
    with store.read() as session:
        labels = [each.label for each in rule_sets.versions(session, SHANGHAI)]
        assert labels == [f"{SHANGHAI}@{version}" for version in ("2026.11", "2026.12", "1", "2")]
        for label in labels:
            assert rule_sets.sheet_of(session, label).label == label
            assert rule_sets.rules_of(session, label).label == label


@pytest.mark.requirement("D4d-45")
def test_a_rule_is_put_back_by_publishing_its_former_text_as_the_next_version(
    store: Store,
) -> None:
    def opens_after_s(reference: str = SHANGHAI) -> float:
        with store.read() as session:
            rules = rule_sets.rules_of(session, reference)
        return rules.rule(ViolationCode.OVERSPEED, "road").opens_after_s

    former = opens_after_s()
    published(store, text("1"))
    published(store, text("2", f"\n[violations.OVERSPEED.road]\nopens_after_s = {former + 5}\n"))
    assert opens_after_s() == former + 5
    with store.read() as session:
        kept = rule_sets.text_of(session, f"{SHANGHAI}@1")
    published(store, kept.replace('version = "1"', 'version = "3"'))

    assert opens_after_s() == former
    with store.read() as session:
        assert rule_sets.label_in_force(session, SHANGHAI) == f"{SHANGHAI}@3"
    assert opens_after_s(f"{SHANGHAI}@2") == former + 5


@pytest.mark.requirement("D0-4")
@pytest.mark.parametrize("act", ["UPDATE {} SET body = ''", "DELETE FROM {}"])
def test_a_published_version_cannot_be_edited_in_place(store: Store, act: str) -> None:
    published(store, text("1"))
    with pytest.raises(DBAPIError, match="append-only"), store.begin() as connection:
        connection.execute(sql(act.format("rule_set_version")))


@pytest.mark.requirement("D0-4")
@pytest.mark.parametrize("version", ["1", "2026.12", "2026.11"])
def test_a_version_that_is_there_is_never_published_again(store: Store, version: str) -> None:
    published(store, text("1"))
    with pytest.raises(RuleSetConflict, match="is there already and is never changed"):
        published(store, text(version, EXTENSION))


@pytest.mark.requirement("D0-11")
@pytest.mark.parametrize("who", [SWIFT, KITE, POLICE, REVIEWER])
def test_nobody_but_an_administrator_publishes(store: Store, who: Principal) -> None:
    with pytest.raises(NotAllowed):
        published(store, text("1"), by=who)
    with store.read() as session:
        assert rule_sets.label_in_force(session, SHANGHAI) == "shanghai-default@2026.12"


@pytest.mark.requirement("D0-11")
def test_of_two_that_follow_the_same_version_the_first_wins(store: Store) -> None:
    published(store, text("1"), expected={1})
    with pytest.raises(RuleSetConflict) as error:
        published(store, text("2"), expected={1})
    assert error.value.said(Language.ENGLISH) == (
        "rule set shanghai-default is at 1: this version was meant to follow another"
    )
    assert error.value.said(Language.CHINESE).startswith("规则集 shanghai-default 已为 1")
    assert published(store, text("2"), expected={2}).number == 3


def test_a_rule_set_is_not_published_without_a_reason(store: Store) -> None:
    with pytest.raises(InvalidValue, match="with a reason"):
        published(store, text("1"), reason="  ")


@pytest.mark.requirement("D0-12")
def test_to_publish_moves_the_count_that_the_worker_looks_at(store: Store) -> None:
    with store.read() as session:
        before = revision(session, "permits")
    published(store, text("1"))
    with store.read() as session:
        assert revision(session, "permits") == before + 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            text("1").replace("national@2026.12", "national"),
            ("extends", "expected a version as well, such as national@2026.12"),
        ),
        (
            text("1").replace("xiangyang@2026.12", "xiangyang"),
            ("comparator", "expected a version as well, such as xiangyang@2026.12"),
        ),
        (
            text("1").replace("national@2026.12", "national@1999"),
            ("extends", "expected a rule set that can be loaded, no circle"),
        ),
        (
            text("1").replace('jurisdiction = "shanghai"', 'jurisdiction = "pudong"'),
            ("jurisdiction", "expected shanghai, as it was in the version before"),
        ),
        (
            'purpose = "layer"\n' + text("1"),
            ("purpose", "expected supervision, as it was in the version before"),
        ),
        (
            text("1", rule_set="mine"),
            ("id", "expected a new version of shanghai-default, which is the rule set of shanghai"),
        ),
        (
            text("1").replace('basis = { status = "own proposal" }\n\n# ---', 'basis = { status = "demonstration" }\n\n# ---', 1),
            ("separation.horizontal_m: status", "expected a value that is meant for supervision"),
        ),
        (text("1").replace("window_s = 0.3", "window_s = 9"), ("reorder.window_s", "from 0 to 5")),
        (text("1").replace("window_s = 0.3", ""), ("reorder.window_s", "is None")),
    ],
)  # fmt: skip
@pytest.mark.requirement("D0-10")
def test_a_text_that_cannot_be_published_is_refused_by_path(
    closed_city: Store, given: str, expected: tuple[str, str]
) -> None:
    found = refused(closed_city, given)

    assert any(path == expected[0] and expected[1] in said for path, said in found), found


@pytest.mark.parametrize("begins", ["2026-11-28", "2027-01-01"])
def test_a_version_is_published_on_its_first_day_and_not_before(store: Store, begins: str) -> None:
    early = f"valid_from = {begins}\n" + text("1")
    with pytest.raises(RuleSetError, match="a version is published on its first day"):
        published(store, early)
    assert published(store, early.replace(begins, "2026-11-27")).version == "1"


@pytest.mark.requirement("D0-9")
def test_of_a_jurisdiction_one_rule_set_supervises_and_its_newest_version_is_in_force(
    store: Store,
) -> None:
    def supervising() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        with store.read() as session:
            for each in rule_sets.ids(session):
                sheet = rule_sets.sheet_of(session, each)
                if sheet.purpose is Purpose.SUPERVISION:
                    found.setdefault(sheet.jurisdiction, []).append(sheet.label)
        return found

    shipped = {
        "shanghai": ["shanghai-default@2026.12"],
        "pudong": ["pudong@2026.12"],
        "lingang": ["lingang@2026.12"],
    }
    assert supervising() == shipped
    published(store, text("2000"))
    assert supervising() == shipped | {"shanghai": ["shanghai-default@2000"]}


def test_a_district_may_have_a_rule_set_of_its_own(store: Store) -> None:
    jiading = (
        'id = "jiading"\nversion = "1"\njurisdiction = "jiading"\n'
        'extends = "shanghai-default@2026.12"\n'
    )
    made = published(store, jiading, expected={0})

    assert (made.label, made.number) == ("jiading@1", 1)
    with store.read() as session:
        assert "jiading" in rule_sets.ids(session)
        assert rule_sets.sheet_of(session, "jiading").layers[0] == "shanghai-default@2026.12"
    with pytest.raises(RuleSetConflict, match="rule set jiading is at 1"):
        published(store, jiading.replace('version = "1"', 'version = "2"'), expected={0})


def test_what_is_not_there_is_named(store: Store) -> None:
    with store.read() as session:
        for reference in ("nothing", "shanghai-default@1999", "nothing@1"):
            with pytest.raises(NoSuchRuleSet, match=reference):
                rule_sets.sheet_of(session, reference)


# --- permits -----------------------------------------------------------------------------------


def asked_for(store: Store, kind: PermitKind = PermitKind.ROAD_TEST) -> Permit:
    with store.write() as session:
        return permits.create(
            session, SWIFT, kind=kind, holder_id="swift", terms=terms("car-1"), at=NOON
        )


def until_review(store: Store, permit: Permit) -> Permit:
    steps = (
        (SWIFT, A.SUBMIT),
        (REVIEWER, A.ACCEPT),
        (REVIEWER, A.START_THIRD_PARTY_REVIEW),
        (REVIEWER, A.START_EXPERT_REVIEW),
        (REVIEWER, A.OPEN_JOINT_REVIEW),
    )
    for who, action in steps:
        permit = done(store, permit, who, action, UNDER)
    return permit


def done(
    store: Store,
    permit: Permit,
    who: Principal,
    action: PermitAction,
    under: Ruling,
    at: datetime = AFTER,
) -> Permit:
    with store.write() as session:
        return permits.apply_action(session, who, permit.number, action, at, "why", under=under)


@pytest.mark.requirement("D4c-1", "D0-6")
def test_nothing_is_granted_under_a_procedure_that_ran_out_and_the_refusal_names_it(
    store: Store,
) -> None:
    permit = until_review(store, asked_for(store))
    with pytest.raises(NotIssuable) as error:
        voted(store, permit, Ruling(shipped_sheet(SHANGHAI)), AFTER)

    said = error.value.said(Language.ENGLISH)
    assert said.startswith(f"cannot APPROVE permit {permit.number} under shanghai-default@2026.12")
    assert "沪经信规范〔2021〕3号" in said
    assert "ran out on 2026-10-31 and no successor or extension is configured" in said
    assert error.value.said(Language.CHINESE).startswith("不能依据 shanghai-default@2026.12")
    with store.read() as session:
        assert permits.get(session, SWIFT, permit.number) == permit


@pytest.mark.requirement("D4c-1", "D0-6")
def test_on_its_last_day_in_shanghai_it_still_grants(store: Store) -> None:
    under = Ruling(instruments_alone(shipped_sheet(SHANGHAI)))
    last, over = (
        datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 10, 31, 16, tzinfo=UTC),
    )
    permit = until_review(store, asked_for(store))
    with pytest.raises(NotIssuable):
        voted(store, permit, under, over)
    assert voted(store, permit, under, last).state is PermitState.APPROVED


@pytest.mark.requirement("D4c-1", "D0-6")
def test_what_grants_nothing_may_be_done_under_what_ran_out(store: Store) -> None:
    under = Ruling(shipped_sheet(SHANGHAI))
    permit = until_review(store, asked_for(store))

    assert voted(store, permit, under, AFTER, Choice.REJECT).state is PermitState.REJECTED


@pytest.mark.requirement("D4c-1", "D0-7")
def test_an_extension_that_was_published_lets_it_go_on(store: Store) -> None:
    published(store, text("1", EXTENSION))
    with store.read() as session:
        under = Ruling(rule_sets.sheet_of(session, SHANGHAI))
    permit = until_review(store, asked_for(store))

    assert voted(store, permit, under, AFTER).state is PermitState.APPROVED


@pytest.mark.requirement("D4c-1", "D0-7")
def test_so_does_one_in_the_settings_and_the_decision_says_so(store: Store) -> None:
    to_come, over = (date(2026, 12, 31), date(2026, 11, 26))
    sheet = instruments_alone(shipped_sheet(SHANGHAI))
    permit = until_review(store, asked_for(store))
    with pytest.raises(NotIssuable, match="ran out on 2026-11-26"):
        voted(store, permit, ruling(sheet, {"sh-icv-procedure": over}), AFTER)
    with pytest.raises(NotIssuable):
        voted(store, permit, ruling(sheet, {"another": to_come}), AFTER)
    voted(store, permit, ruling(sheet, {"sh-icv-procedure": to_come}), AFTER)

    with store.read() as session:
        steps = permits.changes(session, SWIFT, permit.number)
    assert steps[-1].rules == "shanghai-default@2026.12+sh-icv-procedure=2026-12-31"


@pytest.mark.requirement("D0-4")
def test_each_step_keeps_the_version_that_it_was_done_under(store: Store) -> None:
    permit = until_review(store, asked_for(store))
    published(store, text("1", EXTENSION))
    with store.read() as session:
        under = Ruling(rule_sets.sheet_of(session, SHANGHAI))
    voted(store, permit, under, AFTER)
    published(store, text("2", EXTENSION))

    with store.read() as session:
        steps = permits.changes(session, SWIFT, permit.number)
        kept = rule_sets.sheet_of(session, steps[-1].rules)
    assert [each.rules for each in steps] == ["demonstration@2026.12"] * 5 + ["shanghai-default@1"]
    assert kept.label == "shanghai-default@1"
