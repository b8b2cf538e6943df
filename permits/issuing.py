"""Whether permits may be issued under a rule set on a day: who has run out, and what goes on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from permits.catalogue import decides, name_of
from permits.life_cycle import Family, PermitAction
from permits.parameters import Extension, Instrument, Parameter
from permits.permit import Permit, PermitError
from permits.rule_words import Language, words
from permits.sheet import Sheet
from permits.working_calendar import WEEKDAYS_ALONE, WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing may be issued: an instrument, a value, or the rule set itself, is not in force."""

    key: str
    """Of the instrument or value; the label of the rule set where it is that."""
    title: str
    title_zh: str
    why: str
    """``not yet``, ``ran out``, ``value ran out`` or ``set ran out``, as in ``WORDS``."""
    day: date
    """Its first day, or the last one."""
    on: date

    def said(self, language: Language) -> str:
        """Return it for a person to read, by name."""
        named = words("names", language, title=self.title, title_zh=self.title_zh)
        return words(self.why, language, named=named, day=self.day, on=self.on)

    def __str__(self) -> str:
        return self.said(Language.ENGLISH)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a decision is made under: a version of a rule set, and what a deployment extends beside it."""

    sheet: Sheet
    extended: tuple[tuple[str, date], ...] = ()
    """Instruments that the settings extend, and until when."""
    calendar: WorkingCalendar = WEEKDAYS_ALONE
    """The working days that its deadlines are counted by."""
    elsewhere: Callable[[str], "Ruling | None"] | None = field(
        default=None, repr=False, compare=False
    )
    """Finds what is decided under in a jurisdiction, by the name that a permit has of it."""

    @property
    def label(self) -> str:
        """Identity and version, as the decision stores it."""
        return "+".join((self.sheet.label, *(f"{key}={day}" for key, day in self.extended)))

    def of(self, permit: Permit) -> "Ruling":
        """Return what is decided under in the jurisdiction of a permit, from that of any other.

        Raises:
            NoRuling: nobody here has the rule set of its jurisdiction.
        """
        found = self.there(permit.jurisdiction)
        if found is None:
            raise NoRuling(permit)
        return found

    def there(self, jurisdiction: str) -> "Ruling | None":
        """Return what is decided under in a jurisdiction; ``None`` where nobody has its rule set."""
        if self.elsewhere is not None:
            return self.elsewhere(jurisdiction)
        # Made of one rule set alone: for a permit that is of another nothing here decides.
        return self if jurisdiction in {"", self.sheet.rule_set_id} else None


class NoRuling(PermitError):
    """A permit is of a jurisdiction whose rule set nobody has here any more."""

    def __init__(self, permit: Permit) -> None:
        self.number = permit.number
        self.jurisdiction = permit.jurisdiction
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return words("no ruling", language, number=self.number, jurisdiction=self.jurisdiction)


class NotIssuable(PermitError):
    """Something would be granted under an instrument or a rule set that is not in force."""

    def __init__(
        self, permit: Permit, action: PermitAction, label: str, found: tuple[Refusal, ...]
    ) -> None:
        self.number = permit.number
        self.action = action
        self.label = label
        self.refusals = found
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return words(
            "not issuable",
            language,
            action=self.action,
            number=self.number,
            label=self.label,
            reasons="; ".join(each.said(language) for each in self.refusals),
        )


def ruling(
    sheet: Sheet,
    extended: Mapping[str, date] | None = None,
    calendar: WorkingCalendar = WEEKDAYS_ALONE,
    elsewhere: Callable[[str], Ruling | None] | None = None,
) -> Ruling:
    """Return what decisions are made under; ``extended``: by the settings, instrument → last day."""
    known = {key: day for key, day in (extended or {}).items() if key in sheet.instruments}
    more = {
        key: Extension(key, day, "the settings of this installation", "ZONE_RULE_EXTENSIONS")
        for key, day in known.items()
        if key not in sheet.extensions or sheet.extensions[key].valid_to < day
    }
    if not more:
        return Ruling(sheet, calendar=calendar, elsewhere=elsewhere)
    ends = tuple((key, each.valid_to) for key, each in sorted(more.items()))
    extended_sheet = replace(sheet, extensions={**sheet.extensions, **more})
    return Ruling(extended_sheet, ends, calendar, elsewhere)


def require_issuable(under: Ruling, permit: Permit, action: PermitAction, at: datetime) -> None:
    """Refuse to grant anything under what is not in force; what is no grant is not asked.

    Raises:
        NotIssuable: names each instrument that is not in force on that day in Shanghai.
    """
    found = refusals(under.sheet, legal_day(at), permit.family)
    if found:
        raise NotIssuable(permit, action, under.label, found)


def legal_day(at: datetime) -> date:
    """Return the day that a moment belongs to in law: that of Asia/Shanghai."""
    return at.astimezone(SHANGHAI).date()


def refusals(sheet: Sheet, on: date, family: Family | None = None) -> tuple[Refusal, ...]:
    """Return why nothing may be issued on a day; empty if it may.

    Without a family the instruments of all families count.
    """
    families = frozenset(Family) if family is None else frozenset({family})
    return (
        *_of_the_set(sheet, on),
        *_of_values(sheet, families, on),
        *(
            refusal
            for instrument in sheet.instruments.values()
            if instrument.families & families and not instrument.replaces
            for refusal in _of_line(instrument, sheet, on)
        ),
    )


def may_issue(sheet: Sheet, on: date, family: Family | None = None) -> bool:
    """Tell whether every instrument that permits rest on is in force or extended on a day."""
    return not refusals(sheet, on, family)


def holds(parameter: Parameter, sheet: Sheet, on: date) -> bool:
    """Tell whether a value holds on a day: by days of its own, else by those of its instrument."""
    if parameter.valid_from is not None or parameter.valid_to is not None:
        begun = parameter.valid_from is None or parameter.valid_from <= on
        return begun and (parameter.valid_to is None or on <= parameter.valid_to)
    instrument = sheet.instruments.get(parameter.instrument)
    return instrument is None or not tuple(_of_line(instrument, sheet, on))


def _of_the_set(sheet: Sheet, on: date) -> Iterator[Refusal]:
    named = (sheet.label, sheet.title, sheet.title_zh)
    if sheet.valid_from is not None and on < sheet.valid_from:
        yield Refusal(*named, "not yet", sheet.valid_from, on)
    if sheet.valid_to is not None and sheet.valid_to < on:
        yield Refusal(*named, "set ran out", sheet.valid_to, on)


def _of_values(sheet: Sheet, families: frozenset[Family], on: date) -> Iterator[Refusal]:
    """A value with days of its own decides on no other; a hold-off goes on to hold off."""
    for key, each in sheet.parameters.items():
        if each.valid_from is None and each.valid_to is None:
            continue
        instrument = sheet.instruments.get(each.instrument)
        concerns = instrument is None or bool(instrument.families & families)
        if concerns and decides(key) and not holds(each, sheet, on):
            yield _of_value(each, on)


def _of_value(value: Parameter, on: date) -> Refusal:
    english, chinese = (name_of(value.key, each) for each in (Language.ENGLISH, Language.CHINESE))
    if value.valid_from is not None and on < value.valid_from:
        return Refusal(value.key, english, chinese, "not yet", value.valid_from, on)
    return Refusal(value.key, english, chinese, "value ran out", value.valid_to or on, on)


def _of_line(first: Instrument, sheet: Sheet, on: date) -> Iterator[Refusal]:
    """An instrument goes on in its successors: as long as one of the line is in force, none refuses."""
    line = tuple(_line(first, sheet, frozenset()))
    if any(_stands(each, sheet, on) for each in line):
        return
    begun = [each for each in line if each.valid_from is None or each.valid_from <= on]
    yield _refusal((begun or line)[-1 if begun else 0], sheet, on)


def _line(first: Instrument, sheet: Sheet, before: frozenset[str]) -> Iterator[Instrument]:
    yield first
    seen = before | {first.key}
    for each in sheet.instruments.values():
        if each.replaces == first.key and each.key not in seen:
            yield from _line(each, sheet, seen)


def _stands(instrument: Instrument, sheet: Sheet, on: date) -> bool:
    if instrument.valid_from is not None and on < instrument.valid_from:
        return False
    return instrument.valid_to is None or on <= _end(instrument, sheet, instrument.valid_to)


def _end(instrument: Instrument, sheet: Sheet, own: date) -> date:
    extension = sheet.extensions.get(instrument.key)
    return own if extension is None else max(own, extension.valid_to)


def _refusal(instrument: Instrument, sheet: Sheet, on: date) -> Refusal:
    named = (instrument.key, instrument.title, instrument.title_zh)
    begins, ends = instrument.valid_from, instrument.valid_to
    if begins is not None and on < begins:
        return Refusal(*named, "not yet", begins, on)
    return Refusal(*named, "ran out", on if ends is None else _end(instrument, sheet, ends), on)
