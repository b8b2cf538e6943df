"""What is printed on certificates and said of them, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.department import Department, department_name
from permits.rule_words import Language

Both = tuple[str, str]
"""English and Chinese."""

WORDS: Mapping[str, Both] = MappingProxyType(
    {
        "title": ("Permit Certificate", "许可证书"),
        "number": ("Number", "编号"),
        "confirmation": ("Confirmation number", "确认编号"),
        "application": ("Application", "申请编号"),
        "edition": ("Edition", "版次"),
        "kind": ("Kind", "类别"),
        "holder": ("Holder", "持有人"),
        "members": ("Members of the consortium", "联合体成员"),
        "validity": ("Validity", "有效期"),
        "cut by": ("It ends with", "截止依据"),
        "vehicles": ("Vehicles and devices", "车辆与设备"),
        "plate": ("Plate", "号牌"),
        "vin": ("VIN", "车辆识别代号"),
        "device": ("Device", "设备"),
        "plate to": ("Plate valid before", "号牌有效至（不含）"),
        "terms": ("Terms", "许可内容"),
        "places": ("Segments and areas", "路段与区域"),
        "transfers": ("Transfer segments, by hand alone", "转场路段（限人工驾驶）"),
        "exempt": ("Keep-out zones it may enter", "准许进入的限制区"),
        "route": ("Route of its own", "专用航线或路线"),
        "half width": ("{m:g} m to each side of the line on file", "备案线路两侧各 {m:g} 米"),
        "hours": ("Hours", "时段"),
        "speed": ("Greatest speed", "最高速度"),
        "height": ("Greatest height above ground", "最大真高"),
        "modes": ("Control modes", "控制模式"),
        "any": ("any", "不限"),
        "no limit": ("as the road and the law have it", "按道路及法规限制"),
        "every day": ("every day", "每日"),
        "conditions": ("Conditions", "附加条件"),
        "none": ("none", "无"),
        "visibility": ("visibility of {m:g} m at least", "能见度不低于 {m:g} 米"),
        "wind": ("wind of {mps:g} m/s at most", "风速不超过 {mps:g} 米/秒"),
        "vehicles at most": ("{count} vehicles at most", "车辆不超过 {count} 辆"),
        "rules": ("Issued under", "核发依据"),
        "departments": ("Departments", "核发部门"),
        "issued by": ("Handed over by", "经办单位"),
        "issued at": ("Issued at", "核发时间"),
        "verify": (
            "The code is signed. `zone permit verify` tells without a network whether this paper is genuine.",
            "二维码经数字签名，可用 zone permit verify 离线验证本证书真伪。",
        ),
        "key": ("Key", "密钥"),
        "until": ("until before", "至（不含）"),
        "page": ("page {at} of {of}", "第 {at} 页，共 {of} 页"),
        "speed value": ("{kmh:g} km/h", "{kmh:g} 公里/小时"),
        "height value": ("{m:g} m", "{m:g} 米"),
        "cut declaration": ("the declared period", "自我声明的期限"),
        "cut cap": ("the longest period of its kind", "该类许可的最长期限"),
        "cut insurance": ("the insurance", "保险有效期"),
        "cut inspection": ("the inspection", "检验有效期"),
        "cut police": ("the plate, as limited by the police", "公安机关核定的号牌期限"),
        "cut vehicles": ("the last plate of its vehicles", "最后一辆车的号牌期限"),
        "verdict valid": ("valid", "有效"),
        "verdict expired": ("expired", "已过期"),
        "verdict not yet valid": ("not yet valid", "尚未生效"),
        "verdict altered": ("altered: this is not the file that was issued", "已被篡改：并非核发的原文件"),
        "verdict forged": (
            "forged: the signature is not that of the key {key_id}",
            "伪造：签名与密钥 {key_id} 不符",
        ),
        "verdict unknown key": (
            "unknown key {key_id}: none of the known keys has signed it",
            "未知密钥 {key_id}：不是任何已知密钥的签名",
        ),
        "verdict no token": ("no token of a permit in it", "其中没有许可令牌"),
        "standing in force": ("in force now, since {at}", "目前有效，自 {at} 起"),
        "standing suspended": ("suspended since {at}", "自 {at} 起暂停"),
        "standing ended": ("ended since {at}", "自 {at} 起终止"),
        "standing replaced": (
            "another edition counts, {edition}",
            "已由第 {edition} 版取代",
        ),
        "standing not in force": ("not in force now", "目前未生效"),
        "standing unknown": (
            "the platform has issued no permit of this number",
            "平台未核发过该编号的许可",
        ),
    }
)  # fmt: skip

_KINDS: Mapping[str, Both] = MappingProxyType(
    {
        "ROAD_TEST": ("Road test", "道路测试"),
        "DEMO_APPLICATION": ("Demonstration application", "示范应用"),
        "DEMO_OPERATION": ("Demonstration operation", "示范运营"),
        "COMMERCIAL_OPERATION": ("Commercial operation", "商业化运营"),
        "LOW_SPEED_TEST": ("Test of low-speed devices", "低速无人设备测试"),
        "LOW_SPEED_OPERATION": ("Operation of low-speed devices", "低速无人设备运营"),
        "FLIGHT_ACTIVITY": ("Flight activity", "飞行活动"),
        "STANDING_FLIGHT": ("Standing flight activity", "长期飞行活动"),
        "EMERGENCY_FLIGHT": ("Emergency flight", "紧急飞行"),
        "TEST_BASE_USE": ("Use of a test base", "试验基地使用"),
        "SUITABLE_AIRSPACE_FLIGHT": ("Flight in suitable airspace", "适飞空域飞行"),
        "EXEMPT_FLIGHT": ("Flight that needs no application", "免申请飞行"),
        "VESSEL_TRIAL": ("Vessel trial", "船舶试航"),
        "CHANNEL_SURVEY": ("Channel survey", "航道测绘"),
    }
)
DAYS: Both = ("Mon Tue Wed Thu Fri Sat Sun", "周一 周二 周三 周四 周五 周六 周日")


def said(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    english, chinese = both(key, **filled)
    return chinese if language is Language.CHINESE else english


def both(key: str, **filled: object) -> Both:
    """Return a sentence in both languages."""
    english, chinese = WORDS[key]
    return english.format(**filled), chinese.format(**filled)


def kind_name(kind: str) -> Both:
    """Return what a kind of permit is called; a kind that has no name is called as it is."""
    return _KINDS.get(kind, (kind, kind))


def both_names(department: str) -> Both:
    """Return what a department is called; one that has no name is called as it is."""
    if department not in set(Department):
        return department, department
    own = Department(department)
    return department_name(own, Language.ENGLISH), department_name(own, Language.CHINESE)
