"""Whether an application is complete: all that is missing, in one list (一次性告知)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from permits.application import Application, ContentItem, DriverMode, Escalator, Subject
from permits.application_kinds import ITEM_NAMES, NEEDS, OFFICER_OF, Needs, Paper, When
from permits.document import Covered
from permits.document_kinds import COVERED_NAMES, KINDS, CoveredKind, DocumentKind
from permits.entries import Particulars, Person, PersonRole, Vehicle, VehicleCategory, kind_of
from permits.first_check_items import items_named
from permits.paper_words import Fault, PapersRefused, fault
from permits.rule_words import Language
from permits.states import PermitKind
from permits.terms import Terms


@dataclass(frozen=True, slots=True)
class Entered:
    """An entry of the register that an application names."""

    particulars: Particulars
    device_id: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Spared:
    """What need not be handed in because another jurisdiction has told of a vehicle (互认)."""

    recognised: Mapping[str, frozenset[DocumentKind]]
    """By the entry of each vehicle that is recognised: the papers that came with it."""
    waived: frozenset[DocumentKind]
    """What is not asked for where all vehicles are recognised."""


NOTHING_SPARED = Spared({}, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """All that has been handed in with an application, on the day on which it is looked at."""

    number: str
    kind: PermitKind
    holder_id: str
    terms: Terms
    application: Application
    entries: Mapping[str, Entered]
    papers: Mapping[Covered, frozenset[DocumentKind]]
    """The documents that count on the day, by what they are about."""
    asked_of: Mapping[str, frozenset[When]] = field(default_factory=dict)
    """What the class of each aircraft asks for, by the ids of the entries."""
    spared: Spared = NOTHING_SPARED
    subject: Subject = Subject.EITHER
    """Who may apply."""
    operating: tuple[str, ...] = ()
    """The organisations that run the service; nobody named is who applies."""
    modes: frozenset[str] | None = None
    """The control modes that its driver mode allows; ``None`` where the rule set says nothing."""
    unconsented: Mapping[str, str] = field(default_factory=dict)
    """By their entries the owners that have not consented that those are named."""
    untold: Mapping[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    """By device its format, and what of a first self-check (``first_check_items``) that has no word for."""
    misplaced: tuple[Fault, ...] = ()
    """The zones of its terms that the map does not let them name (``permits.places``)."""

    @property
    def asked(self) -> frozenset[When]:
        """What the classes of all its aircraft ask for together."""
        return frozenset(when for each in self.asked_of.values() for when in each)


class Incomplete(PapersRefused):
    """An application that is submitted before it is complete."""


def unrecognised(handed: Handed) -> tuple[str, ...]:
    """Return the vehicles that no other jurisdiction has told of; of none at all, that there is none."""
    vehicles = _of_kind(handed, CoveredKind.VEHICLE).keys()
    return tuple(sorted(vehicles - handed.spared.recognised.keys())) if vehicles else ("–",)


def missing(handed: Handed) -> tuple[Fault, ...]:
    """Return all that an application lacks; empty if it may be submitted."""
    needs = NEEDS[handed.kind]
    return (
        *_subject(handed),
        *_mode(handed, needs),
        *_entries(handed, needs),
        *unconsented(handed),
        *_devices(handed, needs),
        *handed.misplaced,
        *_untold(handed),
        *_people(handed, needs),
        *_content(handed, needs),
        *_escalators(handed, needs),
        *(each for paper in needs.papers for each in _paper(handed, paper)),
    )


def unconsented(handed: Handed) -> tuple[Fault, ...]:
    """Return what is named of others' without their consent; theirs is to be given by themselves."""
    return tuple(
        fault(f"entry_ids.{entry_id}", None, "consent of owner", owner=owner)
        for entry_id, owner in sorted(handed.unconsented.items())
    )


def _subject(handed: Handed) -> Iterator[Fault]:
    together = handed.application.consortium_id
    if handed.subject is Subject.SINGLE and together is not None:
        yield fault("consortium_id", together, "single subject")
    if handed.subject is Subject.CONSORTIUM and together is None:
        yield fault("consortium_id", None, "consortium")


def _mode(handed: Handed, needs: Needs) -> Iterator[Fault]:
    if needs.driver_mode and handed.application.driver_mode is None:
        yield fault("driver_mode", None, "one of", choice=", ".join(DriverMode))
    allowed = handed.modes if needs.driver_mode else None
    for mode in sorted(handed.terms.control_modes - allowed) if allowed else ():
        choice = ", ".join(sorted(allowed or ()))
        yield fault(f"terms.control_modes.{mode}", mode, "one of", choice=choice)


def _entries(handed: Handed, needs: Needs) -> Iterator[Fault]:
    if not _of_kind(handed, needs.moves):
        yield fault("entry_ids", None, "entry", kind=COVERED_NAMES[needs.moves])
    for entry_id, entry in handed.entries.items():
        if not entry.active:
            yield fault(f"entry_ids.{entry_id}", "out of service", "in service")
        if isinstance(entry.particulars, Vehicle):
            low_speed = entry.particulars.category is VehicleCategory.LOW_SPEED
            if low_speed != needs.low_speed:
                expected = "low speed" if needs.low_speed else "no low speed"
                yield fault(f"entry_ids.{entry_id}", entry.particulars.category, expected)


