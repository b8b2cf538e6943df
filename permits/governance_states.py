"""Graded governance (分级治理, Art. 65): what is admitted to the sandbox, and what follows a breach.

Two kinds of files, each with a life of its own: one of a product or scenario that is tried out in the
sandbox (沙盒), one of a breach and of what the authorities did about it.
"""

from enum import StrEnum


class FileKind(StrEnum):
    """What a file is about."""

    SANDBOX = "SANDBOX"
    """沙盒: a product or scenario, with terms and a period."""
    BREACH = "BREACH"
    """处置: a breach and what is done about it."""


class FileState(StrEnum):
    """Where a file is in its life."""

    APPLIED = "APPLIED"
    """申请"""
    UNDER_REVIEW = "UNDER_REVIEW"
    """合规审查: something in it is on the high-risk list."""
    ADMITTED = "ADMITTED"
    """准入: reviewed, or disclosed beforehand (事前披露) and controlled later (事后控制)."""
    SANDBOX_SUSPENDED = "SANDBOX_SUSPENDED"
    """暂停"""
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXITED = "EXITED"
    """退出: by whoever was admitted, with what came of it."""
    EXPIRED = "EXPIRED"
    """到期"""
    SANDBOX_ENDED = "SANDBOX_ENDED"
    """终止: by the authorities."""
    OPENED = "OPENED"
    """发现违规: nothing was done about it yet."""
    REMINDED = "REMINDED"
    """提醒"""
    INTERVIEWED = "INTERVIEWED"
    """约谈"""
    RECTIFYING = "RECTIFYING"
    """责令整改"""
    NOT_RECTIFIED = "NOT_RECTIFIED"
    """逾期未改正: what was ordered was not put right in time."""
    TRANSFERRED = "TRANSFERRED"
    """移送公安: the police go on with it."""
    SUSPENDED = "SUSPENDED"
    """暂停"""
    ENDED = "ENDED"
    """终止"""
    CLOSED = "CLOSED"
    """结案"""
    SPARED = "SPARED"
    """不予处罚: first, minor and corrected in time, and on the no-penalty list (轻微违法不罚清单)."""


class FileAction(StrEnum):
    """What is done with a file."""

    START_REVIEW = "START_REVIEW"
    DISCLOSE = "DISCLOSE"
    """事前披露: what is tried, its risks and what is done about them, before it begins."""
    GIVE_OPINION = "GIVE_OPINION"
    """A department says whether it may be admitted."""
    ADMIT = "ADMIT"
    REJECT = "REJECT"
    WITHDRAW = "WITHDRAW"
    CONTROL = "CONTROL"
    """事后控制: what was disclosed is looked at on the spot."""
    EXIT = "EXIT"
    EXPIRE = "EXPIRE"
    HALT = "HALT"
    """Suspended in the sandbox by what follows a breach."""
    GO_ON = "GO_ON"
    PUT_OUT = "PUT_OUT"
    """Ended in the sandbox by what follows a breach."""
    REMIND = "REMIND"
    """提醒: a reminder."""
    INTERVIEW = "INTERVIEW"
    """约谈"""
    ORDER_RECTIFICATION = "ORDER_RECTIFICATION"
    """责令整改: from then on it is to be put right within the time of the rule set."""
    MISS_RECTIFICATION = "MISS_RECTIFICATION"
    """逾期未改正: the time is over, and nobody has reported that it is put right."""
    SUSPEND = "SUSPEND"
    """暂停: of the permit and of the product in the sandbox, where the file names them."""
    END = "END"
    """终止: of the same."""
    TRANSFER_TO_POLICE = "TRANSFER_TO_POLICE"
    """移送公安: what may be more than a breach of the terms is for the police."""
    REPORT_CORRECTED = "REPORT_CORRECTED"
    """The operator says that it is put right."""
    CLOSE = "CLOSE"
    SPARE = "SPARE"
    """不予处罚"""


LADDER = (
    FileAction.REMIND,
    FileAction.INTERVIEW,
    FileAction.ORDER_RECTIFICATION,
    FileAction.SUSPEND,
    FileAction.END,
)
"""From the mildest step to the gravest."""


class RiskItem(StrEnum):
    """What of a product or scenario may make it one of high risk; which of them do is the rule set's."""

    DRIVERLESS_PASSENGERS = "DRIVERLESS_PASSENGERS"
    """无驾驶人载人"""
    DANGEROUS_GOODS = "DANGEROUS_GOODS"
    """危险货物"""
    EXPRESSWAY = "EXPRESSWAY"
    """高速公路、快速路"""
    SCHOOL_OR_HOSPITAL = "SCHOOL_OR_HOSPITAL"
    """学校、医院周边"""
    OVER_CROWDS = "OVER_CROWDS"
    """人群上空飞行"""
    BEYOND_SIGHT = "BEYOND_SIGHT"
    """超视距飞行"""
    SWARM = "SWARM"
    """集群飞行"""
    PASSENGER_AIRCRAFT = "PASSENGER_AIRCRAFT"
    """载人航空器"""
    BUSY_CHANNEL = "BUSY_CHANNEL"
    """主航道、繁忙水域"""
    PERSONAL_DATA = "PERSONAL_DATA"
    """大规模个人信息处理"""
    MANUAL_DRIVING = "MANUAL_DRIVING"
    """驾驶人在座"""
    CLOSED_SITE = "CLOSED_SITE"
    """封闭场地"""
    LOW_SPEED_GOODS = "LOW_SPEED_GOODS"
    """低速载物"""
    OTHER = "OTHER"
