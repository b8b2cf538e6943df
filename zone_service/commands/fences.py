"""Commands about what units are told of zones."""

from typing import Any, Final

from zone_service import parts
from zone_service.commands.described import Command, describe
from zone_service.commands.root import example, fence
from zone_service.commands.showing import Column, lines
from zone_service.commands.words import argument

STATES: Final = {
    "held": ("holds the zones of now", "已持有现行区域"),
    "old": ("holds others than those of now", "所持区域已过时"),
    "refused": ("cannot take the zones of now", "无法载入现行区域"),
    "unwatched": (
        "holds the last zones that were made; nobody has looked lately whether they are those of now",
        "已持有最近生成的区域，但近期未核对其是否为现行区域",
    ),
    "unknown": ("has not said what it holds", "未报告所持区域"),
    "none": ("nothing to know yet: no permit", "尚无许可，无需载入"),
    "not_carried": (
        "its format carries no zones: the platform alone checks",
        "协议不支持区域下发：仅由平台核查",
    ),
}
LEFT_OUT: Final = {
    "heights": ("heights", "高度"),
    "hours": ("hours", "时段"),
    "shape": ("a corridor", "走廊形状"),
    "hole": ("a hole", "内部空洞"),
    "speed": ("speed", "速度"),
    "control_modes": ("control modes", "控制模式"),
    "several_areas": ("areas apart", "多块区域"),
    "vertices": ("too many corners", "顶点过多"),
    "radius": ("too small a circle", "圆过小"),
    "follows_a_device": ("follows a device", "随设备移动"),
    "size": ("no room", "超出容量"),
}


def state(item: Any, *, zh: bool) -> str:
    """Return how a unit stands to the zones of now, for a person to read."""
    return STATES[item["state"]][zh]


def _left_out(item: Any, *, zh: bool) -> str:
    parts = (f"{each['of']}: {LEFT_OUT[each['what']][zh]}" for each in item["left_out"])
    return ("；" if zh else "; ").join(parts)


WHAT: Final = (
    Column("device", "设备", "device_id"),
    Column("zones on board", "机载区域", state),
    Column("format", "格式", "format"),
    Column("version", "版本", "version"),
    Column("holds version", "所持版本", "held_version"),
    Column("said at", "报告于", "held_at"),
    Column("refused version", "拒绝版本", "refused_version"),
    Column("refused for", "拒绝原因", "refused_for"),
    Column("made at", "生成于", "made_at"),
    Column("sent at", "下发于", "sent_at"),
    Column("zones", "区域数", "zone_count"),
    Column("bytes", "字节", "size_bytes"),
    Column("SHA-256", "SHA-256", "sha256"),
    Column("checked here alone", "仅由平台核查", _left_out),
)

describe(
    Command(
        fence,
        "show",
        "GET /api/devices/{device_id}/fence",
        "Show which zones a unit is told of, whether it holds them, and what it cannot be told.",
        (argument("device_id", "Its id.", "path:device_id", metavar="DEVICE"),),
        lines(*WHAT),
        ("zone fence show uav-1",),
    ),
)


@fence.command(epilog=example("zone fence push"))
def push() -> None:
    """Tell units of the zones that concern them, and hear what they hold, until told to stop.

    ``zone up`` runs it; alone it is for machines where a service manager keeps each process.
    """
    parts.fences()
