"""What the law asks of how the platform is run and no program sees: held against what whoever runs it declares."""

from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from permits.rule_words import RuleSetError
from permits.sheet import Sheet
from zone_service.doctor_findings import Finding, State, Words
from zone_service.rule_library import RuleLibrary
from zone_service.settings import Settings
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError

DAYS_OF_MONTH: Final = 31
"""The longest there is: who keeps so many of them a month has kept the month."""
LOGS: Final = "evidence.network_logs_months"
_HOME = "CN"
_APART = ("CN-HK", "CN-MO", "CN-TW")
"""Of the country's subdivisions by ISO 3166-2 those that are not of its mainland."""


def duties(settings: Settings, store: Store) -> list[Finding]:
    """Hold what is declared of logs and of the place of storage against the rule set that is in force."""
    try:
        with store.read() as session:
            sheet = RuleLibrary(settings).ruling(session).sheet
    except (SQLAlchemyError, StoreError, RuleSetError, OSError) as error:
        first = str(error).partition("\n")[0]
        unread = Finding("network logs", State.UNKNOWN, first, "check ZONE_RULE_SET")
        return [unread, stored_in(settings)]
    return [network_logs(settings, sheet), stored_in(settings)]


def network_logs(settings: Settings, sheet: Sheet) -> Finding:
    """Compare how long logs are said to be kept with how long the rule set has it."""
    name, asked = "network logs", sheet.parameters.get(LOGS)
    if asked is None or not isinstance(asked.value, float | int):
        found = Words("the rule set does not say {key}", key=LOGS)
        return Finding(name, State.UNKNOWN, found, "publish a version that says it")
    least, kept = asked.value * DAYS_OF_MONTH, settings.logs_kept_days
    law = Words(
        "{months:g} months ({instrument} {article})",
        months=asked.value,
        instrument=asked.instrument,
        article=asked.article,
    )
    advice = Words(
        "keep what every process writes for {law}, and say so: ZONE_LOGS_KEPT_DAYS={least:g}",
        law=law,
        least=least,
    )
    if kept is None:
        return Finding(
            name,
            State.WARN,
            Words("nobody has said how long they are kept: {law}", law=law),
            advice,
        )
    if kept < least:
        return Finding(
            name,
            State.FAIL,
            Words("kept for {kept:g} days: expected {law}", kept=kept, law=law),
            advice,
        )
    if not settings.access_log:
        found = Words("kept for {kept:g} days, without the requests", kept=kept)
        return Finding(name, State.WARN, found, "ZONE_ACCESS_LOG=true, or keep the proxy's log")
    return Finding(name, State.OK, Words("said to be kept for {kept:g} days", kept=kept))


def stored_in(settings: Settings) -> Finding:
    """Tell whether what is stored is said to be in mainland China, or elsewhere by an approval."""
    name, place = "place of storage", settings.stored_in.upper()
    if not place:
        advice = "say it by ISO 3166, as ZONE_STORED_IN=CN-SH"
        return Finding(name, State.WARN, "nobody has said where", advice)
    if _is_mainland(place):
        return Finding(name, State.OK, Words("said to be {place}", place=place))
    if settings.transfer_approval:
        found = Words(
            "said to be {place}, as approved: {approval}",
            place=place,
            approval=settings.transfer_approval,
        )
        return Finding(name, State.OK, found)
    advice = "store it in mainland China, or name what approves it: ZONE_TRANSFER_APPROVAL"
    return Finding(
        name, State.FAIL, Words("said to be {place}, and nothing approves it", place=place), advice
    )


def _is_mainland(place: str) -> bool:
    return place.partition("-")[0] == _HOME and not place.startswith(_APART)
