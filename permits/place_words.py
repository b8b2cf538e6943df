"""What is said of a zone that terms name and the map does not let them name, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.matter_refusals import MatterError
from permits.matter_states import MatterAction
from permits.paper_words import Fault, PapersRefused, fault
from permits.permit import Permit, PermitAction, StepRefused
from permits.places import DOMAIN_OF, Amiss, Misplaced, Standing, Use
from permits.rule_words import Language
from permits.states import Family

_USES: Mapping[Use, tuple[str, str]] = MappingProxyType(
    {
        Use.PERMITTED: ("a place that permits may name (keep_in)", "可由许可载明的区域或路段（keep_in）"),
        Use.TRANSFER: ("a place that permits may name (keep_in)", "可由许可载明的区域或路段（keep_in）"),
        Use.EXEMPT: (
            "a keep-out zone that a permit lifts (REQ_AUTHORIZATION or CONDITIONAL)",
            "可凭许可进入的限制区域（REQ_AUTHORIZATION 或 CONDITIONAL）",
        ),
    }
)  # fmt: skip
_WHY: Mapping[Amiss, tuple[str, str]] = MappingProxyType(
    {
        Amiss.UNKNOWN: ("no zone of this id is on the map", "地图上没有该标识的区域"),
        Amiss.WITHDRAWN: ("this zone was withdrawn from the map", "该区域已从地图撤下"),
        Amiss.NO_PLACE: ("this zone is no such place", "该区域并非此类区域"),
        Amiss.NOT_LIFTED: ("no permit lifts this zone", "该区域不能凭许可进入"),
        Amiss.OTHER_DOMAIN: ("this zone is not for it", "该区域不适用于此类活动"),
    }
)
_DOMAINS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "road": ("vehicles", "车辆"),
        "air": ("aircraft", "航空器"),
        "water": ("vessels", "船舶"),
    }
)
_USE_NAMES: Mapping[Use, tuple[str, str]] = MappingProxyType(
    {
        Use.PERMITTED: ("permitted inside", "准许活动的区域或路段"),
        Use.TRANSFER: ("transfer, by hand alone", "转场路段（限人工驾驶）"),
        Use.EXEMPT: ("keep-out zone, may be entered", "准许进入的限制区域"),
    }
)
_STANDINGS: Mapping[Standing, tuple[str, str]] = MappingProxyType(
    {
        Standing.IN_FORCE: ("on the map", "在地图上有效"),
        Standing.SUSPENDED: ("suspended for this permit", "对本许可暂停"),
        Standing.WITHDRAWN: (
            "withdrawn from the map: whoever is there is outside",
            "已从地图撤下：处于其中视为区域外",
        ),
        Standing.UNKNOWN: (
            "not on the map: nobody can be inside it",
            "地图上不存在：无法处于其中",
        ),
        Standing.UNFIT: (
            "on the map, but not as this: whoever is there is outside",
            "地图上该区域不属此用途：处于其中视为区域外",
        ),
    }
)


_OF_EXEMPT: Mapping[Standing, tuple[str, str]] = MappingProxyType(
    {
        Standing.WITHDRAWN: (
            "withdrawn from the map: it keeps nobody out any more",
            "已从地图撤下：不再限制进入",
        ),
        Standing.UNKNOWN: ("not on the map: it keeps nobody out", "地图上不存在：不限制进入"),
        Standing.UNFIT: ("on the map, and no permit lifts it", "在地图上，但不能凭许可进入"),
    }
)
"""Of what keeps others out nobody is outside."""


def use_name(use: Use, language: Language) -> str:
    """Return as what a zone is named, for a person to read."""
    return _USE_NAMES[use][language is Language.CHINESE]


def standing_said(use: Use, standing: Standing, language: Language) -> str:
    """Return how a zone stands that is named as something, for a person to read."""
    words = {**_STANDINGS, **_OF_EXEMPT} if use is Use.EXEMPT else _STANDINGS
    return words[standing][language is Language.CHINESE]


def place_gone(numbers: str, language: Language, *, is_done: bool) -> str:
    """Return that permits lose places that are taken off the map or drawn anew, or would."""
    if language is Language.CHINESE:
        done = "已" if is_done else "拟"
        return f"仍有许可载明上述{done}撤下或{done}改划为不得进入的区域，处于其中将视为区域外：{numbers}"
    verb = "is" if is_done else "would be"
    return (
        f"permits that stand name what {verb} gone or drawn anew as no place of theirs, "
        f"and whoever is there {verb} outside: {numbers}"
    )


def fault_of(found: Misplaced, family: Family, nearest: tuple[str, ...] = ()) -> Fault:
    """Return what is wrong with a zone that is named, and what was expected. ``nearest``: ids like it."""
    named, choice = found.named, (" or ".join(nearest), "或 ".join(nearest))
    such = (f", such as {choice[0]}", f"，例如 {choice[1]}") if nearest else ("", "")
    return fault(
        f"terms.{named.use}",
        named.zone_id,
        "zone of map",
        use=_USES[named.use],
        domain=_DOMAINS[DOMAIN_OF[family]],
        such=such,
        why=_WHY[found.why],
    )


def _in_a_line(faults: tuple[Fault, ...], language: Language) -> str:
    return "; ".join(each.said(language) for each in faults)


class PlacesRefused(PapersRefused):
    """Terms that name zones which the map does not let them name."""


class PlacesAmiss(StepRefused):
    """A step that would grant what the map does not have, or not as it is named."""

    slug = "places-not-on-map"

    def __init__(self, permit: Permit, action: PermitAction, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        found = _in_a_line(self.faults, language)
        if language is Language.CHINESE:
            return f"不能对许可 {self.number} 执行 {self.action}：{found}"
        return f"cannot {self.action} permit {self.number}: {found}"


class PlacesOfMatterAmiss(MatterError):
    """What is asked for under a permit names, or would leave, what the map does not have as it is named."""

    slug = "places-not-on-map"

    def __init__(
        self, matter_id: str, action: MatterAction, number: str, faults: tuple[Fault, ...]
    ) -> None:
        self.number = number
        self.faults = faults
        super().__init__(matter_id, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        found = _in_a_line(self.faults, language)
        if language is Language.CHINESE:
            return f"不能对许可 {self.number} 的事项 {self.matter_id} 执行 {self.action}：{found}"
        return f"cannot {self.action} in matter {self.matter_id} of permit {self.number}: {found}"
