"""What is said of matters under permits, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.matter_states import MatterKind
from permits.matter_step import MatterDeadline
from permits.rule_words import Language

_SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "not allowed": (
            "cannot {action} in matter {matter}: it is {state}; allowed: {choice}",
            "不能对事项 {matter} 执行 {action}：当前状态为 {state}；可执行：{choice}",
        ),
        "final": ("nothing: it is final", "无（已终结）"),
        "no reason": (
            "cannot {action} in matter {matter} without a reason",
            "不能对事项 {matter} 执行 {action}：未说明理由",
        ),
        "parts not its": (
            "cannot {action}: not of permit {number}: {named}",
            "不能执行 {action}：不属于许可 {number}：{named}",
        ),
        "no parts": (
            "cannot {action}: expected a vehicle or a segment of permit {number}",
            "不能执行 {action}：应指明许可 {number} 的车辆或路段",
        ),
        "permit does not stand": (
            "cannot {action}: permit {number} is {state}",
            "不能执行 {action}：许可 {number} 的状态为 {state}",
        ),
        "another authority": (
            "cannot {action} in matter {matter}: expected somebody of {named}, which suspended it",
            "不能对事项 {matter} 执行 {action}：应由作出暂停决定的 {named} 办理",
        ),
        "paper missing": (
            "cannot {action} in matter {matter} without a document of kind {named} about permit {number}",
            "不能对事项 {matter} 执行 {action}：缺少关于许可 {number} 的 {named} 文件",
        ),
        "paper unfit": (
            "cannot {action} with {named}: expected documents about permit {number} that have a file and were not withdrawn",
            "不能执行 {action}：{named} 应为关于许可 {number}、已有文件且未撤回的材料",
        ),
        "said otherwise": (
            "cannot {action} in matter {matter}: {named}: expected {expected}",
            "不能对事项 {matter} 执行 {action}：{named} 应为 {expected}",
        ),
        "permit was not granted": (
            "cannot {action}: permit {number} was never granted, it is {state}",
            "不能执行 {action}：许可 {number} 从未颁发，状态为 {state}",
        ),
        "liability decided": (
            "cannot {action} in matter {matter}: the liability was decided before",
            "不能对事项 {matter} 执行 {action}：责任已认定",
        ),
        "liability not known": (
            "cannot {action} in matter {matter}: the liability is not decided yet",
            "不能对事项 {matter} 执行 {action}：责任尚未认定",
        ),
        "another open": (
            "cannot {action}: {named} of this kind is open under permit {number}",
            "不能执行 {action}：许可 {number} 下同类事项 {named} 尚未办结",
        ),
        "no consent of yours": (
            "cannot {action} in matter {matter}: expected one of {named} that has not consented yet",
            "不能对事项 {matter} 执行 {action}：应由尚未同意的部门办理：{named}",
        ),
        "consents missing": (
            "cannot {action} in matter {matter}: not without the consent of {named}",
            "不能对事项 {matter} 执行 {action}：尚缺下列部门同意：{named}",
        ),
        "renewal stays": (
            "cannot {action} in matter {matter}: a renewal that was asked for is decided",
            "不能对事项 {matter} 执行 {action}：已提出的延续申请须由审查部门决定",
        ),
        "third party awaited": (
            "cannot {action} in matter {matter}: no favourable opinion of a third party on permit {number} since it was asked",
            "不能对事项 {matter} 执行 {action}：申请恢复后尚无第三方对许可 {number} 的同意意见",
        ),
        "ground stands": (
            "cannot {action} in matter {matter}: what suspends by itself is not put right: {named}",
            "不能对事项 {matter} 执行 {action}：自动暂停事由尚未消除：{named}",
        ),
        "conditions leave nothing": (
            "cannot {action} in matter {matter}: on all conditions together nothing is left: {clashes}",
            "不能对事项 {matter} 执行 {action}：各项条件合并后无可许可的内容：{clashes}",
        ),
        "renewed before its end": (
            "cannot {action} in matter {matter}: a renewal ends after {ends} (Asia/Shanghai), its conditions before",
            "不能对事项 {matter} 执行 {action}：延续的截止应晚于 {ends}（北京时间），所附条件早于该时间",
        ),
        "no conditions": (
            "cannot {action} in matter {matter} on conditions: expected them with CONSENT alone",
            "不能对事项 {matter} 执行 {action} 时附加条件：条件仅可随 CONSENT 提出",
        ),
        "no hearing": (
            "cannot {action}: permit {number} is {state}, and its rules ask for a hearing before {named}",
            "不能执行 {action}：许可 {number} 的状态为 {state}，规则要求听证的决定为 {named}",
        ),
        "asked too late": (
            "cannot {action} in matter {matter}: the time to ask for a hearing ended at {until} (Asia/Shanghai)",
            "不能对事项 {matter} 执行 {action}：申请听证期限已于 {until}（北京时间）届满",
        ),
        "may be asked": (
            "cannot {action} in matter {matter}: a hearing may still be asked for",
            "不能对事项 {matter} 执行 {action}：申请听证期限尚未届满",
        ),
        "vehicles left": (
            "{matter}: none of its vehicles is of the permit any more",
            "{matter}：所涉车辆均已不属于本许可",
        ),
        "not competent": ("{unfit}", "{unfit}"),
        "own file": ("{unfit}", "{unfit}"),
        "not yours": (
            "nobody else may {action} in matter {matter}: expected {named}",
            "无权对事项 {matter} 执行 {action}：应由 {named} 办理",
        ),
    }
)

_DEADLINES: Mapping[MatterDeadline, tuple[str, str]] = MappingProxyType(
    {
        MatterDeadline.RECTIFICATION: ("the time for rectification", "整改期限"),
        MatterDeadline.FURTHER_DECISION: ("the time for a decision", "作出决定期限"),
        MatterDeadline.ACCIDENT_FIRST: ("the time to report the accident", "事故上报时限"),
        MatterDeadline.ACCIDENT_REPORT: ("the time for the report of the accident", "事故报告期限"),
        MatterDeadline.HEARING_REQUEST: ("the time to ask for a hearing", "申请听证期限"),
        MatterDeadline.HEARING_HELD: ("the time to hold the hearing", "举行听证期限"),
        MatterDeadline.ACCIDENT_ANALYSIS: ("the time for the analysis", "事故分析报告期限"),
    }
)

_KINDS: Mapping[MatterKind, tuple[str, str]] = MappingProxyType(
    {
        MatterKind.SUSPENSION: ("suspension of parts", "部分暂停"),
        MatterKind.ACCIDENT: ("accident", "事故"),
        MatterKind.CHANGE: ("change of terms", "变更"),
        MatterKind.ADD_VEHICLES: ("further vehicles of the same configuration", "增加同配置车辆"),
        MatterKind.RENEWAL: ("renewal", "延续"),
        MatterKind.HEARING: ("hearing", "听证"),
    }
)


def matter_words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    return _in(_SENTENCES[key], language).format(**filled)


def matter_deadline_name(deadline: MatterDeadline, language: Language) -> str:
    """Return what a time limit is called."""
    return _in(_DEADLINES[deadline], language)


def matter_kind_name(kind: MatterKind, language: Language) -> str:
    """Return what a kind of matter is called."""
    return _in(_KINDS[kind], language)


def _in(pair: tuple[str, str], language: Language) -> str:
    return pair[language is Language.CHINESE]
