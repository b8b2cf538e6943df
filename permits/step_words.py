"""Why a step is refused, what is due and by whom, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.rule_words import Language
from permits.transition import Actor, Deadline

_SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "not in this state": (
            "cannot {action} permit {number}: it is {state}; allowed: {choice}",
            "不能对许可 {number} 执行 {action}：当前状态为 {state}；可执行：{choice}",
        ),
        "nothing of yours": ("nothing that is yours to do", "无（没有应由您执行的步骤）"),
        "final": ("nothing: it is final", "无（已终结）"),
        "no reason": (
            "cannot {action} permit {number} without a reason",
            "不能对许可 {number} 执行 {action}：须说明理由",
        ),
        "no terms": (
            "cannot {action} permit {number} without the terms that are asked for",
            "不能对许可 {number} 执行 {action}：须附申请的内容（terms）",
        ),
        "takes no terms": (
            "cannot {action} permit {number} with terms: expected them with AMEND_TERMS alone",
            "不能对许可 {number} 执行 {action}：仅 AMEND_TERMS 可附申请内容（terms）",
        ),
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
        "reported too late": (
            "cannot {action} permit {number} at {at}, of a take-off at {takeoff}: {deadline} ended at {latest} (Asia/Shanghai); expected a later takeoff_at",
            "不能于 {at} 对许可 {number} 执行 {action}（起飞时刻 {takeoff}）：{deadline}已过，最迟应为 {latest}（北京时间）；或填报更晚的 takeoff_at",
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
        "rectification": (
            "cannot {action} permit {number} without a RECTIFICATION_REPORT about it, handed in since it was suspended",
            "不能对许可 {number} 执行 {action}：缺少暂停之后提交的 RECTIFICATION_REPORT（整改报告）",
        ),
        "not renewed": (
            "cannot {action} permit {number}: the rule set has no renewal of {kind}",
            "不能对许可 {number} 执行 {action}：规则集未规定 {kind} 的延续",
        ),
        "renewal asked already": (
            "cannot {action} permit {number}: a renewal was asked for that nobody has decided",
            "不能对许可 {number} 执行 {action}：已有尚未决定的延续申请",
        ),
        "no renewal asked": (
            "cannot {action} permit {number}: no renewal was asked for that is to be decided",
            "不能对许可 {number} 执行 {action}：没有待决定的延续申请",
        ),
        "not warned": (
            "cannot {action} permit {number}: expected PUBLISH_WARNING since the renewal was asked for",
            "不能对许可 {number} 执行 {action}：须在申请延续之后执行 PUBLISH_WARNING（发布航行警告）",
        ),
        "renewal opens": (
            "cannot REQUEST_RENEWAL of permit {number} yet: it may be asked for from {opens} (Asia/Shanghai)",
            "尚不能申请延续许可 {number}：自 {opens}（北京时间）起方可提出",
        ),
        "replaces": (
            "cannot {action} permit {number} in the place of {other}: expected another of the holder's that is in force",
            "不能对许可 {number} 执行 {action} 以替代 {other}：应为持有人名下另一有效许可",
        ),
        "replaced": ("replaced by permit {other}", "由许可 {other} 替代"),
        "replaced halted": (
            "cannot {action} permit {number} in the place of {other}: that is suspended, or what both name is; it is resumed first",
            "不能对许可 {number} 执行 {action} 以替代 {other}：后者处于暂停状态，或二者共有的车辆、路段被暂停，须先恢复",
        ),
        "replaced accident": (
            "cannot {action} permit {number} in the place of {other}: an accident under that stops a vehicle of it; its analysis is accepted first",
            "不能对许可 {number} 执行 {action} 以替代 {other}：后者名下的事故使本许可车辆停驶，须先接受其分析报告",
        ),
        "replaced announced": (
            "cannot {action} permit {number} in the place of {other}: an act to end that is announced; it is decided or dropped first",
            "不能对许可 {number} 执行 {action} 以替代 {other}：已告知拟终结后者，须先作出决定或撤销告知",
        ),
        "replaced taken": (
            "cannot {action} permit {number} in the place of {other} by itself: that was ended by an authority or with something halted; a department decides",
            "不能自动对许可 {number} 执行 {action} 以替代 {other}：后者已由主管部门终结或在暂停期间终结，须由主管部门决定",
        ),
        "still halted": (
            "cannot {action} permit {number}: a suspension, an accident that stops a vehicle or an announced act is open under it; it is decided first",
            "不能对许可 {number} 执行 {action}：其暂停、停驶事故或已告知的处理尚未了结，须先了结",
        ),
        "ground stands": (
            "cannot {action} permit {number}: what suspends by itself is not put right: {named}",
            "不能对许可 {number} 执行 {action}：自动暂停事由尚未消除：{named}",
        ),
        "third party": (
            "cannot {action} permit {number}: no favourable opinion of a third party since it was asked",
            "不能对许可 {number} 执行 {action}：申请恢复后尚无第三方的同意意见",
        ),
        "not recognised": (
            "cannot {action} permit {number} without its reviews: {names} not recognised",
            "不能对许可 {number} 免除评审直接执行 {action}：{names} 未获互认",
        ),
        "not simplified": (
            "cannot {action} permit {number} without its reviews: the rule set spares them no {names}",
            "不能对许可 {number} 免除评审直接执行 {action}：规则集未对 {names} 规定简化程序",
        ),
        "no third party opinion": (
            "cannot {action} permit {number}: no opinion of a third party since it was accepted; expected one, of who is asked for it",
            "不能对许可 {number} 执行 {action}：受理后尚无第三方意见，应先由受委托的第三方机构出具",
        ),
        "no expert opinion": (
            "cannot {action} permit {number}: no opinion of experts since it was accepted; expected one, of who is asked for it",
            "不能对许可 {number} 执行 {action}：受理后尚无专家评审意见，应先由受委托的专家出具",
        ),
        "returned before": (
            "cannot {action} permit {number}: it was returned at {at}, and all that is missing is said once",
            "不能对许可 {number} 执行 {action}：已于 {at} 退回，须补正的内容应一次性告知",
        ),
        "vote cast": (
            "cannot {action} permit {number}: voted already: {voted}",
            "不能对许可 {number} 执行 {action}：以下部门已表决：{voted}",
        ),
        "list too long": (
            "cannot {action} permit {number} with so long a list: expected at most {most} items",
            "不能对许可 {number} 执行 {action}：清单过长，最多 {most} 项",
        ),
        "not competent": (
            "the {own} department may not {action} permit {number}: competent are {expected}",
            "{own}部门无权对许可 {number} 执行 {action}：有权办理的部门为{expected}",
        ),
        "own file": (
            "nobody of {organisation} may {action} permit {number}: it is the file of that organisation",
            "{organisation} 的人员不得对许可 {number} 执行 {action}：该申请属于其所在单位（回避）",
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
        "hearing not announced": (
            "cannot {action} permit {number}: announce it first, its holder may ask to be heard (ANNOUNCE)",
            "不能对许可 {number} 执行 {action}：须先告知持有人享有申请听证的权利（ANNOUNCE）",
        ),
        "hearing may be asked for": (
            "cannot {action} permit {number}: its holder may ask for a hearing until {until} (Asia/Shanghai), in matter {matter}",
            "不能对许可 {number} 执行 {action}：持有人可于 {until}（北京时间）前在事项 {matter} 中申请听证",
        ),
        "hearing not held": (
            "cannot {action} permit {number}: the hearing that its holder asked for in matter {matter} was not held yet",
            "不能对许可 {number} 执行 {action}：持有人在事项 {matter} 中申请的听证尚未举行",
        ),
        "conditions leave nothing": (
            "cannot {action} permit {number}: on all conditions together nothing is left: {clashes}",
            "不能对许可 {number} 执行 {action}：各项条件合并后无可许可的内容：{clashes}",
        ),
        "remedy": (
            "{name} until {day}, at {body} ({instrument}, Art. {article})",
            "{name}：最迟于 {day} 向{body}提出（{instrument}第{article}条）",
        ),
        "holder stands": (
            "cannot {action} permit {number}: the legal person of {holder} has not ended",
            "不能对许可 {number} 执行 {action}：{holder} 的法人资格未终止",
        ),
        "holder ended": (
            "the legal person of {holder} has ended",
            "{holder} 的法人资格已终止",
        ),
        "not self-checked": (
            "cannot {action} permit {number} before its devices are online and a first self-check was passed: {devices}",
            "不能对许可 {number} 执行 {action}：设备须在线并通过首次自检：{devices}",
        ),
        "device never heard": ("{device} was never heard", "{device} 从未上线"),
        "device silent": (
            "{device} is not online, it was heard last at {heard} (Asia/Shanghai)",
            "{device} 不在线，最近一次上线为 {heard}（北京时间）",
        ),
        "device not known": (
            "{device} is online, and what it lacks is not known yet",
            "{device} 已在线，自检结果尚不明确",
        ),
        "device lacking": ("{device} does not tell {items}", "{device} 未报送：{items}"),
        "device failed": (
            "{device} says that its own check has failed",
            "{device} 报告自检未通过",
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
        Deadline.STRIKE_OFF: ("the time until it is struck off", "注销前期间"),
        Deadline.FLIGHT_APPLICATION: ("the time to apply for the flight", "飞行活动申请期限"),
        Deadline.FLIGHT_DECISION: ("the time to decide about the flight", "飞行活动批复期限"),
        Deadline.PLAN_ANSWER: ("the time to answer the plan of a day", "飞行计划答复期限"),
        Deadline.FLIGHT_REPORT: ("the time to report the take-off", "起飞前报告期限"),
        Deadline.CONFIRMATION_ENDS: ("the flight that was reported", "所报告飞行的时段"),
        Deadline.VESSEL_NOTICE: ("the time to give notice of the trial", "试航报告期限"),
        Deadline.VESSEL_DECISION: ("the time to decide about the trial", "试航审批期限"),
        Deadline.STAGE_REPORT: ("the time for the report of a stage", "阶段性报告提交期限"),
        Deadline.FINAL_REPORT: ("the time for the final report", "总结报告提交期限"),
    }
)

_ACTORS: Mapping[Actor, tuple[str, str]] = MappingProxyType(
    {
        Actor.APPLICANT: ("applicant", "申请人"),
        Actor.OWNER: ("owner of the vehicle", "车辆所属单位"),
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
