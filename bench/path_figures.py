"""What a run over the path came to: its latencies, and everything that was lost, doubled or missed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.city import CODE, KEEP_OUT
from bench.left_behind import committed_after_ms, compare
from bench.quantiles import quantile, rounded
from bench.running import Platform
from simulators.load import ScriptedBreach

FloatArray = NDArray[np.float64]
Result = dict[str, Any]


def judged(
    viewers: int,
    platform: Platform,
    breaches: Sequence[ScriptedBreach],
    load: Result,
    views: Result,
    times: Path,
    commits: Path,
) -> Result:
    """Hold what was sent, kept, told and seen against each other and against the script.

    ``times`` is the file in which the generator noted when it sent each message, ``commits`` the one in
    which the worker noted when it had committed what.
    """
    with np.load(times) as found:
        device_ids = tuple(found["device_ids"].tolist())
        published_s, stored = found["published_s"], found["stored_seq"]
    shown_s = _shown_s(breaches, device_ids, published_s)
    scripted = [each for each in views["violations"] if _is_scripted(each, shown_s)]
    latencies = _seen_after_ms(scripted, views["deliveries"], shown_s)
    database = platform.settings.data_dir / "zone.sqlite"
    kept = compare(database, device_ids, np.isfinite(published_s))
    committed_ms = committed_after_ms(database, commits, device_ids, published_s)
    return {
        "messages_per_second": load["messages_per_second"],
        **_quantiles("alert", latencies),
        "alert_ms_max": rounded(max(latencies, default=None)),
        **_quantiles("told", _told_after_ms(scripted, platform.told_at, shown_s)),
        **_quantiles("commit", committed_ms.tolist()),
        "sent": load["sent"],
        "lost": kept.lost,
        "duplicated": kept.duplicated + views["doubled"],
        "strange": kept.strange,
        **_counted(platform.beat),
        "devices_not_acknowledged": _not_acknowledged(published_s, stored),
        **_violations(breaches, views["violations"], scripted, shown_s),
        "deliveries": len(latencies),
        "deliveries_missed": len(breaches) * viewers - len(latencies),
        "feed_gaps": views["gaps"],
        "viewers_ended": views["kicked"],
        "generator_late_ms": load["late_ms_max"],
        "reconnects": load["reconnects"],
    }


def bare_judged(platform: Platform, load: Result, times: Path, commits: Path) -> Result:
    """Say how long messages took to their commit with the bare worker, and what is wrong with that."""
    with np.load(times) as found:
        device_ids, published_s = tuple(found["device_ids"].tolist()), found["published_s"]
    database = platform.settings.data_dir / "zone.sqlite"
    kept = compare(database, device_ids, np.isfinite(published_s))
    committed_ms = committed_after_ms(database, commits, device_ids, published_s)
    wrong = {"lost": kept.lost, "doubled": kept.duplicated, "strange": kept.strange}
    problems = [f"bare worker: {count} {what}" for what, count in wrong.items() if count]
    return {
        "messages_per_second": load["messages_per_second"],
        **_quantiles("commit", committed_ms.tolist()),
        "problems": problems,
    }


def _shown_s(
    breaches: Sequence[ScriptedBreach], device_ids: Sequence[str], published_s: FloatArray
) -> dict[str, float]:
    """When the message that first shows its breach was sent, by device."""
    rows = {name: row for row, name in enumerate(device_ids)}
    return {
        each.device_id: float(published_s[rows[each.device_id], each.first_seq])
        for each in breaches
    }


def _seen_after_ms(
    scripted: Sequence[Result], deliveries: Result, shown_s: dict[str, float]
) -> list[float]:
    return [
        (at_s - shown_s[each["device_id"]]) * 1000
        for each in scripted
        for at_s in deliveries[each["id"]]
    ]


def _told_after_ms(
    scripted: Sequence[Result], told_at: Mapping[str, float], shown_s: dict[str, float]
) -> list[float]:
    return [
        (told_at[each["id"]] - shown_s[each["device_id"]]) * 1000
        for each in scripted
        if each["id"] in told_at
    ]


def _quantiles(name: str, latencies_ms: Sequence[float]) -> Result:
    return {
        f"{name}_ms_p50": rounded(quantile(latencies_ms, 0.50)),
        f"{name}_ms_p99": rounded(quantile(latencies_ms, 0.99)),
    }


def _counted(beat: Result) -> Result:
    """What the worker's last heartbeat counted."""
    counts = beat.get("counts", {})
    return {
        "late": counts.get("late", 0),
        "repeated": counts.get("duplicate", 0),
        "refused": sum(beat.get("refused", {}).values()),
        "slowest_turn_ms": beat.get("lag_ms_max"),
    }


def _not_acknowledged(published_s: FloatArray, stored: NDArray[np.int64]) -> int:
    """How many devices were not told that their last report is stored."""
    sent = np.isfinite(published_s)
    last = np.array([int(np.flatnonzero(row).max(initial=-1)) for row in sent])
    return int((stored < last).sum())


def _violations(
    breaches: Sequence[ScriptedBreach],
    seen: Sequence[Result],
    scripted: Sequence[Result],
    shown_s: dict[str, float],
) -> Result:
    of_devices = {each["device_id"] for each in scripted}
    strange = [each for each in seen if not _is_scripted(each, shown_s)]
    return {
        "violations_expected": len(breaches),
        "violations_seen": len(of_devices),
        "violations_unscripted": len(strange),
        "unscripted": [
            f"{each['code']} of {each['device_id']} at {each['zone_id']}" for each in strange
        ],
        "violations_twice": len(scripted) - len(of_devices),
    }


def _is_scripted(violation: Result, shown_s: dict[str, float]) -> bool:
    return (
        violation["code"] == CODE
        and violation["zone_id"] == KEEP_OUT
        and violation["device_id"] in shown_s
    )
