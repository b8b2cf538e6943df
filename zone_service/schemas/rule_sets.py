"""Rule sets, their versions and how they differ, as answers: every text in English and in Chinese."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, StringConstraints

from permits.catalogue import definition_of, name_of
from permits.condition import Compared, Group, condition_to_json, in_words
from permits.issuing import Refusal, Ruling, holds, refusals
from permits.life_cycle import Family
from permits.parameters import STATUS_ZH, Extension, Instrument, Parameter
from permits.rule_diff import Difference, Entry
from permits.rule_words import Language
from permits.sheet import Sheet
from zone_service.schemas.fields import Given, Reason, Text
from zone_service.store.records import Role
from zone_service.store.rule_sets import NOT_JUDGED_BY, Published

EN, ZH = Language.ENGLISH, Language.CHINESE
RuleText = Annotated[Text, StringConstraints(min_length=1, max_length=500_000)]


class VersionShown(BaseModel):
    """One version of a rule set; one that ships was published by nobody."""

    label: str
    version: str
    number: int
    published_at: datetime | None
    published_by: str | None
    """For administrators, as the audit is; ``null`` for others."""
    reason: str | None
    """For administrators; ``null`` for others."""

    @classmethod
    def of(cls, version: Published, role: Role) -> Self:
        """Return what a client of a role sees."""
        told = role is Role.ADMINISTRATOR
        return cls(
            label=version.label,
            version=version.version,
            number=version.number,
            published_at=version.published_at,
            published_by=version.published_by if told else None,
            reason=version.reason if told else None,
        )


class RefusalShown(BaseModel):
    """An instrument, or the rule set itself, under which nothing is granted now."""

    key: str
    detail: str
    detail_zh: str

    @classmethod
    def of(cls, refusal: Refusal) -> Self:
        """Return what a client sees."""
        return cls(key=refusal.key, detail=refusal.said(EN), detail_zh=refusal.said(ZH))


class IssuingShown(BaseModel):
    """Whether permits of one family may be granted on a day."""

    family: Family
    on: date
    may_issue: bool
    refusals: list[RefusalShown]

    @classmethod
    def all_of(cls, under: Ruling, on: date) -> list[Self]:
        """Return what a client sees, of each family; nothing of what nobody decides under."""
        if under.sheet.purpose in NOT_JUDGED_BY:
            return []
        found = {family: refusals(under.sheet, on, family) for family in Family}
        return [
            cls(
                family=family,
                on=on,
                may_issue=not why,
                refusals=[RefusalShown.of(each) for each in why],
            )
            for family, why in found.items()
        ]


class RuleSetShown(BaseModel):
    """A rule set by its name: what is in force of it, and whether permits may be granted under it."""

    id: str
    jurisdiction: str
    title: str
    title_zh: str
    purpose: str
    in_force: str
    number: int
    """Counts its versions; the ETag."""
    layers: list[str]
    behind: list[str]
    """Versions in force that the layers it rests on are not: publish it anew to rest on these."""
    issuing: list[IssuingShown]
    """Empty for a layer and for a comparator: nobody decides under it."""
    versions: list[VersionShown]

    @classmethod
    def of(
        cls,
        under: Ruling,
        versions: tuple[Published, ...],
        behind: tuple[str, ...],
        on: date,
        role: Role,
    ) -> Self:
        """Return what a client of a role sees."""
        sheet = under.sheet
        return cls(
            id=sheet.rule_set_id,
            jurisdiction=sheet.jurisdiction,
            title=sheet.title,
            title_zh=sheet.title_zh,
            purpose=sheet.purpose,
            in_force=sheet.label,
            number=versions[-1].number,
            layers=list(sheet.layers),
            behind=list(behind),
            issuing=IssuingShown.all_of(under, on),
            versions=[VersionShown.of(each, role) for each in versions],
        )


class ParameterShown(BaseModel):
    """One value with its name, its unit and where it is from."""

    key: str
    name: str
    name_zh: str
    kind: str
    value: Any
    said: str
    """The value for a person to read; of a condition with the numbers that it stands for."""
    said_zh: str
    unit: str
    unit_zh: str
    status: str
    status_zh: str
    instrument: str
    article: str
    source: str
    rule_set: str
    valid_from: date | None
    valid_to: date | None
    informative: bool
    """Whether no code reads it."""

    @classmethod
    def of(cls, parameter: Parameter, among: Mapping[str, Parameter]) -> Self:
        """Return what a client sees; ``among``: the values that a condition stands for."""
        definition = definition_of(parameter.key)
        return cls(
            key=parameter.key,
            name=name_of(parameter.key, EN),
            name_zh=name_of(parameter.key, ZH),
            kind=definition.kind if definition else "",
            value=_plain(parameter),
            said=said(parameter, among, EN),
            said_zh=said(parameter, among, ZH),
            unit=parameter.unit,
            unit_zh=definition.unit_in(ZH) if definition else "",
            status=parameter.status,
            status_zh=STATUS_ZH[parameter.status],
            instrument=parameter.instrument,
            article=parameter.article,
            source=parameter.source,
            rule_set=parameter.rule_set,
            valid_from=parameter.valid_from,
            valid_to=parameter.valid_to,
            informative=definition is None or definition.informative,
        )


class InstrumentShown(BaseModel):
    """A text that values are taken from."""

    key: str
    title: str
    title_zh: str
    source: str
    families: list[Family]
    valid_from: date | None
    valid_to: date | None
    replaces: str

    @classmethod
    def of(cls, instrument: Instrument) -> Self:
        """Return what a client sees."""
        return cls(
            key=instrument.key,
            title=instrument.title,
            title_zh=instrument.title_zh,
            source=instrument.source,
            families=sorted(instrument.families),
            valid_from=instrument.valid_from,
            valid_to=instrument.valid_to,
            replaces=instrument.replaces,
        )


class ExtensionShown(BaseModel):
    """That an instrument goes on."""

    instrument: str
    valid_to: date
    decided_by: str
    note: str

    @classmethod
    def of(cls, extension: Extension) -> Self:
        """Return what a client sees."""
        return cls(
            instrument=extension.instrument,
            valid_to=extension.valid_to,
            decided_by=extension.decided_by,
            note=extension.note,
        )


class RuleSetVersion(BaseModel):
    """One version with every value, and the text that it was read from."""

    label: str
    id: str
    version: str
    jurisdiction: str
    title: str
    title_zh: str
    purpose: str
    valid_from: date | None
    valid_to: date | None
    layers: list[str]
    instruments: list[InstrumentShown]
    extensions: list[ExtensionShown]
    parameters: list[ParameterShown]
    lapsed: list[str]
    """Keys of the values that do not hold today."""
    text: str

    @classmethod
    def of(cls, sheet: Sheet, text: str, on: date) -> Self:
        """Return what a client sees."""
        values = sheet.parameters
        return cls(
            label=sheet.label,
            id=sheet.rule_set_id,
            version=sheet.version,
            jurisdiction=sheet.jurisdiction,
            title=sheet.title,
            title_zh=sheet.title_zh,
            purpose=sheet.purpose,
            valid_from=sheet.valid_from,
            valid_to=sheet.valid_to,
            layers=list(sheet.layers),
            instruments=[InstrumentShown.of(each) for each in sheet.instruments.values()],
            extensions=[ExtensionShown.of(each) for each in sheet.extensions.values()],
            parameters=[ParameterShown.of(values[key], values) for key in sorted(values)],
            lapsed=sorted(key for key, each in values.items() if not holds(each, sheet, on)),
            text=text,
        )


class ChangeShown(BaseModel):
    """One entry that is not the same in both; ``null`` where it is not there."""

    path: str
    name: str
    name_zh: str
    before: Any
    after: Any


class DifferenceShown(BaseModel):
    """What must be done to one rule set to get the other."""

    before: str
    after: str
    added: list[ChangeShown]
    removed: list[ChangeShown]
    changed: list[ChangeShown]

    @classmethod
    def of(cls, before: Sheet, after: Sheet, found: Difference) -> Self:
        """Return what a client sees."""
        old, new = before.parameters, after.parameters
        return cls(
            before=before.label,
            after=after.label,
            added=[_change(path, None, _entry(each, new)) for path, each in found.added.items()],
            removed=[
                _change(path, _entry(each, old), None) for path, each in found.removed.items()
            ],
            changed=[
                _change(path, _entry(each.before, old), _entry(each.after, new))
                for path, each in found.changed.items()
            ],
        )


class PublishGiven(Given):
    """The text of a next version, and why it is published."""

    text: RuleText
    reason: Reason


class PublishShown(BaseModel):
    """What became of a text: how it differs from what was in force, and what may be granted under it."""

    label: str
    published: bool
    number: int
    difference: DifferenceShown | None
    """``null`` for a rule set that is new."""
    issuing: list[IssuingShown]
    """Empty for a layer and for a comparator, as of a rule set."""


def said(parameter: Parameter, among: Mapping[str, Parameter], language: Language) -> str:
    """Return a value for a person to read, without its unit."""
    match parameter.value:
        case Compared() | Group() as condition:
            limits = {key: each.value for key, each in among.items()}
            return in_words(condition, limits, language)
        case bool(flag):
            return str(flag).lower()
        case float(number):
            return f"{number:,g}" if abs(number) < 1e6 else f"{number:,.0f}"
        case str(text):
            return text
        case tuple(texts):
            return ", ".join(texts)


def _plain(parameter: Parameter) -> Any:
    match parameter.value:
        case Compared() | Group() as condition:
            return condition_to_json(condition)
        case tuple(texts):
            return list(texts)
        case plain:
            return plain


def _entry(entry: Entry, among: Mapping[str, Parameter]) -> Any:
    match entry:
        case Parameter():
            return ParameterShown.of(entry, among)
        case Instrument():
            return InstrumentShown.of(entry)
        case Extension():
            return ExtensionShown.of(entry)
        case plain:
            return plain


def _change(path: str, before: Any, after: Any) -> ChangeShown:
    return ChangeShown(
        path=path, name=name_of(path, EN), name_zh=name_of(path, ZH), before=before, after=after
    )
