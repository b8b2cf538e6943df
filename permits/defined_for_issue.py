"""Parameters of the issue: how what is granted is numbered, what bears a plate, what a VIN must be."""

from permits.definition import pattern, texts
from permits.life_cycle import PermitKind

DEFINED = (
    pattern("number.other.confirmation", "Number on the confirmation", "确认编号格式"),
    pattern("number.other.machine", "Number for programs and tokens", "机读编号格式"),
    pattern("number.{kind}.confirmation", "Number on the confirmation ({kind})", "确认编号格式({kind})"),
    pattern("number.{kind}.machine", "Number for programs and tokens ({kind})", "机读编号格式({kind})"),
    texts("plate.kinds", "Permits whose vehicles bear a temporary plate", "车辆须领取临时行驶车号牌的许可", of=PermitKind, used=True),
    texts("plate.code_kinds", "Permits whose devices bear a code plate of the city, which has no VIN", "设备须领取城市编码牌（无车辆识别代号）的许可", of=PermitKind, used=True),
    texts("plate.check_digit_regions", "First characters of VINs whose ninth place is a check digit", "第九位为校验位的车辆识别代号首位", used=True),
)  # fmt: skip
