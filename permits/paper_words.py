"""What is wrong with papers, in English and in Chinese: a document, a file, an application."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from permits.articles import in_english
from permits.rule_words import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "is": ("{path} is {found}: expected {expected}", "{path} 为 {found}：应为{expected}"),
        "absent": ("{path} is missing: expected {expected}", "缺少 {path}：应为{expected}"),
        "number": ("the number that the document bears", "文件编号"),
        "issued_by": ("who issued it", "出具单位"),
        "valid_from": ("its first day, such as 2026-05-04", "起始日期，例如 2026-05-04"),
        "valid_to": ("its last day, such as 2027-05-03", "截止日期，例如 2027-05-03"),
        "amount_cny": ("the sum in CNY, above 0", "大于 0 的金额（元）"),
        "training_h": ("the hours of training, above 0", "大于 0 的培训时长（小时）"),
        "remote_h": ("the hours of remote control, above 0", "大于 0 的远程操控时长（小时）"),
        "grade": ("the class, grade or edition that it states", "所载类别、等级或版次"),
        "applies": ("what a {kind} is about: {choice}", "{kind}所适用的对象：{choice}"),
        "order": ("a day not before valid_from, {day}", "不早于 valid_from（{day}）的日期"),
        "expired": ("a document that is still valid on {day}", "{day} 仍有效的文件"),
        "type": ("one of {choice}, told by its content", "内容属于下列类型之一：{choice}"),
        "not empty": ("a file with something in it", "非空文件"),
        "whole": ("a {type} file that is whole: {how}", "完整的 {type} 文件：{how}"),
        "small": ("at most {most} bytes", "不超过 {most} 字节"),
        "digest": ("a file whose SHA-256 is {digest}", "SHA-256 为 {digest} 的文件"),
        "vin": ("a VIN of 17 characters without I, O and Q", "17 位车辆识别代号，不含 I、O、Q"),
        "vin digit": ("a VIN whose ninth character is {digit}", "第九位应为 {digit} 的车辆识别代号"),
        "code": ("the code of the low-speed device", "低速设备编码"),
        "upic": ("a product code of 20 characters without O and I", "20 位唯一产品识别码，不含 O、I"),
        "mmsi": ("the nine digits of an MMSI", "九位水上移动业务标识码"),
        "mmsi or registration": ("an MMSI or a registration", "水上移动业务标识码或船舶登记号"),
        "id number": (
            "a resident identity number of 18 characters with its check, or a passport of 5 to 20",
            "18 位且校验正确的居民身份证号，或 5 至 20 位护照号",
        ),
        "roles": ("one or more of {choice}", "下列一项或多项：{choice}"),
        "range": ("{low} to {high}", "{low} 至 {high}"),
        "above 0": ("a number above 0", "大于 0 的数"),
        "no less": ("no less than the empty mass, {least}", "不小于空机重量 {least}"),
        "one lead": ("one member that leads", "仅有一个牵头单位"),
        "two members": ("two organisations or more", "两个或更多单位"),
        "operating": ("one member that operates", "至少一个运营单位"),
        "one of": ("one of {choice}", "下列之一：{choice}"),
        "entry": ("a {kind} of the register", "登记簿中的{kind}"),
        "single subject": ("none: one organisation applies for it alone", "空：应由单一主体申请"),
        "consortium": (
            "a consortium of the register, with an operating unit",
            "登记簿中含运营单位的联合体",
        ),
        "consent of owner": (
            "the consent of {owner}, which brings it itself",
            "其所有单位 {owner} 自行作出的同意",
        ),
        "format that tells": (
            "a format in which a unit tells {items}, which the permit would wait for",
            "能够上报{items}的数据格式（许可生效前须收到）",
        ),
        "in service": ("an entry that is in service", "在用的登记项"),
        "low speed": ("a low-speed device", "功能型无人车（低速设备）"),
        "no low speed": ("no low-speed device", "非低速设备"),
        "entry of device": ("an entry that this device moves with", "与该设备关联的登记项"),
        "device of terms": ("one whose device is among terms.device_ids", "其设备列于 terms.device_ids 的登记项"),
        "person": ("a person with the role {role}", "角色为 {role} 的人员"),
        "content": ("{item}", "{item}"),
        "paper": ("a {kind} that counts today, with its file", "今日有效且附有文件的{kind}"),
        "standing flight": ("a standing flight that is approved", "已批准的长期飞行活动"),
        "cut-off": ("a plan that is filed by {latest}", "不晚于 {latest} 提交的计划"),
        "terms": ("terms that can be", "可行的许可条件"),
        "other terms": ("terms that differ from the present ones", "与现行条件不同的条件"),
        "some zone": ("one zone or more", "至少一个路段或区域"),
        "zone beside suspended": (
            "one zone or more while {named} is suspended, which the corridor alone would let its devices be in",
            "至少一个路段或区域：{named} 处于暂停状态，仅凭航线（corridor）即可进入",
        ),
        "zone of map": (
            "{use} of the map for {domain}{such}; {why} (`zone map list` and GET /api/zones list all)",
            "地图上适用于{domain}的{use}{such}；{why}（`zone map list` 与 GET /api/zones 可列出全部）",
        ),
        "member of consortium": (
            "a member of the consortium that does not lead it",
            "联合体中非牵头的成员单位",
        ),
        "person of holder": (
            "a person of the holder in the register, in service",
            "持有人登记在岗的人员",
        ),
        "vehicle of holder": (
            "a vehicle of the holder in the register, in service",
            "持有人登记在用的车辆",
        ),
        "device of vehicle": ("the device by which it is seen", "车辆对应的车载设备"),
        "no device of it": ("a vehicle that is not of the permit yet", "尚未列入许可的车辆"),
        "same configuration": (
            "the configuration of a vehicle of the permit that was tested",
            "与许可内已测试车辆相同的配置",
        ),
        "confirmation": (
            "a SAME_CONFIGURATION document about it that counts, by a third party",
            "第三方出具且有效的该车 SAME_CONFIGURATION 证明",
        ),
        "some person": ("the names of one person or more", "至少一人的姓名"),
        "of organisation": (
            "a {kind} of the organisation that the file is about, with its file",
            "该案卷所涉单位名下附有文件的{kind}",
        ),
        "as violation": ("{told}, as the violation has it", "与违规记录一致的 {told}"),
        "severity": ("a severity, where no violation says it", "严重程度（无违规记录时须填写）"),
        "some vehicle": ("one vehicle or more", "至少一辆车"),
        "most vehicles": ("at most {most} vehicles under the permit", "许可内不超过 {most} 辆车"),
        "not later": ("a time not later than {at}", "不晚于 {at} 的时刻"),
        "no plates by hand": (
            "another kind: plates are announced void by the act that ends them",
            "其他种类：号牌作废公告由注销号牌的操作发布",
        ),
        "after": ("a time after {begins}", "晚于 {begins} 的时刻"),
        "hours of terms": ("hours of the permit", "许可时段内的时间"),
        "validity": ("a day within the validity of the permit", "许可有效期内的日期"),
        "devices of terms": ("devices of the permit", "许可所列设备"),
        "top": ("no more than the permit's {top}", "不超过许可的 {top}"),
        "organisation": ("an organisation that there is", "已登记的单位"),
        "own lead": ("{lead}, which registers it, as the lead", "以登记单位 {lead} 为牵头单位"),
        "same": ("{before}, as it was registered", "与登记时相同的 {before}"),
        "letters": ("at most {most} letters", "不超过 {most} 个字符"),
        "toml": ("TOML", "TOML 文本"),
        "trust list": ("a trust list: tables [[keys]] with their members alone", "信任清单：仅含 [[keys]] 表及其成员"),
        "pattern": ("a text like {pattern}", "符合 {pattern} 的文本"),
        "text": ("a text", "文本"),
        "moment": ("a moment with its offset, such as 2026-11-30T00:00:00Z", "带时区的时刻，例如 2026-11-30T00:00:00Z"),
        "once": ("each key once", "每个密钥仅出现一次"),
        "thumbprint": ("{key_id}, the beginning of the thumbprint of its key", "{key_id}，即该公钥指纹的前缀"),
        "report activity": ("what was done, with what and where", "开展情况（车辆、路段、内容）"),
        "report safety": ("takeovers, faults, dangers, and what was learnt", "安全情况（接管、故障、险情及改进）"),
        "report plan": ("what comes next", "下一阶段计划"),
        "report conclusion": ("what it came to", "总结与结论"),
        "report owed": ("a report that this permit owes and that was not filed", "该许可应提交且尚未提交的报告"),
        "period over": ("a report whose period is over, from {day} on", "报告期已结束的报告（自 {day} 起可提交）"),
        "document of permit": (
            "a document of this permit with its file, not withdrawn", "该许可名下附有文件且未撤回的材料",
        ),
        "attests": ("a document of one of {choice}", "下列种类之一的文件：{choice}"),
        "of application": (
            "a document about the permit, its holder or what it names, with its file",
            "关于该许可、其申请单位或所列事项且附有文件的文件",
        ),
        "unknown": (
            "a precondition that is unknown: figures are not attested away",
            "结果为不明的前置条件：已有数据不得以核验代替",
        ),
        "nothing of it": ("nothing of the kind in such a document", "此类文件不载明此项"),
        "list of": (
            "a list of those that are there, empty where there is none: {choice}",
            "所存在情形的列表，没有则为空列表：{choice}",
        ),
        "not below": ("{least} or more", "不小于 {least}"),
        "some figure": ("a figure: hours, kilometres or a count", "至少一项数据：时长、里程或次数"),
        "free days": (
            "days of which this vehicle and segment has no figures yet",
            "该车辆在该路段尚无数据的日期",
        ),
        "past": ("a day that is over, before {day}", "早于 {day} 的日期"),
        "safe": ("an archive that is safe to open: {how}", "可安全打开的压缩包：{how}"),
    }
)  # fmt: skip
"""By key: English and Chinese, with the same places to fill."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what was found, and what was expected."""

    path: str
    found: str
    """Empty where there was nothing."""
    expected: str
    """A key of ``WORDS``."""
    filled: tuple[tuple[str, tuple[str, str]], ...] = ()
    """What fills its places, in English and in Chinese."""

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        at = 1 if language is Language.CHINESE else 0
        filled = {name: both[at] for name, both in self.filled}
        expected = in_english(WORDS[self.expected][at], **filled)
        how = WORDS["is" if self.found else "absent"][at]
        return how.format(path=self.path, found=self.found, expected=expected)


def fault(path: str, found: object, expected: str, **filled: object) -> Fault:
    """Return what is wrong at a path; ``None`` is what is missing.

    What fills a place is the same in both languages, or a pair of English and Chinese.
    """
    said = "" if found is None else str(found)[:120] or "''"
    both = tuple(
        (name, each if isinstance(each, tuple) else (str(each), str(each)))
        for name, each in filled.items()
    )
    return Fault(path, said, expected, both)


class PapersRefused(ValueError):
    """Papers that cannot be taken: every fault at once."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return all of it for a person to read."""
        return "; ".join(each.said(language) for each in self.faults)
