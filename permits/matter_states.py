"""Matters under a permit (事项): what they are about, their states, and what is done in them.

A permit has one life; what is applied for under it, what of it is suspended and what has happened
to its vehicles have lives of their own, several at a time.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class MatterFamily(StrEnum):
    """Matters that share a life cycle."""

    SUSPENSION = "suspension"
    """部分暂停与整改: of some vehicles or segments."""
    ACCIDENT = "accident"
    """事故"""
    FURTHER = "further application"
    """子申请: what is applied for under a permit; one of a kind at a time."""
    HEARING = "hearing"
    """听证: before the permit is taken from its holder."""


class MatterKind(StrEnum):
    """What a matter is."""

    SUSPENSION = "SUSPENSION"
    """部分暂停"""
    ACCIDENT = "ACCIDENT"
    """事故"""
    CHANGE = "CHANGE"
    """变更"""
    ADD_VEHICLES = "ADD_VEHICLES"
    """增加同配置车辆"""
    RENEWAL = "RENEWAL"
    """延续"""
    HEARING = "HEARING"
    """听证"""


MATTER_FAMILY_OF: Mapping[MatterKind, MatterFamily] = MappingProxyType(
    {
        MatterKind.SUSPENSION: MatterFamily.SUSPENSION,
        MatterKind.ACCIDENT: MatterFamily.ACCIDENT,
        MatterKind.CHANGE: MatterFamily.FURTHER,
        MatterKind.ADD_VEHICLES: MatterFamily.FURTHER,
        MatterKind.RENEWAL: MatterFamily.FURTHER,
        MatterKind.HEARING: MatterFamily.HEARING,
    }
)
FURTHER = frozenset(
    kind for kind, family in MATTER_FAMILY_OF.items() if family is MatterFamily.FURTHER
)
"""Of these kinds one is open under a permit at a time."""


class MatterState(StrEnum):
    """Where a matter is in its life."""

    NEW = "NEW"
    """Before anything was done: nothing is kept of it."""
    SUSPENDED = "SUSPENDED"
    """暂停"""
    RECTIFICATION = "RECTIFICATION"
    """整改"""
    RESUME_REQUESTED = "RESUME_REQUESTED"
    """申请恢复: what was put right is reported."""
    RESUMED = "RESUMED"
    """恢复"""
    RECORDED = "RECORDED"
    """已登记: put on record by an authority, and not reported by the operator yet."""
    REPORTED = "REPORTED"
    """已上报: the first report is in, the full one is owed."""
    REPORT_FILED = "REPORT_FILED"
    """已提交事故报告"""
    REPORT_ACCEPTED = "REPORT_ACCEPTED"
    """事故报告已接受: the analysis is owed once the liability is decided."""
    ANALYSIS_FILED = "ANALYSIS_FILED"
    """已提交分析报告"""
    CLOSED = "CLOSED"
    """结案: its vehicles go on."""
    SUBMITTED = "SUBMITTED"
    """已提交"""
    RETURNED = "RETURNED"
    """补正"""
    AWAITING_PLATE = "AWAITING_PLATE"
    """待发牌"""
    GRANTED = "GRANTED"
    """准予: the permit is as was asked for."""
    REFUSED = "REFUSED"
    """不予同意"""
    WITHDRAWN = "WITHDRAWN"
    """撤回申请"""
    ANNOUNCED = "ANNOUNCED"
    """已告知: what is to be done, why and on what facts; the holder may ask to be heard."""
    ASKED_FOR = "ASKED_FOR"
    """已申请听证"""
    WAIVED = "WAIVED"
    """放弃听证"""
    NOT_ASKED = "NOT_ASKED"
    """逾期未申请听证"""
    HELD = "HELD"
    """已听证: its minutes are attached."""
    DECIDED = "DECIDED"
    """已作出决定"""
    DROPPED = "DROPPED"
    """不再处理: the authority does not do what it announced."""
    LAPSED = "LAPSED"
    """失效: its permit is over."""


class MatterAction(StrEnum):
    """What somebody does in a matter."""

    SUSPEND = "SUSPEND"
    START_RECTIFICATION = "START_RECTIFICATION"
    """责令整改: ordered by an authority, or begun by the operator of its own accord."""
    REQUEST_RESUME = "REQUEST_RESUME"
    """整改报告: what was put right is reported, and asked to go on."""
    REFUSE_RESUME = "REFUSE_RESUME"
    RESUME = "RESUME"
    LAPSE = "LAPSE"
    REPORT = "REPORT"
    """上报事故: by the operator, first of all."""
    RECORD = "RECORD"
    """登记事故: by an authority that learnt of it otherwise."""
    FILE_REPORT = "FILE_REPORT"
    """提交事故报告"""
    RETURN_REPORT = "RETURN_REPORT"
    ACCEPT_REPORT = "ACCEPT_REPORT"
    DETERMINE_LIABILITY = "DETERMINE_LIABILITY"
    """责任认定: by the police, once."""
    FILE_ANALYSIS = "FILE_ANALYSIS"
    """提交分析报告: cause, liability and all that follows from it."""
    RETURN_ANALYSIS = "RETURN_ANALYSIS"
    ACCEPT_ANALYSIS = "ACCEPT_ANALYSIS"
    APPLY = "APPLY"
    RESUBMIT = "RESUBMIT"
    CONSENT = "CONSENT"
    """同意: of one department; the last one decides."""
    RETURN = "RETURN"
    """退回补正"""
    REFUSE = "REFUSE"
    GRANT = "GRANT"
    GRANT_TO_PLATE = "GRANT_TO_PLATE"
    """准予，待发牌"""
    PLATE = "PLATE"
    """发牌: the police give the vehicles their plates, and they are added."""
    GRANT_BY_LAW = "GRANT_BY_LAW"
    """视为准予延续"""
    WITHDRAW = "WITHDRAW"
    ANNOUNCE = "ANNOUNCE"
    """告知: what the authority means to do, and the right to be heard."""
    ASK = "ASK"
    """申请听证"""
    WAIVE = "WAIVE"
    """放弃听证"""
    RUN_OUT = "RUN_OUT"
    """逾期未申请: the time to ask is over."""
    HOLD = "HOLD"
    """举行听证，形成听证笔录"""
    DECIDE = "DECIDE"
    """作出决定: what was announced is done."""
    DROP = "DROP"
    """不再处理"""
