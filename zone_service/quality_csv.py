"""The days of devices as CSV: a line a day, the parts of the score and the items as columns."""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any, Final

from permits.quality_items import ITEMS, PARTS

FIGURES: Final = (
    "device_id", "day", "first_heard_at", "last_heard_at", "reports", "late", "score", "online_s",
    "rate_hz", "gaps", "gap_total_s", "gap_longest_s", "lost", "replayed", "delay_mean_s",
    "delay_worst_s", "delayed", "skewed", "ahead_worst_s", "accuracy_mean_m", "accuracy_worst_m",
    "inaccurate", "jumps",
)  # fmt: skip
COLUMNS: Final = (
    *FIGURES,
    *(f"part_{part}" for part in PARTS),
    *(f"said_{item}" for item in ITEMS),
    "missing",
)


def csv_of(days: Iterable[Mapping[str, Any]]) -> str:
    """Return days, each as the API has it; what is unknown is empty."""
    text = StringIO()
    lines = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    lines.writeheader()
    lines.writerows(map(_line, days))
    return text.getvalue()


def _line(day: Mapping[str, Any]) -> dict[str, Any]:
    parts = {f"part_{each['part']}": each["worth"] for each in day["parts"]}
    items = {f"said_{each['item']}": each["said_ratio"] for each in day["items"]}
    figures = {name: day[name] for name in FIGURES}
    return figures | parts | items | {"missing": " ".join(day["missing"])}
