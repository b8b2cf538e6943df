"""Commands about the history: what devices told."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zone_service.background import stand_back
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import EXIT_FAILED, err, example, fail, history, out
from zone_service.commands.times import time_typed
from zone_service.history.given import Format
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zone_service.history.asked import Window

_WHOLE: Final = ("{count} files, each as it was written", "共 {count} 个文件，均与写入时一致")
_LOST: Final = ("{name} is gone or not as it was", "{name} 缺失或已被改动")


@history.command(epilog=example("zone history compact", "zone history compact --everything"))
def compact(
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="The hour that is not over as well.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing of what was done.")] = False,
) -> None:
    """Take the journal into the history: segments of minutes, files of hours.

    ``zone up`` has it done each minute. It may be ended at any moment, and done again.
    """
    # Before anything is loaded, which takes longer than many a run of it.
    stand_back()
    with nothing_begun():
        from contextlib import closing

        from zone_service.clock import now
        from zone_service.history.compaction import Compaction
        from zone_service.provision import opened

    settings = load()
    with closing(opened(settings)) as store:
        done = Compaction(store, settings.history_dir, settings.served).run(
            now(), everything=everything
        )
    if not quiet:
        out.print(
            f"{done.segments} segments of {done.rows} reports, {done.files} files", highlight=False
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
        "zone history export 2026-11-27T08:00 2026-11-27T09:00 --bbox 121.4,31.1,121.6,31.3 "
        "--format geoparquet --output area.parquet",
    )
)
def export(
    begins: Annotated[
        str, typer.Argument(metavar="FROM", help="The first moment; UTC where it says no offset.")
    ],
    ends: Annotated[str, typer.Argument(metavar="TO", help="The first moment after it.")],
    *,
    device: Annotated[str, typer.Option(help="What this device told; all of them without.")] = "",
    bbox: Annotated[
        str, typer.Option(help="west,south,east,north in degrees of WGS 84; anywhere without.")
    ] = "",
    as_format: Annotated[Format, typer.Option("--format", help="As what.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option(help="Into this file, which must not be there yet.")
    ] = None,
) -> None:
    """Give out what devices told from FROM until TO, by their own clocks, by device and time."""
    with nothing_begun():
        from contextlib import closing

        from zone_service.history.formats import written
        from zone_service.history.query import History
        from zone_service.provision import opened

    asked = _window(begins, ends, device, bbox)
    settings = load()
    with closing(opened(settings)) as store:
        rows = History(store, settings.history_dir, settings.served).rows(asked)
    _put(written(rows, as_format), output)
    err.print(f"{rows.num_rows} reports", highlight=False)


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
    if output.exists():
        english = f"{output} is there already: expected a new file"
        fail(f"{output} 已存在：请换一个文件名" if is_chinese() else english)
    with TemporaryDirectory(dir=output.parent, prefix=".") as beside:  # nobody finds half of it
        part = Path(beside, output.name)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(content)
        part.rename(output)
