"""What is said of files of graded governance, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.governance_states import FileAction, FileState, RiskItem
from permits.rule_words import Language

_SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "not allowed": (
            "cannot {action} in file {file}: it is {state}; allowed: {named}",
            "不能对 {file} 执行 {action}：当前状态为 {state}；可执行：{named}",
        ),
        "no reason": ("cannot {action} in file {file} without a reason", "不能对 {file} 执行 {action}：未说明理由"),
        "not yours": ("cannot {action} in file {file}: expected {named}", "无权对 {file} 执行 {action}：应由 {named} 办理"),
        "opinion": (
            "cannot {action} in file {file}: expected GIVE_OPINION with one of {named}, and no other step with one",
            "不能对 {file} 执行 {action}：GIVE_OPINION 须附 {named} 之一，其他步骤不得附意见",
        ),
        "high risk": (
            "cannot {action} in file {file}: nothing in it is on the high-risk list; it is disclosed",
            "不能对 {file} 执行 {action}：无高风险清单事项，应事前披露",
        ),
        "not high risk": (
            "cannot {action} in file {file}: compliance is reviewed first, for {named}",
            "不能对 {file} 执行 {action}：含高风险清单事项 {named}，应先合规审查",
        ),
        "all approve": (
            "cannot {action} in file {file}: {named} have not approved",
            "不能对 {file} 执行 {action}：{named} 尚未同意",
        ),
        "one rejects": ("cannot {action} in file {file}: no department rejects", "不能对 {file} 执行 {action}：没有部门不同意"),
        "named department": (
            "cannot {action} in file {file}: expected {named}, each once",
            "不能对 {file} 执行 {action}：应由 {named} 各提出一次",
        ),
        "was disclosed": (
            "cannot {action} in file {file}: it was reviewed before, and not disclosed",
            "不能对 {file} 执行 {action}：已经事前审查，并非披露准入",
        ),
        "period over": (
            "cannot {action} in file {file}: its period goes on until {named}",
            "不能对 {file} 执行 {action}：期限至 {named} 止",
        ),
        "on the ladder": (
            "cannot {action} in file {file}: the step before is {named}",
            "不能对 {file} 执行 {action}：应先采取 {named}",
        ),
        "not spared": (
            "cannot {action} in file {file}: it is on the no-penalty list, minor, the first, and put right in time or with time left",
            "不能对 {file} 执行 {action}：属轻微违法不罚清单，初次、轻微并已及时改正或仍在改正期内",
        ),
        "is spared": (
            "cannot {action} in file {file}: it is not on the no-penalty list, first, minor and put right in time",
            "不能对 {file} 执行 {action}：不符合轻微违法不罚清单（初次、轻微、及时改正）",
        ),
        "was corrected": (
            "cannot {action} in file {file}: nobody has reported that it is put right",
            "不能对 {file} 执行 {action}：尚未报告改正",
        ),
        "time over": (
            "cannot {action} in file {file}: the time to put it right lasts until {named}",
            "不能对 {file} 执行 {action}：整改期限至 {named} 止",
        ),
        "said": (
            "cannot {action} in file {file}: expected {named} to be said with it",
            "不能对 {file} 执行 {action}：须随附 {named}",
        ),
        "said nothing": (
            "cannot {action} in file {file}: expected nothing to be said with it beside its reason",
            "不能对 {file} 执行 {action}：除理由外不得随附其他内容",
        ),
    }
)  # fmt: skip

A, S, R = FileAction, FileState, RiskItem
ACTIONS: Mapping[FileAction, tuple[str, str]] = MappingProxyType(
    {
        A.START_REVIEW: ("start the review of compliance", "开始合规审查"),
        A.DISCLOSE: ("disclose beforehand", "事前披露"),
        A.GIVE_OPINION: ("give the opinion of a department", "部门意见"),
        A.ADMIT: ("admit", "准入"),
        A.REJECT: ("reject", "不予准入"),
        A.WITHDRAW: ("withdraw", "撤回申请"),
        A.CONTROL: ("control later", "事后控制"),
        A.EXIT: ("exit", "退出"),
        A.EXPIRE: ("expire", "到期"),
        A.HALT: ("suspend in the sandbox", "沙盒内暂停"),
        A.GO_ON: ("let go on", "恢复"),
        A.PUT_OUT: ("end in the sandbox", "沙盒内终止"),
        A.REMIND: ("remind", "提醒"),
        A.INTERVIEW: ("interview", "约谈"),
        A.ORDER_RECTIFICATION: ("order rectification", "责令整改"),
        A.MISS_RECTIFICATION: ("not put right in time", "逾期未改正"),
        A.TRANSFER_TO_POLICE: ("transfer to the police", "移送公安"),
        A.SUSPEND: ("suspend", "暂停"),
        A.END: ("end", "终止"),
        A.REPORT_CORRECTED: ("report that it is put right", "报告改正"),
        A.CLOSE: ("close", "结案"),
        A.SPARE: ("no penalty", "不予处罚"),
    }
)
STATES: Mapping[FileState, tuple[str, str]] = MappingProxyType(
    {
        S.APPLIED: ("applied for", "已申请"),
        S.UNDER_REVIEW: ("under review", "合规审查中"),
        S.ADMITTED: ("admitted", "已准入"),
        S.SANDBOX_SUSPENDED: ("suspended", "已暂停"),
        S.REJECTED: ("rejected", "不予准入"),
        S.WITHDRAWN: ("withdrawn", "已撤回"),
        S.EXITED: ("exited", "已退出"),
        S.EXPIRED: ("expired", "已到期"),
        S.SANDBOX_ENDED: ("ended", "已终止"),
        S.OPENED: ("opened", "已立案"),
        S.REMINDED: ("reminded", "已提醒"),
        S.INTERVIEWED: ("interviewed", "已约谈"),
        S.RECTIFYING: ("rectification ordered", "责令整改中"),
        S.NOT_RECTIFIED: ("not put right in time", "逾期未改正"),
        S.TRANSFERRED: ("transferred to the police", "已移送公安"),
        S.SUSPENDED: ("suspended", "已暂停"),
        S.ENDED: ("ended", "已终止"),
        S.CLOSED: ("closed", "已结案"),
        S.SPARED: ("no penalty", "不予处罚"),
    }
)
ITEMS: Mapping[RiskItem, tuple[str, str]] = MappingProxyType(
    {
        R.DRIVERLESS_PASSENGERS: ("people carried without a driver", "无驾驶人载人"),
        R.DANGEROUS_GOODS: ("dangerous goods", "危险货物"),
        R.EXPRESSWAY: ("motorways and expressways", "高速公路、快速路"),
        R.SCHOOL_OR_HOSPITAL: ("near schools or hospitals", "学校、医院周边"),
        R.OVER_CROWDS: ("flight over crowds", "人群上空飞行"),
        R.BEYOND_SIGHT: ("flight beyond sight", "超视距飞行"),
        R.SWARM: ("flight in a swarm", "集群飞行"),
        R.PASSENGER_AIRCRAFT: ("aircraft that carry people", "载人航空器"),
        R.BUSY_CHANNEL: ("main channels and busy water", "主航道、繁忙水域"),
        R.PERSONAL_DATA: ("personal data at scale", "大规模个人信息处理"),
        R.MANUAL_DRIVING: ("a driver in the seat", "驾驶人在座"),
        R.CLOSED_SITE: ("a closed site", "封闭场地"),
        R.LOW_SPEED_GOODS: ("goods at low speed", "低速载物"),
        R.OTHER: ("other", "其他"),
    }
)


def governance_words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    return _SENTENCES[key][language is Language.CHINESE].format(**filled)
