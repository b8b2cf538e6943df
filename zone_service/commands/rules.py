"""Commands for rule sets: what is in force, where a value is from, how two differ, the next version."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import err, example, fail, listed, out, rules
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.rule_words import Language, RuleSetError
    from zone_service.rule_files import NoSuchRuleSet
    from zone_service.schemas.rule_sets import (
        ChangeShown,
        DifferenceShown,
        PublishShown,
        RuleSetShown,
    )

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
TextFile = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, help="A rule set as a TOML file."),
]


@rules.command("list")
def rules_list(*, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """List the rule sets: the version in force, and whether permits may be granted under it."""
    with nothing_begun():
        from zone_service.rule_keeping import rule_sets_there

    found = rule_sets_there(load())
    if as_json:
        typer.echo(_json([each.model_dump(mode="json") for each in found]))
        return
    zh = is_chinese(chinese)
    listed(
        _columns("in force", "title", "purpose", "road", "flight", "vessel", "rests on", zh=zh),
        (
            (
                each.in_force,
                each.title_zh if zh else each.title,
                _said(f"purpose {each.purpose}", zh=zh),
                *(_may_issue(each, family, zh=zh) for family in ("road", "flight", "vessel")),
                ", ".join(each.layers),
            )
            for each in found
        ),
    )
    used = load().rule_set
    for each in found:
        for family in each.issuing if each.id == used else ():
            for why in family.refusals:
                said = why.detail_zh if zh else why.detail
                err.print(f"{each.in_force}: {said}", highlight=False, markup=False)
        for newer in each.behind:
            said = _said("behind", zh=zh, label=each.in_force, newer=newer)
            err.print(said, style="dim", highlight=False)


@rules.command(
    "show",
    epilog=example(
        "zone rules show shanghai-default insurance", "zone rules show national@2026.12"
    ),
)
def rules_show(
    reference: Annotated[
        str, typer.Argument(metavar="RULE-SET", help="A name, or a name and version: a@1.")
    ],
    below: Annotated[str, typer.Argument(metavar="KEY", help="Only what begins with it.")] = "",
    *,
    as_json: AsJson = False,
    as_text: Annotated[bool, typer.Option("--text", help="The text that it is read from.")] = False,
    chinese: InChinese = None,
) -> None:
    """Show every value of a rule set: its name, its unit and where it is from."""
    with nothing_begun():
        from zone_service.rule_files import NoSuchRuleSet
        from zone_service.rule_keeping import one_version

    try:
        found = one_version(load(), reference)
    except NoSuchRuleSet as error:
        _fail_unknown(error, zh=is_chinese(chinese))
    if as_text:
        typer.echo(found.text, nl=False)
        return
    values = [each for each in found.parameters if each.key.startswith(below)]
    if as_json:
        shown = found.model_dump(mode="json", exclude={"parameters"})
        typer.echo(_json(shown | {"parameters": [e.model_dump(mode="json") for e in values]}))
        return
    zh = is_chinese(chinese)
    listed(
        _columns("key", "value", "unit", "status", "from", "instrument", "article", "name", zh=zh),
        (
            (
                each.key,
                each.said_zh if zh else each.said,
                each.unit_zh if zh else each.unit,
                each.status_zh if zh else each.status,
                each.rule_set,
                each.instrument or "–",
                each.article or "–",
                each.name_zh if zh else each.name,
            )
            for each in values
        ),
    )


@rules.command(
    "diff", epilog=example("zone rules diff shanghai-default xiangyang", "zone rules diff a@1 a@2")
)
def rules_diff(
    before: Annotated[str, typer.Argument(metavar="RULE-SET", help="A name, or name@version.")],
    after: Annotated[str, typer.Argument(metavar="OTHER", help="A name, or name@version.")],
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Show what was added, removed and changed from one rule set to another.

    The exit status is 1 where they differ.
    """
    with nothing_begun():
        from zone_service.rule_files import NoSuchRuleSet
        from zone_service.rule_keeping import difference

    try:
        found = difference(load(), before, after)
    except NoSuchRuleSet as error:
        _fail_unknown(error, zh=is_chinese(chinese))
    if as_json:
        typer.echo(_json(found.model_dump(mode="json")))
    else:
        _show_difference(found, zh=is_chinese(chinese))
    raise typer.Exit(1 if found.added or found.removed or found.changed else 0)


