"""What permits are for, the states that they can be in, and what is done to them.

The ends of a permit that sound alike in English are different acts in law and stay different
states: 终止 (terminated), 撤销 (annulled), 撤回 (withdrawn by the authority), 吊销 (revoked), 注销
(deregistered), and the applicant's own withdrawal.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Family(StrEnum):
    """Permits that share a life cycle."""

    ROAD = "road"
    FLIGHT = "flight"
    VESSEL = "vessel"
    RECORD = "record"
    """What needs no permit and is on record: it is never decided."""
    EXEMPT = "exempt"
    """Flights that nobody applies for, which are on record and confirmed one by one (Art. 31)."""


class PermitKind(StrEnum):
    """What a permit is for."""

    ROAD_TEST = "ROAD_TEST"
    """道路测试"""
    DEMO_APPLICATION = "DEMO_APPLICATION"
    """示范应用: carrying people or goods on roads tested before."""
    DEMO_OPERATION = "DEMO_OPERATION"
    """示范运营: the same as a service."""
    COMMERCIAL_OPERATION = "COMMERCIAL_OPERATION"
    """商业化运营: with product access and a licence for road transport."""
    LOW_SPEED_TEST = "LOW_SPEED_TEST"
    """功能型无人车测试: low-speed devices without a cabin."""
    LOW_SPEED_OPERATION = "LOW_SPEED_OPERATION"
    """功能型无人车运营"""
    FLIGHT_ACTIVITY = "FLIGHT_ACTIVITY"
    """飞行活动: one flight or series of flights."""
    STANDING_FLIGHT = "STANDING_FLIGHT"
    """长期飞行活动: fixed airspace, with a plan for each day."""
    EMERGENCY_FLIGHT = "EMERGENCY_FLIGHT"
    """紧急飞行: for rescue and the like, with shorter deadlines."""
    TEST_BASE_USE = "TEST_BASE_USE"
    """试验基地使用: the airspace of a test base, by booking."""
    SUITABLE_AIRSPACE_FLIGHT = "SUITABLE_AIRSPACE_FLIGHT"
    """适飞空域飞行: needs no permit, and is on record."""
    EXEMPT_FLIGHT = "EXEMPT_FLIGHT"
    """免申请飞行: of police, customs or emergency authorities over their own ranges, and inspection inside
    an airport: no application, but a confirmation an hour before each take-off."""
    VESSEL_TRIAL = "VESSEL_TRIAL"
    """试航: a trial of an unmanned vessel."""
    CHANNEL_SURVEY = "CHANNEL_SURVEY"
    """航道测绘"""


FAMILY_OF: Mapping[PermitKind, Family] = MappingProxyType(
    {
        PermitKind.ROAD_TEST: Family.ROAD,
        PermitKind.DEMO_APPLICATION: Family.ROAD,
        PermitKind.DEMO_OPERATION: Family.ROAD,
        PermitKind.COMMERCIAL_OPERATION: Family.ROAD,
        PermitKind.LOW_SPEED_TEST: Family.ROAD,
        PermitKind.LOW_SPEED_OPERATION: Family.ROAD,
        PermitKind.FLIGHT_ACTIVITY: Family.FLIGHT,
        PermitKind.STANDING_FLIGHT: Family.FLIGHT,
        PermitKind.EMERGENCY_FLIGHT: Family.FLIGHT,
        PermitKind.TEST_BASE_USE: Family.FLIGHT,
        PermitKind.SUITABLE_AIRSPACE_FLIGHT: Family.RECORD,
        PermitKind.EXEMPT_FLIGHT: Family.EXEMPT,
        PermitKind.VESSEL_TRIAL: Family.VESSEL,
        PermitKind.CHANNEL_SURVEY: Family.VESSEL,
    }
)


CONFIRMED_FLIGHTS = frozenset({Family.FLIGHT, Family.EXEMPT})
"""Of these each flight is reported before its take-off, and confirmed."""
FLIGHTS = CONFIRMED_FLIGHTS | {Family.RECORD}
"""All that is flown."""

LOW_SPEED = frozenset({PermitKind.LOW_SPEED_TEST, PermitKind.LOW_SPEED_OPERATION})
"""Of devices without a cabin, which are no motor vehicles."""


class PermitState(StrEnum):
    """Where a permit is in its life."""

    DRAFT = "DRAFT"
    """起草: with the applicant."""
    SUBMITTED = "SUBMITTED"
    """已提交: with the intake office, or with air traffic management."""
    RETURNED_FOR_CORRECTION = "RETURNED_FOR_CORRECTION"
    """补正: back with the applicant, with one list of all that is missing."""
    ACCEPTED = "ACCEPTED"
    """受理"""
    THIRD_PARTY_REVIEW = "THIRD_PARTY_REVIEW"
    """第三方评审: this time does not count for the authority's deadline."""
    EXPERT_REVIEW = "EXPERT_REVIEW"
    """专家评审: nor does this."""
    JOINT_REVIEW = "JOINT_REVIEW"
    """联合审查: one ballot a department."""
    APPROVED = "APPROVED"
    """同意: confirmed and numbered, or of a flight that nobody applies for on record; not yet in force."""
    REJECTED = "REJECTED"
    """不予同意"""
    AWAITING_PLATE = "AWAITING_PLATE"
    """待发牌: the police issue the temporary plate (临时行驶车号牌)."""
    ISSUED = "ISSUED"
    """已发放: plate or certificate handed over, validity not begun."""
    ACTIVE = "ACTIVE"
    """有效: in force."""
    SUSPENDED = "SUSPENDED"
    """暂停"""
    RECTIFICATION = "RECTIFICATION"
    """整改"""
    RESUME_REQUESTED = "RESUME_REQUESTED"
    """申请恢复"""
    RENEWAL_PENDING = "RENEWAL_PENDING"
    """延续审查: in force, and beyond its end where no decision came in time (视为准予延续)."""
    EXPIRED = "EXPIRED"
    """到期"""
    WITHDRAWN = "WITHDRAWN"
    """撤回申请: by the applicant, before a decision; final."""
    TERMINATED = "TERMINATED"
    """终止: the activity is ended, for a danger, a grave offence or a closed road."""
    ANNULLED = "ANNULLED"
    """撤销: it should never have been granted."""
    WITHDRAWN_BY_AUTHORITY = "WITHDRAWN_BY_AUTHORITY"
    """撤回: rightly granted; the law or the facts have changed since."""
    REVOKED = "REVOKED"
    """吊销: a penalty."""
    DEREGISTERED = "DEREGISTERED"
    """注销: struck from the register after it ended in one of the other ways."""
    PRE_TAKEOFF_REPORTED = "PRE_TAKEOFF_REPORTED"
    """起飞前报告: reported, at least an hour before."""
    CONFIRMED = "CONFIRMED"
    """已确认: air traffic management confirmed; only now may it take off."""
    AIRBORNE = "AIRBORNE"
    """飞行中"""
    LANDED = "LANDED"
    """已降落"""
    NOTIFIED = "NOTIFIED"
    """已报告: sea area reported to the maritime authority."""
    WARNING_PUBLISHED = "WARNING_PUBLISHED"
    """已发布航行警告 or 航行通告"""
    CLOSED = "CLOSED"
    """结束: carried out, and the end reported."""


