"""How well working days are known, as clients are told."""

from typing import Literal

from permits.working_calendar import Known

CALENDARS: dict[Known, Literal["published", "configured", "assumed"]] = {
    Known.PUBLISHED: "published",
    Known.CONFIGURED: "configured",
    Known.ASSUMED: "assumed",
}
