"""Why a step is refused, what is due and by whom, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.rule_words import Language
from permits.transition import Actor, Deadline

_SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "needs": (
            "cannot {action} permit {number} without {names}",
            "不能对许可 {number} 执行 {action}：缺少 {names}",
        ),
        "takes no": (
            "cannot {action} permit {number} with {names}: expected nothing of the kind",
            "不能对许可 {number} 执行 {action}：不应附带 {names}",
        ),
        "too late": (
            "cannot {action} permit {number} at {at}: {deadline} ended at {latest} (Asia/Shanghai)",
            "不能于 {at} 对许可 {number} 执行 {action}：{deadline}已过，最迟应为 {latest}（北京时间）",
        ),
        "too early": (
            "cannot {action} permit {number} at {at}: by its report not before {earliest} (Asia/Shanghai)",
            "不能于 {at} 对许可 {number} 执行 {action}：按起飞前报告，最早为 {earliest}（北京时间）",
        ),
        "not due": (
            "cannot {action} permit {number} at {at}: it comes about by law, {when}",
            "不能于 {at} 对许可 {number} 执行 {action}：依法自动生效，{when}",
        ),
        "from": ("from {moment} (Asia/Shanghai)", "自 {moment}（北京时间）起"),
        "never": ("but not under this rule set", "但现行规则集无此效果"),
        "extended": (
            "cannot EXTEND_TIME of permit {number}: it was extended before, or its time is over",
            "不能延长许可 {number} 的期限：已延长过，或期限已过",
        ),
        "renewal": (
            "cannot REQUEST_RENEWAL of permit {number} until {until}: expected after {after}, by {latest}",
            "不能申请将许可 {number} 延续至 {until}：应晚于 {after}，且不晚于 {latest}",
        ),
        "summary": (
            "cannot {action} of permit {number} without a SUMMARY_REPORT about it that counts",
            "不能对许可 {number} 执行 {action}：缺少有效的 SUMMARY_REPORT（阶段总结报告）",
        ),
        "third party": (
            "cannot {action} permit {number}: no favourable opinion of a third party since it was asked",
            "不能对许可 {number} 执行 {action}：申请恢复后尚无第三方的同意意见",
        ),
        "no moment": (
            "cannot {action} permit {number} with {name} {given}: expected {expected}",
            "不能对许可 {number} 执行 {action}：{name} 为 {given}，应为{expected}",
        ),
        "a moment": (
            "a moment with its offset, such as 2026-05-04T12:00:00+08:00",
            "带时区的时刻，例如 2026-05-04T12:00:00+08:00",
        ),
        "within": (
            "a moment within the validity, {begins} to {ends}",
            "有效期 {begins} 至 {ends} 内的时刻",
        ),
        "ground": (
            "{deadline} ended at {moment} (Asia/Shanghai); {instrument} {article}",
            "{deadline}于 {moment}（北京时间）届满；{instrument} {article}",
        ),
        "paused": ("stands still, {left} working days left", "中止计算，剩余 {left} 个工作日"),
        "overdue": ("overdue", "已逾期"),
        "closed": ("no longer possible", "已截止"),
        "assumed": (
            "assumed: no calendar of that year is known",
            "推定：尚无该年度工作日历",
        ),
    }
)

_DEADLINES: Mapping[Deadline, tuple[str, str]] = MappingProxyType(
    {
        Deadline.INTAKE: ("the time for intake", "受理期限"),
        Deadline.THIRD_PARTY: ("the time for the opinion of the third party", "第三方意见期限"),
        Deadline.DECISION: ("the time for a decision", "作出决定期限"),
        Deadline.DELIVERY: ("the time to deliver plate and certificate", "颁发送达期限"),
        Deadline.RECTIFICATION: ("the time for rectification", "整改期限"),
        Deadline.RENEWAL_REQUEST: ("the time to ask for renewal", "延续申请期限"),
        Deadline.RENEWAL_DECISION: ("the time to decide about renewal", "延续决定期限"),
        Deadline.VALIDITY_BEGINS: ("the time before the validity", "生效前期间"),
        Deadline.VALIDITY_ENDS: ("the validity", "有效期"),
        Deadline.FLIGHT_APPLICATION: ("the time to apply for the flight", "飞行活动申请期限"),
        Deadline.FLIGHT_DECISION: ("the time to decide about the flight", "飞行活动批复期限"),
        Deadline.FLIGHT_REPORT: ("the time to report the take-off", "起飞前报告期限"),
        Deadline.VESSEL_NOTICE: ("the time to give notice of the trial", "试航报告期限"),
        Deadline.STAGE_REPORT: ("the time for the report of a stage", "阶段性报告提交期限"),
        Deadline.FINAL_REPORT: ("the time for the final report", "总结报告提交期限"),
    }
)

_ACTORS: Mapping[Actor, tuple[str, str]] = MappingProxyType(
    {
        Actor.APPLICANT: ("applicant", "申请人"),
        Actor.REVIEWER: ("reviewer", "审查部门"),
        Actor.POLICE: ("police", "公安机关"),
        Actor.ADMINISTRATOR: ("administrator", "管理员"),
        Actor.DEPARTMENTS: ("all departments together", "各部门共同"),
        Actor.SYSTEM: ("system", "系统"),
    }
)


def step_words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    return _in(_SENTENCES[key], language).format(**filled)


def deadline_name(deadline: Deadline, language: Language) -> str:
    """Return what a time limit is called."""
    return _in(_DEADLINES[deadline], language)


def actor_name(actor: Actor, language: Language) -> str:
    """Return what somebody's part is called."""
    return _in(_ACTORS[actor], language)


def _in(pair: tuple[str, str], language: Language) -> str:
    return pair[language is Language.CHINESE]
