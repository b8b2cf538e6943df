"""Which rules judge whom, and whose are others than before. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from zone_service.world import World

INSTALLATION: Final = ""
"""In the place of a name: the rules of whoever has no permit of another jurisdiction."""
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


def judged_by_any(world: World, device_ids: Sequence[str], names: frozenset[str]) -> list[int]:
    """Return which of some devices rules of these names judge: where they stand among them, ascending."""
    if not names:
        return []
    if not world.beside:
        return [*range(len(device_ids))]  # nobody is judged by others than all are
    theirs = of_others(world, names)
    if INSTALLATION not in names:
        return [at for at, each in enumerate(device_ids) if each in theirs]
    spared = world.by_others.alone - theirs
    return [at for at, each in enumerate(device_ids) if each not in spared]


def of_others(world: World, names: frozenset[str]) -> frozenset[str]:
    """Return the devices that have a permit of other jurisdictions whose rules have these names."""
    devices = world.by_others.devices
    return frozenset[str]().union(*(devices[name] for name in names & devices.keys()))
