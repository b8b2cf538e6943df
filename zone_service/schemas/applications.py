"""Applications as requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, StringConstraints

from permits.application import (
    MOST_ENTRIES,
    MOST_LETTERS,
    Application,
    ContentItem,
    DriverMode,
    Escalator,
)
from permits.application_kinds import ITEM_NAMES, NEEDS
from permits.document_kinds import KINDS, CoveredKind, DocumentKind
from permits.entries import PersonRole
from permits.paper_words import Fault
from permits.rule_words import Language
from permits.states import PermitKind
from zone_service.schemas.fields import DeviceId, Given, Text
from zone_service.store.records import Brought

Said = Annotated[Text, StringConstraints(max_length=MOST_LETTERS)]


class ApplicationGiven(Given):
    """What is applied for beside the terms, whole."""

    driver_mode: DriverMode | None = None
    consortium_id: DeviceId | None = None
    entry_ids: Annotated[list[DeviceId], Field(max_length=MOST_ENTRIES)] = []  # noqa: RUF012
    content: dict[ContentItem, Said] = {}  # noqa: RUF012 - pydantic copies a default
    escalators: Annotated[list[Escalator], Field(max_length=len(Escalator))] | None = None
    """Of a flight that nobody applies for: what would ask for an application after all (Art. 31); ``[]``
    declares that there is none."""
    commercial: bool | None = None
    """Of a flight: whether it earns money; a private one of a micro or light aircraft needs no insurance."""

    def application(self) -> Application:
        """Return the application."""
        return Application(
            self.driver_mode,
            self.consortium_id,
            tuple(self.entry_ids),
            dict(self.content),
            None if self.escalators is None else frozenset(self.escalators),
            self.commercial,
        )


class MissingShown(BaseModel):
    """One thing that an application lacks, in both languages."""

    path: str
    message: str
    message_zh: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        """Return what a client sees."""
        return cls(
            path=fault.path,
            message=fault.said(Language.ENGLISH),
            message_zh=fault.said(Language.CHINESE),
        )


class ApplicationShown(BaseModel):
    """An application, and all that it lacks today."""

    number: str
    driver_mode: DriverMode | None
    consortium_id: str | None
    entry_ids: list[str]
    content: dict[ContentItem, str]
    escalators: list[Escalator] | None
    commercial: bool | None
    complete: bool
    missing: list[MissingShown]

    @classmethod
    def of(cls, number: str, application: Application, lacks: tuple[Fault, ...]) -> Self:
        """Return what a client sees."""
        return cls(
            number=number,
            driver_mode=application.driver_mode,
            consortium_id=application.consortium_id,
            entry_ids=list(application.entry_ids),
            content=dict(application.content),
            escalators=None if application.escalators is None else sorted(application.escalators),
            commercial=application.commercial,
            complete=not lacks,
            missing=[MissingShown.of(each) for each in lacks],
        )


class BroughtShown(BaseModel):
    """Something of the register under a permit, and who brings it."""

    entry_id: str
    kind: CoveredKind
    organisation_id: str
    device_id: str | None
    holders: bool
    """Whether it is the holder's own, which needs no consent."""
    named: bool
    """In the application, or by a change under the permit; else it may be."""
    consented_at: datetime | None
    consented_by: str | None

    @classmethod
    def of(cls, brought: Brought) -> Self:
        """Return what a client sees."""
        return cls(
            entry_id=brought.entry_id,
            kind=brought.kind,
            organisation_id=brought.organisation_id,
            device_id=brought.device_id,
            holders=brought.is_holders,
            named=brought.is_named,
            consented_at=brought.consented_at,
            consented_by=brought.consented_by,
        )


class PaperShown(BaseModel):
    """A document that is asked for about each of something; any of the kinds will do."""

    about: CoveredKind
    any_of: list[DocumentKind]
    name: str
    name_zh: str
    when: str


class ItemShown(BaseModel):
    """An item of content."""

    item: ContentItem
    name: str
    name_zh: str


class PermitKindShown(BaseModel):
    """A kind of permit, and what its application must contain."""

    kind: PermitKind
    about: CoveredKind
    driver_mode: bool
    escalators: bool
    """Whether it declares what would ask for an application after all (Art. 31)."""
    people: list[PersonRole]
    content: list[ItemShown]
    papers: list[PaperShown]

    @classmethod
    def all(cls) -> list[Self]:
        """Return every kind."""
        return [
            cls(
                kind=kind,
                about=needs.moves,
                driver_mode=needs.driver_mode,
                escalators=needs.escalators,
                people=list(needs.people),
                content=[
                    ItemShown(item=each, name=ITEM_NAMES[each][0], name_zh=ITEM_NAMES[each][1])
                    for each in needs.content
                ],
                papers=[
                    PaperShown(
                        about=each.about,
                        any_of=list(each.kinds),
                        name=" or ".join(KINDS[one].english for one in each.kinds),
                        name_zh="或".join(KINDS[one].chinese for one in each.kinds),
                        when=each.when,
                    )
                    for each in needs.papers
                ],
            )
            for kind, needs in NEEDS.items()
        ]
