"""Whether the map lets terms name a zone, and what is said where it does not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from permits.place_words import fault_of, standing_said, use_name
from permits.places import (
    DOMAIN_OF,
    Amiss,
    Mapped,
    Misplaced,
    Named,
    Standing,
    Use,
    amiss,
    closed,
    in_the_way,
    misplaced,
    named_in,
    standing_of,
)
from permits.rule_words import Language
from permits.states import Family
from permits.terms import Terms

ROAD = Mapped(in_force=True, is_place=True, is_lifted=False, domains=frozenset({"road"}))
GONE = replace(ROAD, in_force=False)
LIFTED = replace(ROAD, is_place=False, is_lifted=True)
PROHIBITED = replace(ROAD, is_place=False)
SKY = replace(ROAD, domains=frozenset({"air"}))
TERMS = Terms(
    frozenset({"car-1"}),
    frozenset({"road-1", "road-2"}),
    datetime(2026, 5, 4, tzinfo=UTC),
    datetime(2026, 6, 4, tzinfo=UTC),
    transfer_zone_ids=frozenset({"ramp"}),
    exempt_zone_ids=frozenset({"school"}),
)


@pytest.mark.requirement("D4b-79")
@pytest.mark.parametrize(
    ("use", "found", "why"),
    [
        (Use.PERMITTED, ROAD, None),
        (Use.TRANSFER, ROAD, None),
        (Use.EXEMPT, LIFTED, None),
        (Use.PERMITTED, None, Amiss.UNKNOWN),
        (Use.EXEMPT, None, Amiss.UNKNOWN),
        (Use.TRANSFER, GONE, Amiss.WITHDRAWN),
        (Use.PERMITTED, PROHIBITED, Amiss.NO_PLACE),
        (Use.PERMITTED, LIFTED, Amiss.NO_PLACE),
        (Use.EXEMPT, ROAD, Amiss.NOT_LIFTED),
        (Use.EXEMPT, PROHIBITED, Amiss.NOT_LIFTED),
        (Use.PERMITTED, SKY, Amiss.OTHER_DOMAIN),
    ],
)
def test_a_zone_is_named_as_what_the_map_has_it(
    use: Use, found: Mapped | None, why: Amiss | None
) -> None:
    assert amiss(use, "road", found) is why


@pytest.mark.requirement("D4b-79")
def test_every_zone_of_terms_is_asked_but_those_that_are_suspended() -> None:
    named = [(each.use.value, each.zone_id) for each in named_in(TERMS)]
    assert named == [
        ("zone_ids", "road-1"),
        ("zone_ids", "road-2"),
        ("transfer_zone_ids", "ramp"),
        ("exempt_zone_ids", "school"),
    ]
    on_map = {"road-1": ROAD, "road-2": GONE, "ramp": ROAD, "school": PROHIBITED}
    assert misplaced(TERMS, Family.ROAD, on_map) == (
        (Named(Use.PERMITTED, "road-2"), Amiss.WITHDRAWN),
        (Named(Use.EXEMPT, "school"), Amiss.NOT_LIFTED),
    )
    over = misplaced(TERMS, Family.ROAD, on_map | {"school": replace(LIFTED, in_force=False)})
    assert [each.named.zone_id for each in over] == ["road-2", "school"]
    assert [each.named.zone_id for each in in_the_way(over)] == ["road-2"]
    halted = replace(TERMS, suspended_zone_ids=frozenset({"road-2"}))
    assert [each.named.zone_id for each in misplaced(halted, Family.ROAD, on_map)] == ["school"]


@pytest.mark.requirement("D4b-26")
def test_a_place_is_closed_that_is_gone_or_was_drawn_anew_as_what_none_can_be_in() -> None:
    def found(**on_map: Mapped) -> set[str]:
        its = {name.replace("_", "-"): each for name, each in on_map.items()}
        return set(closed(DOMAIN_OF[Family.ROAD], its))

    assert found() == set(), "of what the map never had nothing is known"
    assert found(road_1=ROAD, road_2=GONE, ramp=PROHIBITED) == {"road-2", "ramp"}
    assert found(road_1=SKY, road_2=LIFTED, ramp=ROAD) == {"road-1", "road-2"}


@pytest.mark.requirement("D4b-79")
@pytest.mark.parametrize(
    ("zone_id", "found", "standing"),
    [
        ("road-1", ROAD, Standing.IN_FORCE),
        ("road-2", ROAD, Standing.SUSPENDED),
        ("road-2", GONE, Standing.WITHDRAWN),
        ("road-1", None, Standing.UNKNOWN),
        ("road-1", SKY, Standing.UNFIT),
    ],
)
def test_how_a_zone_stands_is_told_what_is_gone_before_what_is_suspended(
    zone_id: str, found: Mapped | None, standing: Standing
) -> None:
    terms = replace(TERMS, suspended_zone_ids=frozenset({"road-2"}))
    assert standing_of(Named(Use.PERMITTED, zone_id), terms, "road", found) is standing


@pytest.mark.requirement("D4b-79")
def test_what_is_wrong_with_a_zone_says_what_was_expected_and_what_may_have_been_meant() -> None:
    found = Misplaced(Named(Use.PERMITTED, "seg-demo-X"), Amiss.UNKNOWN)
    told = fault_of(found, Family.ROAD, ("seg-demo-1", "seg-demo-2"))
    assert told.said(Language.ENGLISH) == (
        "terms.zone_ids is seg-demo-X: expected a place that permits may name (keep_in) of the map "
        "for vehicles, such as seg-demo-1 or seg-demo-2; no zone of this id is on the map "
        "(`zone map list` and GET /api/zones list all)"
    )
    assert told.said(Language.CHINESE) == (
        "terms.zone_ids 为 seg-demo-X：应为地图上适用于车辆的可由许可载明的区域或路段（keep_in），"
        "例如 seg-demo-1或 seg-demo-2；地图上没有该标识的区域"
        "（`zone map list` 与 GET /api/zones 可列出全部）"
    )


@pytest.mark.requirement("D4b-79")
def test_of_a_keep_out_zone_that_is_gone_it_is_not_said_that_anybody_is_outside() -> None:
    assert "is outside" in standing_said(Use.PERMITTED, Standing.WITHDRAWN, Language.ENGLISH)
    assert "keeps nobody out" in standing_said(Use.EXEMPT, Standing.WITHDRAWN, Language.ENGLISH)


@pytest.mark.requirement("D4b-79")
def test_every_use_every_reason_and_every_standing_has_words_in_both_languages() -> None:
    for language in Language:
        for use in Use:
            assert len({standing_said(use, each, language) for each in Standing}) == len(Standing)
        assert len({use_name(each, language) for each in Use}) == len(Use)
        said = {
            fault_of(Misplaced(Named(use, "x"), why), family).said(language)
            for use in Use
            for why in Amiss
            for family in Family
        }
        assert len(said) == len(Use) * len(Amiss) * len(set(DOMAIN_OF.values()))
