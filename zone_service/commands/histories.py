"""Commands about the history: what devices told."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zone_service.background import Rests, nothing, stand_back
from zone_service.commands.described import Command, describe
from zone_service.commands.languages import InChinese, is_chinese, spoken
from zone_service.commands.new_files import require_new, write_private
from zone_service.commands.root import EXIT_FAILED, err, example, history, out
from zone_service.commands.showing import Column, line, lines, table
from zone_service.commands.times import time_typed
from zone_service.commands.words import DEMANDED, ON_RECORD, argument, moment, option
from zone_service.history.given import Format, Precision
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zone_service.history.asked import Window

_WHOLE: Final = ("{count} files, each as it was written", "共 {count} 个文件，均与写入时一致")
_LOST: Final = ("{name} is gone or not as it was", "{name} 缺失或已被改动")
HOLD: Final = argument("hold_id", "Its id.", "path:hold_id", metavar="HOLD")
HELD: Final = (
    Column("hold", "编号", "hold_id"),
    Column("from", "自", "from"),
    Column("to", "至", "to"),
    Column("held by", "保全人", "held_by"),
    Column("held for", "保全理由", "held_for"),
    Column("lifted", "解除于", "released_at"),
)
PUT: Final = (
    *HELD[:-1],
    Column("reports removed already until", "上报数据此前已删除至", "reports_removed_until"),
    Column("frames removed already until", "原始报文此前已删除至", "frames_removed_until"),
)

describe(
    Command(
        history,
        "holds",
        "GET /api/history/holds",
        "List legal holds on times of the history, those too that are lifted.",
        (option("limit", "So many.", "query:limit", int, default=100),),
        table(*HELD),
        ("zone history holds --username pan",),
        is_list=True,
        needs_somebody=True,
    ),
    Command(
        history,
        "hold",
        "POST /api/history/holds",
        "Put a legal hold on what devices told from FROM until TO: its files are kept until that is lifted.",
        (
            option(
                "begins",
                "The first moment.",
                "body:from",
                default=DEMANDED,
                typed="--from",
                read=moment,
            ),
            option(
                "ends",
                "The first moment after it.",
                "body:to",
                default=DEMANDED,
                typed="--to",
                read=moment,
            ),
            ON_RECORD,
        ),
        lines(*PUT),
        (
            (
                "zone history hold --from 2026-11-27T08:00+08:00 --to 2026-11-27T09:00+08:00 "
                '--reason "case 2026-117" --username pan'
            ),
        ),
    ),
    Command(
        history,
        "release",
        "POST /api/history/holds/{hold_id}/release",
        "Lift a legal hold on the history.",
        (HOLD, ON_RECORD),
        line(Column("", "", "hold_id"), Column("", "", "released_at")),
        ('zone history release 3f0c… --reason "case closed" --username pan',),
    ),
)


@history.command(epilog=example("zone history compact", "zone history compact --everything"))
def compact(
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="The hour that is not over as well.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of what was done.")] = False,
    gently: Annotated[
        bool, typer.Option("--gently", help="Leave the machine to others, and rest in between.")
    ] = False,
) -> None:
    """Take the journal into the history: segments of minutes, files of hours.

    Matches to the roads what vehicles drove on days that are over. Removes files whose time is over, and where the disk is short what the rules no longer ask for.
    ``zone up`` has it done each minute. It may be ended at any moment, and done again.
    """
    if gently:
        # Before anything is loaded, which takes longer than many a run of it.
        stand_back()
    with nothing_begun():
        from contextlib import closing

        from zone_service.clock import now
        from zone_service.history.compaction import Compaction
        from zone_service.history.mileage import mileage_of
        from zone_service.history.removing import retention_of
        from zone_service.provision import opened

    settings, rest = load(), Rests() if gently else nothing
    with closing(opened(settings)) as store:
        try:
            done = Compaction(store, settings.history_dir, settings.served, rest=rest).run(
                now(), everything=everything
            )
        finally:
            # Not only where all went well: on a full disk no file is written before others have gone.
            removed = retention_of(settings, store).run(now())
        driven = mileage_of(settings, store, rest).run(now())
    if not quiet:
        out.print(
            f"{done.segments} segments of {done.rows} reports, {done.files} files; "
            f"{removed} removed; {driven} days matched to roads",
            highlight=False,
        )


@history.command(epilog=example("zone history verify", "zone history verify --chinese"))
def verify(*, chinese: InChinese = None) -> None:
    """Read every file of the history and look whether it is as it was written.

    The exit status is 1 where one is gone or other.
    """
    with nothing_begun():
        from contextlib import closing

        from zone_service.history.verifying import verified
        from zone_service.provision import opened

    zh, settings = is_chinese(chinese), load()
    with closing(opened(settings)) as store:
        found = list(verified(store, settings.history_dir))
    lost = [each.name for each, is_whole in found if not is_whole]
    for name in lost:
        out.print(_LOST[zh].format(name=name), highlight=False, markup=False)
    if lost:
        raise typer.Exit(EXIT_FAILED)
    out.print(_WHOLE[zh].format(count=len(found)), highlight=False)


@history.command(
    epilog=example(
        "zone history export 2026-11-27T08:00+08:00 2026-11-27T09:00+08:00 --device car-1 > told.csv",
        "zone history export 2026-11-27 2026-11-28 --bbox 121.4,31.1,121.6,31.3 "
        "--format geoparquet --precision public --output area.parquet",
    )
)
def export(
    begins: Annotated[
        str, typer.Argument(metavar="FROM", help="The first moment, with its offset, or a day.")
    ],
    ends: Annotated[str, typer.Argument(metavar="TO", help="The first moment after it.")],
    *,
    device: Annotated[str, typer.Option(help="What this device told; all of them without.")] = "",
    bbox: Annotated[
        str, typer.Option(help="west,south,east,north in degrees of WGS 84; anywhere without.")
    ] = "",
    as_format: Annotated[Format, typer.Option("--format", help="As what.")] = Format.CSV,
    precision: Annotated[
        Precision, typer.Option(help="How exact positions are: for whom the file is.")
    ] = Precision.EXACT,
    purpose: Annotated[str, typer.Option(help="What it is read for; it is on record.")] = "",
    output: Annotated[
        Path | None, typer.Option(help="Into this file, which must not be there yet.")
    ] = None,
) -> None:
    """Give out what devices told from FROM until TO, by their own clocks, by device and time.

    That it was, and how exactly, is in the audit.
    """
    with nothing_begun():
        from contextlib import closing

        from permits.precision_rules import precision_rules
        from zone_service.clock import now
        from zone_service.history.formats import written
        from zone_service.history.query import History
        from zone_service.provision import opened
        from zone_service.store import audit, rule_sets
        from zone_service.store.records import PLATFORM

    asked = _window(begins, ends, device, bbox)
    settings = load()
    if output is not None:
        require_new(output, zh=is_chinese())
    with closing(opened(settings)) as store:
        with store.read() as session:
            rules = precision_rules(rule_sets.sheet_of(session, settings.rule_set))
        # Before anything is given, as over the API: a file is a copy that stays.
        with store.write() as session:
            its = f"{precision.value}: {purpose}" if purpose else precision.value
            audit.record(session, PLATFORM, "history.read", device or "all devices", now(), its)
        history = History(store, settings.history_dir, settings.served)
        rows = history.rows_as(asked, precision, rules)
    _put(written(rows, as_format), output)
    told = spoken(f"{rows.num_rows} reports", f"{rows.num_rows} 条上报")
    err.print(told, highlight=False)


def _window(begins: str, ends: str, device: str, bbox: str) -> "Window":
    from zone_service.history.asked import box_of, window

    since, until = (
        datetime.fromtimestamp(time_typed(text, name), UTC)
        for text, name in ((begins, "FROM"), (ends, "TO"))
    )
    return window(since, until, device or None, box_of(bbox) if bbox else None)


def _put(content: "Iterator[bytes]", output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.writelines(content)
        sys.stdout.buffer.flush()
        return
    write_private(output, content)
