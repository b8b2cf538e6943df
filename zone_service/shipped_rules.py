"""The rule sets that ship with the platform, read."""

from functools import cache

from permits.ruleset import RuleSet, judged_by
from permits.sheet import Sheet, read_sheet
from zone_service.rule_files import text_of


@cache
def shipped_sheet(reference: str) -> Sheet:
    """Return a rule set that ships by its id, the newest, or by id and version.

    Raises:
        NoSuchRuleSet: none of this name ships.
    """
    return read_sheet(text_of(reference), text_of)


@cache
def shipped_rules(reference: str) -> RuleSet:
    """Return the same, as fixes are judged by it.

    Raises:
        NoSuchRuleSet: none of this name ships.
        RuleSetError: it does not say all that is judged by.
    """
    return judged_by(shipped_sheet(reference))
