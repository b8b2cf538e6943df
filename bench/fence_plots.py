"""The pictures of the fence benchmark."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

Result = dict[str, Any]
EQUALLY_DENSE = ("few", "1k", "10k_spread")


def draw(found: Result, directory: Path) -> list[Path]:
    """Write throughput by zones and latency by rate as PNG; return the files."""
    directory.mkdir(parents=True, exist_ok=True)
    made = {"fence-throughput.png": throughput(found), "fence-latency.png": latency(found)}
    paths = []
    for name, figure in made.items():
        paths.append(directory / name)
        figure.savefig(paths[-1])
    return paths


def throughput(found: Result) -> Figure:
    """Draw fixes a second over the number of zones."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    lines = found["lines"]
    dense = [lines[name] for name in EQUALLY_DENSE]
    zones = [each["zones"] for each in dense]
    axes.plot(zones, [each["fixes_per_second"] for each in dense], "o-", label="whole path")
    axes.plot(zones, [1e6 / each["step_us"] for each in dense], "s-", label="fence step alone")
    crowded = lines["10k_dense"]
    axes.plot(
        [crowded["zones"]], [crowded["fixes_per_second"]], "o", label="whole path, overlapping"
    )
    for name, peer in found["peers"].items():
        if peer.get("ratio"):
            axes.plot([lines["1k"]["zones"]], [peer["fixes_per_second"]], "^", label=name)
    axes.set(xscale="log", yscale="log", xlabel="zones, equally dense", ylabel="fixes a second")
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend()
    return figure


def latency(found: Result) -> Figure:
    """Draw the time from a message's due time to its verdict over the rate."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    paced = sorted(found["paced"].values(), key=lambda each: float(each["rate"]))
    rates = [each["rate"] for each in paced]
    for share in ("p50", "p99"):
        axes.plot(rates, [each[f"check_ms_{share}"] for each in paced], "o-", label=share)
    axes.set(xlabel="messages a second", ylabel="ms from due time to verdict", ylim=(0, None))
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    return figure
