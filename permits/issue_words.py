"""What is refused or doubted when a permit is issued, in English and in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from permits.permit import Permit, PermitAction, StepRefused
from permits.rule_words import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "no plate": (
            "no plate for {device}: every vehicle of this permit bears one",
            "{device} 没有号牌：本许可的每辆车均须领取临时行驶车号牌",
        ),
        "no device of it": (
            "{device} is not in this permit",
            "{device} 不属于本许可",
        ),
        "no plates": (
            "permits of kind {kind} bear no plates: {device} gets none",
            "{kind} 类许可不核发号牌：{device} 无须号牌",
        ),
        "named twice": ("{what} is named twice", "{what} 重复"),
        "form of vin": (
            "VIN {vin}: expected 17 capitals and figures, without I, O and Q",
            "车辆识别代号 {vin}：应为 17 位大写字母和数字，不含 I、O、Q",
        ),
        "other vin": (
            "VIN {vin}: the vehicle is registered by {registered}",
            "车辆识别代号 {vin}：该车登记的车辆识别代号为 {registered}",
        ),
        "no vin": (
            "VIN {vin}: expected none, a code plate is of no motor vehicle",
            "车辆识别代号 {vin}：编码牌不用于机动车，不应填写",
        ),
        "device plated": (
            "device {device} bears plate {plate} already, by permit {number}",
            "设备 {device} 已领取号牌 {plate}（许可 {number}）",
        ),
        "form of plate": (
            "plate {plate}: expected at most {most} letters, figures and characters",
            "号牌 {plate}：应为不超过 {most} 个汉字、字母和数字",
        ),
        "no insurance": (
            "{device}: no paper says until when it is insured",
            "{device}：没有证明其保险期限的文件",
        ),
        "no inspection": (
            "{device}: no paper says until when it is inspected",
            "{device}：没有证明其检验有效期的文件",
        ),
        "plate taken": (
            "plate {plate} is on another vehicle, of permit {number}, or not collected yet",
            "号牌 {plate} 已核发给许可 {number} 的其他车辆，或尚未收回",
        ),
        "vin taken": (
            "VIN {vin} bears plate {plate} already, by permit {number}",
            "车辆识别代号 {vin} 已领取号牌 {plate}（许可 {number}）",
        ),
        "nothing left": (
            "{device}: nothing is left of its validity, which ended with its {cause} on {at}",
            "{device}：有效期已届满，{cause}于 {at} 届满",
        ),
        "permit over": (
            "nothing is left of the permit's validity, which ended with its {cause} on {at}",
            "许可有效期已届满，{cause}于 {at} 届满",
        ),
        "check digit": (
            "VIN {vin}: its ninth place is {found}, and {expected} by the check digit",
            "车辆识别代号 {vin}：第九位为 {found}，按校验位应为 {expected}",
        ),
        "not issued": (
            "cannot {action} permit {number}: {reasons}",
            "不能对许可 {number} 执行 {action}：{reasons}",
        ),
        "no such plate": (
            "plate {plate} is none of this permit's that could be ended",
            "本许可没有可收回或作废的号牌 {plate}",
        ),
        "nothing to end": (
            "this permit has no plate that could be ended",
            "本许可没有可收回或作废的号牌",
        ),
        "nothing to give": (
            "no plate is given: expected one at the least",
            "没有给出号牌，至少应给出一副",
        ),
        "cause declaration": ("declaration", "自我声明"),
        "cause cap": ("longest period", "最长期限"),
        "cause insurance": ("insurance", "保险"),
        "cause inspection": ("inspection", "检验"),
        "cause vehicles": ("last vehicle", "最后一辆车的号牌"),
        "cause police": ("plate as it was issued", "号牌核定期限"),
    }
)
"""By key: English and Chinese, with the same places to fill."""


def issue_words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    english, chinese = WORDS[key]
    return (chinese if language is Language.CHINESE else english).format(**filled)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that stands in the way of an issue, or is to be looked at."""

    path: str
    """Of what was given: ``plates[0].vin``."""
    key: str
    """Of ``WORDS``."""
    filled: tuple[tuple[str, str], ...] = ()

    def said(self, language: Language) -> str:
        """Return it for a person to read; what fills a place may be a key of its own."""
        known = {
            name: issue_words(each, language) if each in WORDS else each
            for name, each in self.filled
        }
        return issue_words(self.key, language, **known)


def remark(path: str, key: str, **filled: object) -> Remark:
    """Return what is to be said at a path."""
    return Remark(path, key, tuple((name, str(each)) for name, each in filled.items()))


class NotIssued(StepRefused):
    """A permit that cannot be issued as was asked: everything that stands in the way at once."""

    slug = "not-issued"

    def __init__(self, permit: Permit, action: PermitAction, *found: Remark) -> None:
        self.remarks = found
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return all of it for a person to read."""
        reasons = "; ".join(each.said(language) for each in self.remarks)
        return issue_words(
            "not issued", language, action=self.action, number=self.number, reasons=reasons
        )
