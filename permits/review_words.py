"""What joint review refuses, and where conditions leave nothing, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.rule_words import Language

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "no hours": (
            "the conditions leave no hours of those applied for",
            "各项条件使申请时段不余任何时间",
        ),
        "no zones": (
            "the conditions leave no zone of those applied for",
            "各项条件使申请区域、路段不余任何一处",
        ),
        "no modes": (
            "the conditions leave no control mode of those applied for",
            "各项条件使申请的控制模式不余任何一种",
        ),
        "no days": (
            "the conditions end the permit on {valid_to}, before it begins",
            "各项条件使许可于 {valid_to} 终止，早于其起始时间",
        ),
        "ended already": (
            "the conditions end the permit on {valid_to}, which is past",
            "各项条件使许可于 {valid_to} 终止，该时间已过",
        ),
        "too many": (
            "the conditions allow {most} vehicles and the application names {found}",
            "各项条件最多允许 {most} 辆（架、艘），申请中列有 {found}",
        ),
        "closed": (
            "permit {number} is not under review: nobody votes on it now",
            "许可 {number} 不在审查中：现在不能表决",
        ),
        "closed for opinions": (
            "permit {number} is not under review: no opinion is asked for now",
            "许可 {number} 不在审查中：现在不征求意见",
        ),
        "no ballot": (
            "{department} has no vote on permit {number}: expected {expected}",
            "{department} 对许可 {number} 没有表决权：应为 {expected}",
        ),
        "another's": (
            "{voter} is of {own} and cannot vote for {department}",
            "{voter} 属于 {own}，不能代表 {department} 表决",
        ),
        "no department": (
            "{voter} belongs to no department: expected {expected}",
            "{voter} 不属于任何部门：应为 {expected}",
        ),
        "voted": (
            "{department} has voted on permit {number} in round {round}: a vote is cast once",
            "{department} 已在第 {round} 轮对许可 {number} 表决：每轮只能表决一次",
        ),
        "voted before": (
            "{voter} has voted on permit {number} in round {round}, for {department}",
            "{voter} 已在第 {round} 轮代表 {department} 对许可 {number} 表决",
        ),
        "own file": (
            "{voter} is of {organisation}, whose application it is: expected somebody else",
            "{voter} 属于申请单位 {organisation}，应回避：须由其他人员表决",
        ),
        "no reason": (
            "{choice} needs its reason: expected a text",
            "{choice} 须说明理由：应为文本",
        ),
        "no list": (
            "RETURN needs one list of all that is missing (一次性告知): expected at least one item",
            "RETURN 须一次性告知全部补正内容：至少一项",
        ),
        "no conditions": (
            "APPROVE_WITH_CONDITIONS needs conditions: expected at least one",
            "APPROVE_WITH_CONDITIONS 须附条件：至少一项",
        ),
        "conditions": (
            "{choice} comes with conditions: expected none, or APPROVE_WITH_CONDITIONS",
            "{choice} 不得附条件：应不附条件，或改用 APPROVE_WITH_CONDITIONS",
        ),
        "list": (
            "{choice} comes with a list of what is missing: expected none, or RETURN",
            "{choice} 不得附补正清单：应不附清单，或改用 RETURN",
        ),
        "other zones": (
            "zones {zones} are not in the application: expected some of {expected}",
            "区域 {zones} 不在申请之内：应为 {expected} 中的区域",
        ),
        "pending": (
            "cannot {action} permit {number}: the departments decide, and {left} have not voted",
            "不能对许可 {number} 执行 {action}：由各部门表决决定，{left} 尚未表决",
        ),
        "no round": (
            "cannot {action} permit {number}: the departments decide, and no round has begun",
            "不能对许可 {number} 执行 {action}：由各部门表决决定，审查尚未开始",
        ),
        "other outcome": (
            "cannot {action} permit {number}: by the votes of the departments it is {left}",
            "不能对许可 {number} 执行 {action}：各部门表决结果为{left}",
        ),
        "nobody votes": (
            "{department} ({name}) must vote on it, and nobody there has an account who could: expected one, made by an administrator",
            "须由 {department}（{name}）表决，但该部门没有可以表决的账号：应由管理员开设",
        ),
        "nobody advises": (
            "{department} ({name}) is asked for its opinion, and nobody there has an account who could give it: expected one, made by an administrator",
            "须征求 {department}（{name}）的意见，但该部门没有可以提出意见的账号：应由管理员开设",
        ),
        "on conditions": ("on conditions", "附条件"),
        "approved": ("approved", "同意"),
        "returned": ("returned for correction", "退回补正"),
        "rejected": ("rejected", "不予同意"),
        "nobody": (
            "the rule set {label} names no department for {kind}: expected at least one",
            "规则集 {label} 未规定 {kind} 的审查部门：至少应有一个",
        ),
    }
)  # fmt: skip
"""By key: English and Chinese, with the same places to fill."""


def review_words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    english, chinese = _WORDS[key]
    return (chinese if language is Language.CHINESE else english).format(**filled)