def _devices(handed: Handed, needs: Needs) -> Iterator[Fault]:
    """What moves under the permit must be known, and be seen: each device moves something named.

    And the other way round: what is named and does not report under it would count in its fleet.
    """
    moved = {each.device_id for each in handed.entries.values()}
    for device_id in sorted(handed.terms.device_ids - moved):
        yield fault(f"terms.device_ids.{device_id}", None, "entry of device")
    for entry_id in _of_kind(handed, needs.moves):
        own = handed.entries[entry_id].device_id
        if own not in handed.terms.device_ids:
            yield fault(f"entry_ids.{entry_id}", own, "device of terms")


def _untold(handed: Handed) -> Iterator[Fault]:
    """Name each device that the permit would wait for in vain, before anybody has examined anything."""
    for device_id, (codec, items) in sorted(handed.untold.items()):
        told = tuple(
            items_named(items, language) for language in (Language.ENGLISH, Language.CHINESE)
        )
        yield fault(f"terms.device_ids.{device_id}", codec, "format that tells", items=told)


def _people(handed: Handed, needs: Needs) -> Iterator[Fault]:
    roles = needs.people
    if needs.driver_mode and handed.application.driver_mode is not None:
        roles = (*roles, OFFICER_OF[handed.application.driver_mode])
    there = {role for each in _persons(handed) for role in each.roles}
    for role in roles:
        if role not in there:
            yield fault("entry_ids", None, "person", role=role)


def _content(handed: Handed, needs: Needs) -> Iterator[Fault]:
    for item in needs.content:
        if not _is_said(handed, item):
            yield fault(f"content.{item}", None, "content", item=ITEM_NAMES[item])


def _escalators(handed: Handed, needs: Needs) -> Iterator[Fault]:
    if needs.escalators and handed.application.escalators is None:
        yield fault("escalators", None, "list of", choice=", ".join(Escalator))


def _is_said(handed: Handed, item: ContentItem) -> bool:
    match item:
        case ContentItem.PILOTS:
            return any(PersonRole.PILOT in each.roles for each in _persons(handed))
        case ContentItem.AIRCRAFT:
            return bool(_of_kind(handed, CoveredKind.AIRCRAFT))
        case ContentItem.TIMES:
            return True  # no terms without a beginning and an end
        case ContentItem.ROUTE:
            terms = handed.terms
            area = bool(terms.zone_ids) or terms.corridor is not None
            return area and None not in (terms.max_height_agl_m, terms.max_speed_mps)
        case _:
            return bool(handed.application.content.get(item, "").strip())


def _paper(handed: Handed, paper: Paper) -> Iterator[Fault]:
    if handed.spared.waived.issuperset(paper.kinds) and _all_recognised(handed):
        return
    for covered in _about(handed, paper):
        if not _there(handed, covered) & set(paper.kinds):
            names = [KINDS[each] for each in paper.kinds]
            yield fault(
                f"{covered.kind}.{covered.key}.{paper.kinds[0]}",
                None,
                "paper",
                kind=(
                    " or ".join(each.english for each in names),
                    "或".join(each.chinese for each in names),
                ),
            )


def _there(handed: Handed, covered: Covered) -> frozenset[DocumentKind]:
    """Return the papers about something that count: handed in here, or come with its bundle."""
    brought = (
        handed.spared.recognised.get(covered.key, frozenset())
        if covered.kind is CoveredKind.VEHICLE
        else frozenset()
    )
    return handed.papers.get(covered, frozenset()) | brought


def _all_recognised(handed: Handed) -> bool:
    return not unrecognised(handed)


def _about(handed: Handed, paper: Paper) -> Iterator[Covered]:
    match paper.about:
        case CoveredKind.PERMIT:
            yield Covered(paper.about, handed.number)
        case CoveredKind.ORGANISATION if paper.when is When.OPERATES:
            for firm in handed.operating or (handed.holder_id,):
                yield Covered(paper.about, firm)
        case CoveredKind.ORGANISATION:
            if paper.when is When.ALWAYS or paper.when in handed.asked:
                yield Covered(paper.about, handed.holder_id)
        case CoveredKind.CONSORTIUM:
            if handed.application.consortium_id is not None:
                yield Covered(paper.about, handed.application.consortium_id)
        case _:
            for entry_id, particulars in _of_kind(handed, paper.about).items():
                if _is_asked(handed, paper.when, entry_id, particulars):
                    yield Covered(paper.about, entry_id)


def _is_asked(handed: Handed, when: When, entry_id: str, particulars: Particulars) -> bool:
    match when:
        case When.ALWAYS | When.OPERATES:
            return True
        case When.CARRIES_PEOPLE:
            carriers = (VehicleCategory.PASSENGER, VehicleCategory.BUS)
            return isinstance(particulars, Vehicle) and particulars.category in carriers
        case When.REMOTE:
            remote = PersonRole.REMOTE_OPERATOR
            return isinstance(particulars, Person) and remote in particulars.roles
        case When.INSURED if handed.application.commercial is not False:
            return True
        case When.AIRWORTHINESS | When.INSURED:
            return when in handed.asked_of.get(entry_id, frozenset())
        case When.PILOT_LICENCE | When.OPERATOR_CERTIFICATE:
            return when in handed.asked


def _persons(handed: Handed) -> list[Person]:
    found = (each.particulars for each in handed.entries.values())
    return [each for each in found if isinstance(each, Person)]


def _of_kind(handed: Handed, kind: CoveredKind) -> dict[str, Particulars]:
    return {
        entry_id: each.particulars
        for entry_id, each in handed.entries.items()
        if kind_of(each.particulars) is kind
    }
