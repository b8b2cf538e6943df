"""The zones that a permit names, as answers."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel

from permits.permit import Permit
from permits.place_words import standing_said, use_name
from permits.places import DOMAIN_OF, Mapped, Named, Standing, Use, named_in, standing_of
from permits.rule_words import Language


class NamedZoneShown(BaseModel):
    """A zone that the terms name, and how it stands on the map now."""

    use: Use
    """The term that names it."""
    use_said: str
    """In the language that was asked for."""
    zone_id: str
    name: str | None
    """Null where the map never had it; of one that was withdrawn what it was called last."""
    name_zh: str | None
    standing: Standing
    """Whoever is in one that does not stand is outside."""
    said: str
    """In the language that was asked for."""

    @classmethod
    def all(cls, permit: Permit, on_map: Mapping[str, Mapped], language: Language) -> list[Self]:
        """Return every zone of a permit."""
        return [cls._of(each, permit, on_map, language) for each in named_in(permit.terms)]

    @classmethod
    def _of(
        cls, named: Named, permit: Permit, on_map: Mapping[str, Mapped], language: Language
    ) -> Self:
        found = on_map.get(named.zone_id)
        standing = standing_of(named, permit.terms, DOMAIN_OF[permit.family], found)
        return cls(
            use=named.use,
            use_said=use_name(named.use, language),
            zone_id=named.zone_id,
            name=None if found is None else found.name,
            name_zh=None if found is None else found.name_zh,
            standing=standing,
            said=standing_said(named.use, standing, language),
        )
