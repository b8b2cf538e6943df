"""What devices told, as it is shown."""

from datetime import datetime

from pydantic import BaseModel


class ToldShown(BaseModel):
    """One report, in WGS 84 and in the units of the platform's own JSON; null is unknown."""

    device_id: str
    event_time: datetime
    received_time: datetime
    seq: int | None
    longitude: float | None
    latitude: float | None
    altitude_hae_m: float | None
    altitude_msl_m: float | None
    height_ato_m: float | None
    height_agl_m: float | None
    altitude_baro_m: float | None
    horizontal_accuracy_m: float | None
    vertical_accuracy_m: float | None
    satellites: int | None
    ground_speed_mps: float | None
    vertical_speed_mps: float | None
    track_deg: float | None
    heading_deg: float | None
    battery_percent: float | None
    time_source: str
    boot_id: str | None
    source_datum: str
    """The datum in which the position was sent; the one above is in WGS 84."""
    control_mode: str
    operational_status: str
    codec: str
    quality_flags: str
    """Words with blanks between."""
    frame: str
    """Where it stands in the journal: batch, frame and report."""
