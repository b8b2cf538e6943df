"""What everybody may read, as answers."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel

from permits.governance_said import Finding
from permits.governance_states import FileState, RiskItem
from permits.governance_words import ITEMS, STATES
from permits.public_disclosure import PublicDisclosure
from permits.public_list import PublicPermit
from zone_service.certificate_words import kind_name
from zone_service.public_lists import OpenedPlace


class PlaceShown(BaseModel):
    """A road, route or area that permits are given for."""

    zone_id: str
    kind: str
    """road, route or area"""
    name: str
    name_zh: str
    category: str
    domains: list[str]
    length_km: float | None
    """null where it has none, or it is not known."""
    area_km2: float | None
    source: str
    accuracy: str
    legal_effect: bool
    permits: list[str]
    """The numbers of the permits in force that name it."""

    @classmethod
    def of(cls, place: OpenedPlace) -> Self:
        """Return what a client sees."""
        return cls.model_validate(asdict(place))


class PublicPermitShown(BaseModel):
    """A permit in force."""

    number: str
    kind: str
    kind_name: str
    kind_name_zh: str
    holder: str | None
    """The organisation; null where permits of the kind may be people's own."""
    devices: int
    """How many vehicles, aircraft or vessels it is for."""
    zone_ids: list[str]
    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""

    @classmethod
    def of(cls, permit: PublicPermit) -> Self:
        """Return what a client sees."""
        english, chinese = kind_name(permit.kind)
        named = {"kind_name": english, "kind_name_zh": chinese}
        return cls.model_validate(asdict(permit) | named)


class DisclosureShown(BaseModel):
    """A product that was disclosed before it was tried (事前披露)."""

    file_id: str
    organisation: str
    title: str
    scenario: str
    terms: str
    """The limits that it keeps to."""
    items: list[RiskItem]
    items_said: list[str]
    items_said_zh: list[str]
    risks: str
    measures: str
    published_on: date
    begins: date
    ends: date
    """Its last day."""
    state: FileState
    state_name: str
    state_name_zh: str
    controlled_on: date | None
    """When it was looked at last; null while nobody has."""
    finding: Finding | None

    @classmethod
    def of(cls, disclosed: PublicDisclosure) -> Self:
        """Return what a client sees."""
        english, chinese = STATES[disclosed.state]
        items = [ITEMS[each] for each in disclosed.items]
        said = {
            "items_said": [each for each, _ in items],
            "items_said_zh": [each for _, each in items],
            "state_name": english,
            "state_name_zh": chinese,
        }
        return cls.model_validate(asdict(disclosed) | said)


class PlaceFeatures(BaseModel):
    """A GeoJSON ``FeatureCollection`` in WGS 84, one feature a volume."""

    type: str = "FeatureCollection"
    datum: str = "WGS84"
    features: list[dict[str, Any]]
    next: str | None = None
    """The ``after`` of the following part; null at the end."""
