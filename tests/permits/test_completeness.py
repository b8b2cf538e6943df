"""What an application of each kind must contain: everything that is missing is told at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from permits.application import (
    Application,
    ContentItem,
    DriverMode,
    Escalator,
    Subject,
    application_from_json,
    application_to_json,
)
from permits.application_kinds import ITEM_NAMES, NEEDS, When
from permits.applied_for import bound, modes_of, subject_of
from permits.completeness import Entered, Handed, Spared, missing, unrecognised
from permits.document import Covered
from permits.document_kinds import KINDS, CoveredKind, DocumentKind
from permits.entries import Aircraft, Person, PersonRole, Vehicle, VehicleCategory, Vessel
from permits.rule_words import Language
from permits.sheet import read_sheet
from permits.states import PermitKind
from permits.terms import Terms

Load = Callable[[str], str]
CAR = Vehicle(
    vin="1M8GDM9AXKP042788",
    brand="Swift",
    model="S1",
    configuration="L4",
    category=VehicleCategory.PASSENGER,
    automation_level=4,
    software_version="1",
    hardware_version="A",
    mass_kg=1500.0,
)
KITE = Aircraft(upic="1581F5FH7K3LM0000001", model="K1", empty_mass_kg=1.0, takeoff_mass_kg=1.5)


def person(*roles: PersonRole) -> Entered:
    return Entered(Person(name="An", id_number="E1234567", roles=roles))


def terms(*device_ids: str, **given: float) -> Terms:
    return Terms(
        device_ids=frozenset(device_ids),
        zone_ids=frozenset({"road-1"}),
        valid_from=datetime(2026, 5, 4, tzinfo=UTC),
        valid_to=datetime(2026, 11, 4, tzinfo=UTC),
        max_height_agl_m=given.get("height_m"),
        max_speed_mps=given.get("speed_mps"),
    )


ROAD = Handed(
    number="RT-1",
    kind=PermitKind.ROAD_TEST,
    holder_id="swift",
    terms=terms("car-1"),
    application=Application(DriverMode.DRIVER_SEATED),
    entries={"S-1": Entered(CAR, "car-1"), "an": person(PersonRole.SAFETY_OFFICER)},
    papers={},
)
FLIGHT = Handed(
    number="FA-1",
    kind=PermitKind.FLIGHT_ACTIVITY,
    holder_id="kite",
    terms=terms("uav-1", height_m=100.0, speed_mps=15.0),
    application=Application(content=dict.fromkeys(ContentItem, "said")),
    entries={"K-1": Entered(KITE, "uav-1"), "bo": person(PersonRole.PILOT)},
    papers={},
)


def with_papers(handed: Handed) -> Handed:
    """Hand in every paper that is missing."""
    papers: dict[Covered, set[DocumentKind]] = {}
    for each in paths(handed):
        about, _, rest = each.partition(".")
        key, _, kind = rest.rpartition(".")
        papers.setdefault(Covered(CoveredKind(about), key), set()).add(DocumentKind(kind))
    return replace(handed, papers={about: frozenset(kinds) for about, kinds in papers.items()})


def paths(handed: Handed) -> list[str]:
    return [each.path for each in missing(handed)]


@pytest.mark.requirement("D4b-2")
def test_an_application_for_a_road_test_lacks_its_sixteen_materials_and_no_more() -> None:
    assert paths(ROAD) == [
        "organisation.swift.BUSINESS_LICENCE",
        "permit.RT-1.SELF_DECLARATION",
        "permit.RT-1.AUTHORISATION",
        "permit.RT-1.ODD_STATEMENT",
        "permit.RT-1.ODD_MAPPING",
        "permit.RT-1.MONITORING_PROMISE",
        "permit.RT-1.DATA_PROMISE",
        "permit.RT-1.ACCIDENT_PROMISE",
        "permit.RT-1.TEST_PLAN",
        "permit.RT-1.TEST_EVIDENCE",
        "vehicle.S-1.FACTORY_CERTIFICATE",
        "vehicle.S-1.NO_LOSS_OF_SAFETY",
        "vehicle.S-1.SAFETY_INSPECTION",
        "vehicle.S-1.NETWORK_RISK_ASSESSMENT",
        "vehicle.S-1.THIRD_PARTY_REPORT",
        "vehicle.S-1.COMPULSORY_INSURANCE",
        "vehicle.S-1.LIABILITY_INSURANCE",
        "person.an.EMPLOYMENT_CONTRACT",
        "person.an.DRIVING_LICENCE",
        "person.an.DRIVING_RECORD",
        "person.an.TRAINING_RECORD",
    ]
    assert missing(with_papers(ROAD)) == ()


def test_what_is_missing_is_told_in_both_languages() -> None:
    insurance = missing(ROAD)[16]
    assert insurance.said(Language.ENGLISH) == (
        "vehicle.S-1.LIABILITY_INSURANCE is missing: expected a liability insurance or letter of "
        "guarantee that counts today, with its file"
    )
    assert insurance.said(Language.CHINESE) == (
        "缺少 vehicle.S-1.LIABILITY_INSURANCE：应为今日有效且附有文件的事故责任保险或事故赔偿保函"
    )


def test_a_letter_of_guarantee_serves_instead_of_the_insurance() -> None:
    full = with_papers(ROAD)
    car = Covered(CoveredKind.VEHICLE, "S-1")
    without = full.papers[car] - {DocumentKind.LIABILITY_INSURANCE}
    assert paths(replace(full, papers={**full.papers, car: without})) == [
        "vehicle.S-1.LIABILITY_INSURANCE"
    ]
    letter = without | {DocumentKind.GUARANTEE_LETTER}
    assert paths(replace(full, papers={**full.papers, car: letter})) == []


@pytest.mark.requirement("D4a-5")
@pytest.mark.parametrize(
    ("mode", "role"),
    [
        (DriverMode.DRIVER_SEATED, PersonRole.SAFETY_OFFICER),
        (DriverMode.PASSENGER_SEAT_OFFICER, PersonRole.SAFETY_OFFICER),
        (DriverMode.REMOTE_DRIVERLESS, PersonRole.REMOTE_OPERATOR),
    ],
)
def test_who_can_take_over_follows_from_the_driver_mode(mode: DriverMode, role: PersonRole) -> None:
    nobody = replace(ROAD, application=Application(mode), entries={"S-1": Entered(CAR, "car-1")})
    (who,) = (each for each in missing(nobody) if each.path == "entry_ids")
    assert role in who.said(Language.ENGLISH)
    there = replace(nobody, entries={**nobody.entries, "an": person(role)})
    assert "entry_ids" not in paths(there)
    remote = "person.an.REMOTE_PRACTICE" in paths(there)
    assert remote == (role is PersonRole.REMOTE_OPERATOR)
    assert "driver_mode" in paths(replace(ROAD, application=Application()))


@pytest.mark.requirement("D4a-5")
def test_what_the_driver_mode_does_not_allow_is_not_applied_for(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    asked = replace(ROAD.terms, control_modes=frozenset({"AUTONOMOUS", "REMOTE"}))
    for mode, refused in (
        (DriverMode.DRIVER_SEATED, ["terms.control_modes.REMOTE"]),
        (DriverMode.PASSENGER_SEAT_OFFICER, ["terms.control_modes.REMOTE"]),
        (DriverMode.REMOTE_DRIVERLESS, []),
    ):
        modes = modes_of(sheet, mode)
        handed = replace(ROAD, terms=asked, modes=modes)
        assert [each for each in paths(handed) if "control_modes" in each] == refused
        assert bound(asked, modes).control_modes == asked.control_modes & (modes or frozenset())
        assert bound(ROAD.terms, modes).control_modes == modes, "none named would allow any"
    only = replace(asked, control_modes=frozenset({"REMOTE"}))
    seated = modes_of(sheet, DriverMode.DRIVER_SEATED)
    assert bound(only, seated).control_modes == seated, "nothing left would allow any"
    assert bound(asked, modes_of(sheet, None)) == asked


@pytest.mark.requirement("D4a-14")
def test_who_may_apply_is_the_rule_sets_by_kind(load: Load) -> None:
    sheet = read_sheet(load("shanghai-default"), load)
    alone, together = ROAD.application, replace(ROAD.application, consortium_id="both")

    def lacks(kind: PermitKind, application: Application) -> list[str]:
        handed = replace(ROAD, kind=kind, application=application, subject=subject_of(sheet, kind))
        return [each for each in paths(handed) if each == "consortium_id"]

    assert lacks(PermitKind.ROAD_TEST, alone) == []
    assert lacks(PermitKind.ROAD_TEST, together) == ["consortium_id"]
    assert lacks(PermitKind.DEMO_APPLICATION, alone) == []
    assert lacks(PermitKind.DEMO_APPLICATION, together) == []
    assert lacks(PermitKind.DEMO_OPERATION, alone) == ["consortium_id"]
    assert lacks(PermitKind.DEMO_OPERATION, together) == []
    assert subject_of(sheet, PermitKind.VESSEL_TRIAL) is Subject.EITHER


@pytest.mark.requirement("D4a-14")
def test_the_transport_licence_is_that_of_the_operating_unit() -> None:
    service = replace(ROAD, kind=PermitKind.DEMO_OPERATION)
    assert "organisation.swift.TRANSPORT_LICENCE" in paths(service)
    run = paths(replace(service, operating=("transit", "coach")))
    licences = [each for each in run if each.endswith("TRANSPORT_LICENCE")]
    assert licences == [
        "organisation.transit.TRANSPORT_LICENCE", "organisation.coach.TRANSPORT_LICENCE",
    ]  # fmt: skip
    assert "organisation.swift.BUSINESS_LICENCE" in run


@pytest.mark.requirement("D4b-2")
def test_an_empty_application_names_what_it_is_about_and_each_of_its_devices() -> None:
    empty = replace(ROAD, application=Application(), entries={}, terms=terms("car-1", "car-2"))
    assert paths(empty)[:4] == [
        "driver_mode", "entry_ids", "terms.device_ids.car-1", "terms.device_ids.car-2",
    ]  # fmt: skip


@pytest.mark.requirement("D4b-2")
def test_a_vehicle_that_would_not_report_under_the_permit_does_not_count_in_its_fleet() -> None:
    elsewhere = replace(ROAD, entries={**ROAD.entries, "S-2": Entered(CAR, "car-2")})
    unseen = replace(ROAD, entries={**ROAD.entries, "S-2": Entered(CAR)})
    assert [paths(each)[0] for each in (elsewhere, unseen)] == ["entry_ids.S-2"] * 2
    assert paths(replace(elsewhere, terms=terms("car-1", "car-2")))[0] != "entry_ids.S-2"


@pytest.mark.requirement("D4b-2", "D4b-25")
def test_a_device_that_the_permit_would_wait_for_in_vain_is_named() -> None:
    deaf = replace(ROAD, untold={"car-1": ("jt808", frozenset({"control_mode"}))})
    (found,) = (each for each in missing(deaf) if each.path == "terms.device_ids.car-1")
    assert found.said(Language.ENGLISH) == (
        "terms.device_ids.car-1 is jt808: expected a format in which a unit tells its control mode, "
        "which the permit would wait for"
    )
    assert "能够上报控制模式的数据格式" in found.said(Language.CHINESE)
    assert "terms.device_ids.car-1" not in paths(ROAD)


def test_a_vehicle_that_is_out_of_service_or_of_another_kind_is_named() -> None:
    low = replace(CAR, category=VehicleCategory.LOW_SPEED, vin=None, code="SH-1")
    wrong = replace(ROAD, entries={**ROAD.entries, "S-2": Entered(low, None, active=False)})
    assert paths(wrong)[:2] == ["entry_ids.S-2", "entry_ids.S-2"]
    device = replace(ROAD, kind=PermitKind.LOW_SPEED_TEST)
    assert "entry_ids.S-1" in paths(device)
    low_speed = replace(
        device,
        entries={"S-2": Entered(low, "car-1"), "an": person(PersonRole.REMOTE_OPERATOR)},
        application=Application(),
    )
    assert [each for each in paths(low_speed) if each.startswith("entry_ids")] == []
    assert missing(with_papers(low_speed)) == ()


@pytest.mark.requirement("D4a-2")
def test_whoever_carries_people_insures_their_seats() -> None:
    demo = replace(ROAD, kind=PermitKind.DEMO_APPLICATION)
    assert "vehicle.S-1.SEAT_INSURANCE" in paths(demo)
    goods = Entered(replace(CAR, category=VehicleCategory.GOODS), "car-1")
    carrying = replace(demo, entries={**demo.entries, "S-1": goods})
    assert "vehicle.S-1.SEAT_INSURANCE" not in paths(carrying)


@pytest.mark.requirement("D4a-14")
def test_a_consortium_says_who_is_liable_for_what() -> None:
    together = replace(ROAD, application=Application(DriverMode.DRIVER_SEATED, "both"))
    assert "consortium.both.LIABILITY_SPLIT" in paths(together)


@pytest.mark.requirement("D4a-4")
def test_a_commercial_operation_needs_product_access_and_a_transport_licence() -> None:
    found = paths(replace(ROAD, kind=PermitKind.COMMERCIAL_OPERATION))
    assert "vehicle.S-1.PRODUCT_ACCESS" in found
    assert "organisation.swift.TRANSPORT_LICENCE" in found


@pytest.mark.requirement("D4b-2")
def test_an_application_for_a_flight_says_the_thirteen_things_of_the_law() -> None:
    assert len(ContentItem) == len(ITEM_NAMES) == 13
    bare = replace(FLIGHT, application=Application(), entries={}, terms=terms())
    said = [each.removeprefix("content.") for each in paths(bare) if each.startswith("content.")]
    assert said == [each for each in ContentItem if each is not ContentItem.TIMES]
    assert [each for each in paths(FLIGHT) if each.startswith("content.")] == []
    assert missing(with_papers(FLIGHT)) == ()
    blank = replace(
        FLIGHT,
        application=Application(content={**FLIGHT.application.content, ContentItem.TASK: "  "}),
    )
    assert "content.task" in paths(blank)


def test_what_the_class_of_an_aircraft_asks_for_is_asked_of_it_its_pilot_and_its_operator() -> None:
    asked = replace(
        FLIGHT,
        asked_of={
            "K-1": frozenset({When.AIRWORTHINESS, When.PILOT_LICENCE, When.OPERATOR_CERTIFICATE})
        },
    )
    assert set(paths(asked)) - set(paths(FLIGHT)) == {
        "aircraft.K-1.AIRWORTHINESS",
        "person.bo.PILOT_LICENCE",
        "organisation.kite.OPERATOR_CERTIFICATE",
    }


@pytest.mark.requirement("D4a-16")
def test_an_emergency_asks_for_less() -> None:
    urgent = replace(FLIGHT, kind=PermitKind.EMERGENCY_FLIGHT, application=Application())
    assert [each for each in paths(urgent) if each.startswith("content.")] == [
        "content.task", "content.communication", "content.emergency_procedure",
    ]  # fmt: skip
    assert paths(replace(FLIGHT, kind=PermitKind.EMERGENCY_FLIGHT)) == [
        "aircraft.K-1.REALNAME_REGISTRATION"
    ]


def test_every_kind_has_its_needs_and_each_paper_may_be_about_what_it_is_asked_about() -> None:
    assert set(NEEDS) == set(PermitKind)
    for needs in NEEDS.values():
        for paper in needs.papers:
            for kind in paper.kinds:
                assert paper.about in KINDS[kind].about, (paper.about, kind)


def test_an_application_is_written_and_read_as_it_is() -> None:
    full = Application(
        DriverMode.REMOTE_DRIVERLESS, "both", ("S-1", "an"), {ContentItem.TASK: "巡检"}
    )
    assert application_from_json(application_to_json(full)) == full
    assert application_from_json({}) == Application()
    with pytest.raises(ValueError, match="expected a list of entries"):
        application_from_json({"entry_ids": 1})


def lacks(handed: Handed) -> set[str]:
    return {each.path for each in missing(handed)}


BROUGHT = frozenset({DocumentKind.THIRD_PARTY_REPORT})
EVIDENCE = frozenset({DocumentKind.TEST_EVIDENCE})


@pytest.mark.requirement("D6-3")
def test_what_came_with_a_recognised_vehicle_counts_for_it_and_what_is_waived_is_not_asked() -> (
    None
):
    before = lacks(ROAD)
    after = lacks(replace(ROAD, spared=Spared({"S-1": BROUGHT}, EVIDENCE)))

    spared = {"vehicle.S-1.THIRD_PARTY_REPORT", "permit.RT-1.TEST_EVIDENCE"}
    assert before - after == spared
    assert after <= before


@pytest.mark.requirement("D6-3")
def test_with_a_vehicle_that_nobody_recognises_nothing_is_waived() -> None:
    other = replace(CAR, vin="1M8GDM9AXKP042789")
    two = replace(ROAD, entries={**ROAD.entries, "S-2": Entered(other, "car-2")})
    after = lacks(replace(two, spared=Spared({"S-1": BROUGHT}, EVIDENCE)))

    assert lacks(two) - after == {"vehicle.S-1.THIRD_PARTY_REPORT"}
    assert lacks(replace(ROAD, spared=Spared({}, EVIDENCE))) == lacks(ROAD)
    assert unrecognised(replace(two, spared=Spared({"S-1": BROUGHT}, EVIDENCE))) == ("S-2",)
    assert unrecognised(replace(ROAD, entries={}, spared=Spared({"S-1": BROUGHT}, EVIDENCE))) == (
        "–",
    )
    assert unrecognised(replace(ROAD, spared=Spared({"S-1": BROUGHT}, EVIDENCE))) == ()


@pytest.mark.requirement("D6-3")
def test_a_paper_about_a_person_does_not_come_with_a_vehicle() -> None:
    licence = frozenset({DocumentKind.DRIVING_LICENCE})

    assert "person.an.DRIVING_LICENCE" in lacks(
        replace(ROAD, spared=Spared({"an": licence}, frozenset()))
    )


ENTRIES = {
    CoveredKind.VEHICLE: Entered(CAR, "car-1"),
    CoveredKind.AIRCRAFT: Entered(KITE, "car-1"),
    CoveredKind.VESSEL: Entered(Vessel(name="Boat", length_m=6.0, mmsi="413000001", mass_degree=3), "car-1"),
}  # fmt: skip
DEVICE = Entered(replace(CAR, vin=None, code="L-1", category=VehicleCategory.LOW_SPEED), "car-1")


def filled(kind: PermitKind) -> Handed:
    """An application of a kind with all its papers, from everybody and for every class."""
    needs = NEEDS[kind]
    moved = DEVICE if needs.low_speed else ENTRIES[needs.moves]
    handed = Handed(
        number="P-1",
        kind=kind,
        holder_id="swift",
        terms=terms("car-1", height_m=100.0, speed_mps=15.0),
        application=Application(
            DriverMode.REMOTE_DRIVERLESS if needs.driver_mode else None,
            "co-1",
            content=dict.fromkeys(ContentItem, "said"),
            escalators=frozenset() if needs.escalators else None,
        ),
        entries={"S-1": moved, "an": person(*PersonRole)},
        papers={},
        asked_of={"S-1": frozenset(When)},
    )
    return with_papers(handed)


@pytest.mark.requirement("D4b-2")
@pytest.mark.parametrize("kind", PermitKind)
def test_each_paper_that_does_not_count_is_named_and_nothing_else(kind: PermitKind) -> None:
    handed = filled(kind)
    assert paths(handed) == []
    assert sum(map(len, handed.papers.values())) >= len(NEEDS[kind].papers)
    for about, kinds in handed.papers.items():
        for paper in kinds:
            # One that has run out, was withdrawn, has no file or is somebody else's is not among them.
            left = {**handed.papers, about: kinds - {paper}}
            assert paths(replace(handed, papers=left)) == [f"{about.kind}.{about.key}.{paper}"]
            foreign = {**left, Covered(about.kind, "another"): frozenset({paper})}
            assert paths(replace(handed, papers=foreign)) == [f"{about.kind}.{about.key}.{paper}"]


@pytest.mark.requirement("D4c-44")
@pytest.mark.parametrize("kind", [PermitKind.SUITABLE_AIRSPACE_FLIGHT, PermitKind.EXEMPT_FLIGHT])
def test_a_flight_that_nobody_applies_for_declares_what_would_ask_for_a_permit(
    kind: PermitKind,
) -> None:
    handed = filled(kind)
    silent = replace(handed, application=replace(handed.application, escalators=None))
    (lacks,) = missing(silent)
    assert lacks.said(Language.ENGLISH).startswith(
        "escalators is missing: expected a list of those"
    )
    assert lacks.said(Language.CHINESE).startswith("缺少 escalators")
    some = replace(handed.application, escalators=frozenset({Escalator.RELAY, Escalator.SWARM}))
    assert missing(replace(handed, application=some)) == (), "it is complete, and not met"
    assert application_from_json(application_to_json(some)) == some
    old = application_to_json(some)
    del old["escalators"]
    assert application_from_json(old).escalators is None, (
        "what was stored before says nothing of it"
    )


@pytest.mark.requirement("D4c-37")
@pytest.mark.parametrize(
    ("commercial", "by_class", "asked"),
    [(None, False, True), (True, False, True), (False, False, False), (False, True, True)],
)
def test_a_private_flight_of_a_class_that_is_insured_only_for_business_needs_no_policy(
    *, commercial: bool | None, by_class: bool, asked: bool
) -> None:
    handed = filled(PermitKind.FLIGHT_ACTIVITY)
    application = replace(handed.application, commercial=commercial)
    insured = DocumentKind.LIABILITY_INSURANCE
    about = Covered(CoveredKind.AIRCRAFT, "S-1")
    given = replace(
        handed,
        application=application,
        asked_of={"S-1": frozenset({When.INSURED} if by_class else ())},
        papers={**handed.papers, about: handed.papers[about] - {insured}},
    )
    assert ([f"aircraft.S-1.{insured}"] if asked else []) == paths(given)
    assert application_from_json(application_to_json(application)) == application
