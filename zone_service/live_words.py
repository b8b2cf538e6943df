"""What the live feed in a terminal says, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.rule_words import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # --- headings; one of two words may stand in two lines
        "opened": ("opened (UTC+8)", "开始 (UTC+8)"),
        "severity": ("severity", "程度"),
        "code": ("code", "代码"),
        "device": ("device", "设备"),
        "zone": ("zone", "区域"),
        "handling": ("handling", "处置"),
        # --- above and below the table
        "no violations": ("no open violations", "无进行中的违规"),
        "no room": ("no room for {names}: widen the window", "窗口太窄，未显示：{names}；请加宽窗口"),
        "waiting": ("waiting for the feed", "正在等待实时数据"),
        "degraded": ("MONITORING DEGRADED", "监测能力下降"),
        "live": ("live", "实时"),
        "one object": ("{count} object", "{count} 个目标"),
        "objects": ("{count} objects", "{count} 个目标"),
        "rate": ("{rate} messages/s", "每秒 {rate} 条报文"),
        "age": ("feed age {age}", "数据时延 {age}"),
        "unknown": ("unknown", "未知"),
        # --- of a violation, or of one that lies ahead
        "found late": ("found late", "补传发现"),
        "goes on": ("seen to go on", "实时仍在持续"),
        "by the law of": ("by the law of {moment}", "按 {moment} 的规则判定"),
        "zone_changed": ("zone changed", "区域变更"),
        "permit_changed": ("permit changed", "许可变更"),
        "rules_changed": ("rules changed", "规则变更"),
        "register_changed": ("register changed", "登记变更"),
        "time_passed": ("time passed", "时间已到"),
        "inside": ("{sure} inside", "{sure} 在区内"),
        "outside": ("{sure} outside", "{sure} 在区外"),
        "height unknown": ("height unknown", "高度不明"),
        "has begun": ("has begun", "已发生"),
        "ahead": ("ahead", "即将发生"),
        "in seconds": ("in {seconds} s", "{seconds} 秒后"),
        # --- how severe it is, and what people did about it
        "pre-alarm": ("pre-alarm", "预警"),
        "critical": ("critical", "特别严重"),
        "high": ("high", "严重"),
        "major": ("major", "较重"),
        "minor": ("minor", "轻微"),
        "warning": ("warning", "提醒"),
        "new": ("new", "待处理"),
        "acknowledged": ("acknowledged", "已确认"),
        "resolved": ("resolved", "已办结"),
        # --- where it cannot be followed
        "no answer": (
            "{address} does not answer ({error}). Is `zone up` running? Elsewhere: --url https://zone.example",
            "{address} 没有应答（{error}）。`zone up` 是否在运行？其他地址：--url https://zone.example",
        ),
        "answered": ("the platform answered {status}", "平台应答 {status}"),
        "ended": ("the feed ended: {error}", "实时数据已中断：{error}"),
    }
)  # fmt: skip


def live_words(key: str, language: Language, **filled: object) -> str:
    """Return what is said in a language; what has no words is said as it is."""
    said = WORDS.get(key, (key, key))[language is Language.CHINESE]
    return said.format(**filled) if filled else said