class PermitAction(StrEnum):
    """What somebody does to a permit."""

    SUBMIT = "SUBMIT"
    RETURN_FOR_CORRECTION = "RETURN_FOR_CORRECTION"
    ACCEPT = "ACCEPT"
    DEEM_ACCEPTED = "DEEM_ACCEPTED"
    """视为受理: the office said nothing in its five working days."""
    EXTEND_TIME = "EXTEND_TIME"
    """延长期限: the authority takes more time to decide, once, and says why."""
    START_THIRD_PARTY_REVIEW = "START_THIRD_PARTY_REVIEW"
    START_EXPERT_REVIEW = "START_EXPERT_REVIEW"
    OPEN_JOINT_REVIEW = "OPEN_JOINT_REVIEW"
    APPROVE = "APPROVE"
    REJECT = "REJECT"
    REQUEST_PLATE = "REQUEST_PLATE"
    ISSUE = "ISSUE"
    """核发: the police give each vehicle its plate, and the certificate is made out."""
    ISSUE_PLATES = "ISSUE_PLATES"
    """换发号牌: further plates within the declared period, where some have run out."""
    RECALL_PLATES = "RECALL_PLATES"
    """收回号牌: plates were handed back."""
    ANNOUNCE_PLATES_VOID = "ANNOUNCE_PLATES_VOID"
    """公告号牌作废: plates that nobody handed back."""
    ACTIVATE = "ACTIVATE"
    SUSPEND = "SUSPEND"
    SUSPEND_PARTS = "SUSPEND_PARTS"
    """部分暂停: some vehicles or segments alone; the rest goes on."""
    RESUME_PARTS = "RESUME_PARTS"
    """恢复部分: those of them that nothing holds any more."""
    AMEND_TERMS = "AMEND_TERMS"
    """补正: the applicant asks for other terms, while the application is with them."""
    CHANGE_TERMS = "CHANGE_TERMS"
    """变更: to what was applied for under it and granted, further vehicles among it."""
    RECOUNT_VALIDITY = "RECOUNT_VALIDITY"
    """重算有效期: a paper that it rests on was withdrawn or replaced, and it lasts no longer than they do."""
    START_RECTIFICATION = "START_RECTIFICATION"
    REQUEST_RESUME = "REQUEST_RESUME"
    REFUSE_RESUME = "REFUSE_RESUME"
    RESUME = "RESUME"
    REQUEST_RENEWAL = "REQUEST_RENEWAL"
    RENEW = "RENEW"
    DEEM_RENEWED = "DEEM_RENEWED"
    """视为准予延续: nobody decided before the permit ended."""
    REFUSE_RENEWAL = "REFUSE_RENEWAL"
    EXPIRE = "EXPIRE"
    WITHDRAW = "WITHDRAW"
    """撤回申请, by the applicant."""
    TERMINATE = "TERMINATE"
    """终止"""
    ANNUL = "ANNUL"
    """撤销"""
    WITHDRAW_BY_AUTHORITY = "WITHDRAW_BY_AUTHORITY"
    """撤回, by the authority."""
    REVOKE = "REVOKE"
    """吊销"""
    DEREGISTER = "DEREGISTER"
    """注销"""
    REPORT_PRE_TAKEOFF = "REPORT_PRE_TAKEOFF"
    CONFIRM = "CONFIRM"
    REFUSE_CONFIRMATION = "REFUSE_CONFIRMATION"
    LAPSE_CONFIRMATION = "LAPSE_CONFIRMATION"
    """起飞报告及确认失效: the flight that was reported is over, flown or not."""
    TAKE_OFF = "TAKE_OFF"
    LAND = "LAND"
    RECORD = "RECORD"
    """备案: put on record what needs no permit."""
    NOTIFY = "NOTIFY"
    PUBLISH_WARNING = "PUBLISH_WARNING"
    CLOSE = "CLOSE"
