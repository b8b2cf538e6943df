"""What the platform itself has heard of a device over a window of days, as facts of preconditions.

What was heard proves that it works, or that it said it does not. That it was heard for too short a time
proves neither: then nobody knows, and a document and somebody of a department answer as before.
"""

from permits.condition import Fact
from permits.precondition_facts import HeardOf, known_facts, number_in, texts_in
from permits.sheet import Sheet

_HOUR_S, _MINUTE_S = 3600.0, 60.0


def window_days(sheet: Sheet) -> float | None:
    """Return of how many days, up to today, it counts what was heard; ``None`` of none."""
    return number_in(sheet, "data_link.window_days")


def heard_facts(heard: HeardOf | None, fence_revision: int | None, sheet: Sheet) -> dict[str, Fact]:
    """Return the facts of what was heard; none of a device that was not."""
    if heard is None:
        return {}
    failed = texts_in(sheet, "remote_id.failed_statuses")
    status = heard.remote_id_status
    says = status is not None and failed is not None
    return _link(heard, sheet) | known_facts(
        remote_id_failed=str(status) in (failed or ()) if says else None,
        ais_on=heard.ais_on,
        fences_behind=_behind(heard, fence_revision, sheet),
    )


def _link(heard: HeardOf, sheet: Sheet) -> dict[str, Fact]:
    """Return how long and how often it was heard, where that is long and often enough to tell."""
    least_h = number_in(sheet, "data_link.online_min_h")
    least_rate = number_in(sheet, "data_link.reports_min_per_min")
    online_h = heard.online_s / _HOUR_S
    if least_h is None or least_rate is None or online_h < least_h or not heard.online_s:
        return {}
    rate = heard.reports / (heard.online_s / _MINUTE_S)
    return known_facts(
        link_online_h=online_h, link_reports_per_min=rate if rate >= least_rate else None
    )


def _behind(heard: HeardOf, revision: int | None, sheet: Sheet) -> float | None:
    """Return how far its zones are behind, where that is near enough.

    What it has acknowledged it holds, whatever it says of versions that only its maker counts.
    What it said last may be days old: a version further behind can have been the one in force then, and
    one that is not made yet is none.
    """
    if heard.holds_its_fence:
        return 0.0
    most = number_in(sheet, "fence.behind_max")
    if heard.fence_version is None or revision is None or most is None:
        return None
    behind = float(revision - heard.fence_version)
    return behind if 0.0 <= behind <= most else None