@rules.command("check", epilog=example("zone rules check ours.toml"))
def rules_check(file: TextFile, *, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """Check a file as the next version of its name, and show what it would change."""
    with nothing_begun():
        from permits.rule_words import RuleSetError
        from zone_service.rule_keeping import checked

    zh = is_chinese(chinese)
    try:
        found = checked(load(), _text(file, zh=zh))
    except RuleSetError as error:
        _fail_wrong(error, file, zh=zh)
    _show_publication(found, as_json=as_json, zh=zh)


@rules.command(
    "publish",
    epilog=example(
        "zone rules show shanghai-default --text > ours.toml",
        'zone rules publish ours.toml --after 2026.12 --reason "notice 7 of the city"',
    ),
)
def rules_publish(
    file: TextFile,
    reason: Annotated[str, typer.Option(help="Why, for the audit.")],
    after: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Only if this version is in force till then."),
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and compare only.")] = False,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Publish a file as the next version; the worker judges by it within a second.

    The version before stays as it is, and what was decided under it names it for ever.
    """
    with nothing_begun():
        from permits.rule_words import RuleSetError
        from zone_service.rule_keeping import checked, published
        from zone_service.store.rule_sets import RuleSetConflict

    zh = is_chinese(chinese)
    text = _text(file, zh=zh)
    try:
        found = checked(load(), text) if dry_run else published(load(), text, reason, after)
    except RuleSetError as error:
        _fail_wrong(error, file, zh=zh)
    except RuleSetConflict as error:
        fail(error.said(_language(zh=zh)))
    _show_publication(found, as_json=as_json, zh=zh)


def _may_issue(rule_set: "RuleSetShown", family: str, *, zh: bool) -> str:
    may = (each.may_issue for each in rule_set.issuing if each.family == family)
    return next((_said("yes" if each else "no", zh=zh) for each in may), "–")


def _show_publication(found: "PublishShown", *, as_json: bool, zh: bool) -> None:
    if as_json:
        typer.echo(_json(found.model_dump(mode="json")))
        return
    if found.difference is not None:
        _show_difference(found.difference, zh=zh)
    for family in found.issuing:
        for why in family.refusals:
            said = why.detail_zh if zh else why.detail
            named = _said(f"column {family.family}", zh=zh)
            err.print(f"{named}: {said}", highlight=False, markup=False)
    told = _said("in force" if found.published else "would be", zh=zh, label=found.label)
    out.print(told, highlight=False, markup=False)


def _show_difference(found: "DifferenceShown", *, zh: bool) -> None:
    rows = [
        (sign, each.path, _entry(each.before, zh=zh), _entry(each.after, zh=zh), _name(each, zh=zh))
        for sign, some in (("+", found.added), ("-", found.removed), ("~", found.changed))
        for each in some
    ]
    if not rows:
        same = _said("do not differ", zh=zh, before=found.before, after=found.after)
        out.print(same, highlight=False)
        return
    key, name = _columns("key", "name", zh=zh)
    listed(("", key, found.before, found.after, name), rows)


def _name(change: "ChangeShown", *, zh: bool) -> str:
    name = change.name_zh if zh else change.name
    return "" if name == change.path else name


def _entry(entry: Any, *, zh: bool) -> str:
    """Return a value with its unit and status; of an instrument or an extension what counts of it."""
    from zone_service.schemas.rule_sets import ExtensionShown, InstrumentShown, ParameterShown

    match entry:
        case None:
            return "–"
        case ParameterShown():
            unit = entry.unit_zh if zh else entry.unit
            said = entry.said_zh if zh else entry.said
            return f"{said} {unit}".strip() + f" ({entry.status_zh if zh else entry.status})"
        case InstrumentShown():
            return f"{entry.valid_from or '–'} … {entry.valid_to or '–'}"
        case ExtensionShown():
            return f"… {entry.valid_to} ({entry.decided_by})"
        case _:
            return str(entry)


def _text(file: Path, *, zh: bool) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        fail(_said("not utf-8", zh=zh, file=file))


def _fail_wrong(error: "RuleSetError", file: Path, *, zh: bool) -> NoReturn:
    for each in error.problems:
        err.print(each.said(_language(zh=zh)), highlight=False, markup=False)
    count = len(error.problems)
    fail(_said("refused" if count > 1 else "one refused", zh=zh, file=file.name, count=count))


def _fail_unknown(error: "NoSuchRuleSet", *, zh: bool) -> NoReturn:
    fail(_said("unknown", zh=zh, reference=error.reference))


def _columns(*names: str, zh: bool) -> tuple[str, ...]:
    return tuple(_said(f"column {name}", zh=zh) for name in names)


def _said(key: str, *, zh: bool, **filled: object) -> str:
    from permits.rule_words import words

    return words(key, _language(zh=zh), **filled)


def _language(*, zh: bool) -> "Language":
    from permits.rule_words import Language

    return Language.CHINESE if zh else Language.ENGLISH


def _json(shown: Iterable[Any]) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
