"""Which rules judge whom, and whose are others than before. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from permits.compliance import Grant
from zone_service.world import World

INSTALLATION: Final = ""
"""In the place of a name: the rules of whoever has no permit of another jurisdiction."""
_ALONE: Final = frozenset({INSTALLATION})
Digests = Mapping[str, str]
"""What tells rules from others, by the names of the rule sets."""


def digests_of(world: World) -> Digests:
    """Return what tells the rules of a world from others."""
    return {INSTALLATION: world.rules_digest, **digests_beside(world)}


def digests_beside(world: World) -> dict[str, str]:
    """Return the same of those of other jurisdictions alone."""
    return {name: digest for name, _, digest in world.told_beside}


def changed(before: Digests, world: World) -> frozenset[str]:
    """Return the names of rules that were others; by what was not there nobody was judged."""
    now = digests_of(world).items()
    return frozenset(name for name, digest in now if before.get(name, digest) != digest)


def judged_by_any(world: World, device_ids: Iterable[str], names: frozenset[str]) -> list[str]:
    """Return the devices, of some, that rules of these names judge."""
    if not names:
        return []
    if not world.beside:
        return list(device_ids)  # nobody is judged by others than all are
    grants = world.grants
    return [each for each in device_ids if names & _judging(grants.get(each, ()))]


def _judging(grants: tuple[Grant, ...]) -> frozenset[str]:
    if not grants:
        return _ALONE
    rules = (each.rules for each in grants)
    return frozenset(INSTALLATION if each is None else each.rule_set_id for each in rules)
