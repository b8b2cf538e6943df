"""The picture of what is missed and what is false on thinned tracks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.tracks_fences import WIDTHS_M

Result = dict[str, Any]
COLOURS: Final = {"dense": "#4c78a8", "0.5 Hz": "#f2a93b", "30 s": "#d1495b"}
ROWS: Final = (("fences", "missed"), ("fences", "false"), ("violations", "missed"))


def draw(result: Result, path: Path) -> None:
    """Write a PNG: a column for each source; shares of the true visits by width of the fence."""
    sources = [each["source"] for each in result["sources"]]
    figure = Figure(figsize=(3.1 * len(sources) + 1, 7.5), layout="constrained")
    grid = figure.subplots(len(ROWS), len(sources), sharex=True, sharey=True, squeeze=False)
    for axes, (by, what) in zip(grid, ROWS, strict=True):
        for one, source in zip(axes, sources, strict=True):
            lines = [e for e in result["lines"] if e["source"] == source and e["by"] == by]
            _bars(one, lines, what)
        axes[0].set_ylabel(f"{by}: {what}\n% of true visits")
    for one, source in zip(grid[0], sources, strict=True):
        one.set_title(source)
    for one in grid[-1]:
        one.set_xlabel("width of the fence, m")
    grid[0][0].legend(title="sent")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)


def _bars(axes: Axes, lines: Sequence[Result], what: str) -> None:
    for place, (rate, colour) in enumerate(COLOURS.items()):
        of_rate = [each for each in lines if each["rate"] == rate]
        heights = [100.0 * each[what] / each["true"] if each["true"] else 0.0 for each in of_rate]
        at = [number + 0.27 * (place - 1) for number in range(len(of_rate))]
        axes.bar(at, heights, 0.26, color=colour, label=rate)
    axes.set_xticks(range(len(WIDTHS_M)), [f"{width_m:.0f}" for width_m in WIDTHS_M])
    axes.grid(visible=True, axis="y", alpha=0.3)
