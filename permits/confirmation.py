"""How many fixes confirm a breach: so many of the latest so many, and for how long.

An excursion that is no violation yet lives as long as enough of the latest fixes show it: among
the last ``of_samples`` since it began at most ``of_samples - samples`` do not. Where they are more,
it begins at a later fix that showed it, or is over. It may open when ``samples`` of them show it
and it has lasted for the rule's hold-off. Where both numbers are the same, one clean fix ends it,
and nothing is remembered but how many there were.
"""

from dataclasses import replace

from permits.cause import Cause
from permits.episode import Excursion, Position, Sample
from permits.ruleset import Rule


def is_back(each: Excursion) -> bool:
    """Tell whether the latest fix did not show it: one that does shows it anew."""
    return bool(each.recent) and not each.recent[-1].shows


def shown(
    each: Excursion,
    at_s: float,
    position: Position | None,
    rule: Rule,
    cause: Cause | None = None,
) -> tuple[int, tuple[Sample, ...]]:
    """Return how many of the latest fixes show it after one more that does, and which they are.

    The same fix again is not another sample. ``cause``: why this one shows it, where the latest did not.
    """
    if each.is_open or rule.of_samples == rule.samples:
        return each.samples + (at_s > each.last_s), ()
    if each.recent and at_s <= each.recent[-1].at_s:
        return each.samples, each.recent
    recent = (*each.recent, Sample(at_s, shows=True, position=position, cause=cause))[
        -rule.of_samples :
    ]
    return _showing(recent), recent


def missed(each: Excursion, at_s: float, rule: Rule) -> Excursion | None:
    """Return an excursion that is not open after a fix that did not show it, or that it is over."""
    allowed = rule.of_samples - rule.samples
    if not (allowed and each.recent):
        return None
    if at_s <= each.recent[-1].at_s:
        return each
    recent = (*each.recent, Sample(at_s, shows=False))[-rule.of_samples :]
    if len(recent) - _showing(recent) <= allowed:
        return replace(each, samples=_showing(recent), recent=recent)
    while recent and (not recent[0].shows or len(recent) - _showing(recent) > allowed):
        recent = recent[1:]
    if not recent:
        return None
    begin = recent[0]
    return replace(
        each,
        since_s=begin.at_s,
        position=begin.position,
        cause=begin.cause,
        samples=_showing(recent),
        recent=recent,
    )


def _showing(recent: tuple[Sample, ...]) -> int:
    return sum(each.shows for each in recent)
