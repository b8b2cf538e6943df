"""Values of a rule set, with their origins and the days on which they hold."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from permits.catalogue import unit_of
from permits.condition import Condition
from permits.life_cycle import Family

Value = float | bool | str | tuple[str, ...] | Condition
Load = Callable[[str], str]
"""Gives the text of a rule set by its id, or by id and version: ``national@2026.12``."""


class Status(StrEnum):
    """How far a value can be trusted to be the law's."""

    SEEN = "seen"
    """Read in a public source."""
    TO_BE_VERIFIED = "to be verified"
    """Known in the field, not checked against the text."""
    COMPARATOR = "comparator"
    """Another city's, where Shanghai's is not known."""
    OWN_PROPOSAL = "own proposal"
    DEMONSTRATION = "demonstration"
    """Shortened to show something; never for supervision."""


STATUS_ZH = {
    Status.SEEN: "已见公开来源",
    Status.TO_BE_VERIFIED: "待核实",
    Status.COMPARATOR: "参照城市",
    Status.OWN_PROPOSAL: "本平台建议",
    Status.DEMONSTRATION: "演示用",
}


class Purpose(StrEnum):
    """What a rule set is for."""

    SUPERVISION = "supervision"
    LAYER = "layer"
    """What others rest on, such as the national rules: it need not say all that is judged by."""
    COMPARATOR = "comparator"
    """Another city's rules: they fill what is not known here, and nobody decides under them."""
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal text, standard or other city's rule that values are taken from."""

    key: str
    title: str
    title_zh: str
    source: str
    families: frozenset[Family]
    """The permits that are issued under it; none for a text that is only quoted."""
    valid_from: date | None
    valid_to: date | None
    """The last day on which it holds."""
    replaces: str = ""
    """Key of the instrument whose successor it is."""


@dataclass(frozen=True, slots=True)
class Extension:
    """An administrator's statement that an instrument goes on, by extension or successor."""

    instrument: str
    valid_to: date
    decided_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value with its origin."""

    key: str
    """The path in the rule set: ``height.max_agl_m``."""
    value: Value
    status: Status
    instrument: str
    """Key of an ``Instrument``; empty for a proposal of our own."""
    article: str
    rule_set: str
    """The rule set whose text gave the value."""
    source: str = ""
    """Where it was read, if not in the text of the instrument."""
    valid_from: date | None = None
    """Its own first and last day, where they are not those of its instrument."""
    valid_to: date | None = None

    @property
    def unit(self) -> str:
        """The unit; empty for texts and counts."""
        return unit_of(self.key)
