"""How two rule sets differ: what one has and the other has not, and what is not the same in both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from permits.parameters import Extension, Instrument, Parameter
from permits.sheet import Sheet

Entry = Parameter | Instrument | Extension | str | date


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry that is in both, and not the same."""

    before: Entry
    after: Entry


@dataclass(frozen=True, slots=True)
class Difference:
    """What must be done to one set of entries to get another."""

    added: Mapping[str, Entry]
    removed: Mapping[str, Entry]
    changed: Mapping[str, Changed]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def contents(sheet: Sheet) -> dict[str, Entry]:
    """Return all that a rule set says, by path: values, instruments, extensions and its own days."""
    return {
        "jurisdiction": sheet.jurisdiction,
        "title": sheet.title,
        "title_zh": sheet.title_zh,
        "purpose": sheet.purpose,
        **_days(sheet),
        **{f"instruments.{key}": each for key, each in sheet.instruments.items()},
        **{f"extensions.{key}": each for key, each in sheet.extensions.items()},
        **sheet.parameters,
    }


def diff(before: Sheet, after: Sheet) -> Difference:
    """Return how a rule set differs from another; neither's id and version count."""
    return difference(contents(before), contents(after))


def difference(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> Difference:
    """Return what must be done to the first to get the second."""
    return Difference(
        added={key: after[key] for key in sorted(after.keys() - before.keys())},
        removed={key: before[key] for key in sorted(before.keys() - after.keys())},
        changed={
            key: Changed(before[key], after[key])
            for key in sorted(before.keys() & after.keys())
            if not _same(before[key], after[key])
        },
    )


def applied(before: Mapping[str, Entry], found: Difference) -> dict[str, Entry]:
    """Return what comes of a difference that is applied to what it was made from.

    Raises:
        ValueError: it was made from something else.
    """
    wanted = {**found.removed, **{key: each.before for key, each in found.changed.items()}}
    stale = [key for key, each in wanted.items() if key not in before or before[key] != each]
    stale += [key for key in found.added if key in before]
    if stale:
        msg = f"{', '.join(stale)}: expected what the difference was made from"
        raise ValueError(msg)
    kept = {key: entry for key, entry in before.items() if key not in found.removed}
    changed = {key: each.after for key, each in found.changed.items()}
    return {**kept, **found.added, **changed}


def _same(one: Entry, other: Entry) -> bool:
    """In Python true is 1: a value that becomes the other has changed all the same."""
    if isinstance(one, Parameter) and isinstance(other, Parameter):
        return one == other and repr(one.value) == repr(other.value)
    return type(one) is type(other) and one == other


def _days(sheet: Sheet) -> dict[str, Entry]:
    named = {"valid_from": sheet.valid_from, "valid_to": sheet.valid_to}
    return {name: day for name, day in named.items() if day is not None}
