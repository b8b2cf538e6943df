"""The command that judges what was recorded once more."""

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from zone_service.commands.languages import spoken
from zone_service.commands.root import EXIT_FAILED, app, err, example, fail, listed, out
from zone_service.commands.times import time_typed
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.ruleset import RuleSet
    from zone_service.replay import Difference, Progress, Replay
    from zone_service.store.engine import Store
    from zone_service.store.records import ViolationEvent

COLUMNS = (
    "event",
    "at (UTC)",
    "code",
    "severity",
    "device",
    "zone",
    "measured",
    "limit",
    "inside",
    "why",
)


@app.command(
    epilog=example(
        "zone replay 2026-11-27T08:00+08:00 2026-11-27T09:00+08:00 --compare",
        "zone replay 2026-11-27T00:00Z 2026-11-27T01:00Z --json > told.jsonl",
        "zone replay 2026-11-27T00:00Z 2026-11-27T01:00Z --rule-set demonstration --compare",
    )
)
def replay(
    begins: Annotated[
        str, typer.Argument(metavar="FROM", help="A time with its offset, or a day in Shanghai.")
    ],
    ends: Annotated[str, typer.Argument(metavar="TO", help="A later one.")],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Each event as a line of canonical JSON.")
    ] = False,
    compare: Annotated[
        bool,
        typer.Option("--compare", help="Hold it against what was told then; show what differs."),
    ] = False,
    rule_set: Annotated[
        str, typer.Option(help="Judge by this rule set instead of the one of then.")
    ] = "",
) -> None:
    """Judge what was recorded from FROM to TO again, by the zones, permits and devices of then.

    Reads only: nothing is stored and nobody is told. What it begins with is said on standard error,
    with whatever keeps it from coming to the same. With --compare the exit status is 1 where
    something differs.
    """
    with nothing_begun():
        from contextlib import closing

        from zone_service.provision import opened
        from zone_service.replay import Replay

    from_s, to_s = time_typed(begins, "FROM"), time_typed(ends, "TO")
    settings = load()
    with closing(opened(settings)) as store:
        rules = _rules(store, rule_set) if rule_set else None
        asked = Replay(store, settings, from_s, to_s, rules)
        _say_what_with(asked)
        if compare:
            raise typer.Exit(_compare(asked, as_json=as_json))
        _show(asked, as_json=as_json)


def _rules(store: "Store", name: str) -> "RuleSet":
    from permits.rule_words import Language
    from zone_service.rule_files import NoSuchRuleSet
    from zone_service.store.rule_sets import rules_of

    try:
        with store.read() as session:
            return rules_of(session, name)
    except NoSuchRuleSet as error:
        chinese = f"{error.said(Language.CHINESE)}：`zone rules list` 可列出现有的规则集"
        fail(spoken(f"{error}: `zone rules list` shows those that there are", chinese))


def _say_what_with(asked: "Replay") -> None:
    begins = spoken("begins with", "起始于")
    err.print(f"{begins} {asked.plan.begin.words}", highlight=False, markup=False)
    for note in asked.plan.notes:
        noted = spoken("note: ", "注意：")
        err.print(f"{noted}{note}", style="yellow", highlight=False, markup=False)


def _progress() -> "Progress":
    """Return how to say now and then how far it is: only to people, and only of long work."""
    from zone_service.clock import monotonic_s
    from zone_service.replay import in_words

    due_s = [monotonic_s() + 2.0]

    def say(part: float, at_s: float) -> None:
        if monotonic_s() >= due_s[0]:
            due_s[0] = monotonic_s() + 2.0
            err.print(f"{part:4.0%}, at {in_words(at_s)}", style="dim", highlight=False)

    return say


def _show(asked: "Replay", *, as_json: bool) -> None:
    from zone_service.canonical_events import line

    events = (event for told in asked.run(_progress()) for event in told.events)
    if as_json:
        for event in events:
            typer.echo(line(event))
        return
    found = [_row(event) for event in events]
    listed(COLUMNS, found)
    out.print(spoken(f"{len(found)} events", f"{len(found)} 个事件"), highlight=False)


def _row(event: "ViolationEvent") -> tuple[str, ...]:
    about = event.violation
    at = about.closed_at if about.closed_at is not None else about.opened_at
    return (
        event.event.value,
        at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        about.code,
        about.severity,
        about.device_id,
        about.zone_id or "–",
        _number(about.measured),
        _number(about.limit),
        "–" if about.inside_probability is None else f"{about.inside_probability:.0%}",
        (about.opening_cause if about.closed_at is None else about.closing_cause) or "–",
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _compare(asked: "Replay", *, as_json: bool) -> int:
    from zone_service.canonical_events import difference_line

    count = 0
    for count, found in enumerate(asked.differences(_progress()), 1):  # noqa: B007
        if as_json:
            typer.echo(difference_line(found.journal_id, found.recorded, found.replayed))
        else:
            out.print(_in_words(found), highlight=False, markup=False)
    if not as_json:
        none = spoken("no difference", "没有差异")
        out.print(none if count == 0 else _counted(count), highlight=False)
    return EXIT_FAILED if count else 0


def _counted(count: int) -> str:
    english = "1 event differs" if count == 1 else f"{count} events differ"
    return spoken(english, f"{count} 个事件有差异")


def _in_words(found: "Difference") -> str:
    from zone_service.canonical_events import values

    event = found.recorded or found.replayed
    if event is None:
        return ""
    about = event.violation
    zone = f" in {about.zone_id}" if about.zone_id else ""
    what = f"batch {found.journal_id}: {event.event} {about.code} of {about.device_id}{zone}"
    if found.recorded is None:
        return f"{what}: replayed, and not recorded"
    if found.replayed is None:
        return f"{what}: recorded, and not replayed"
    was, now = values(found.recorded), values(found.replayed)
    differing = "; ".join(f"{name} was {was[name]}, now {now[name]}" for name in found.names)
    return f"{what}: {differing}"
