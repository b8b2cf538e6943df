"""The kinds of documents: what each is about, and what it must state. One table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class CoveredKind(StrEnum):
    """What a document can be about."""

    ORGANISATION = "organisation"
    PERMIT = "permit"
    VEHICLE = "vehicle"
    AIRCRAFT = "aircraft"
    VESSEL = "vessel"
    PERSON = "person"
    CONSORTIUM = "consortium"


COVERED_NAMES: Mapping[CoveredKind, tuple[str, str]] = MappingProxyType(
    {
        CoveredKind.ORGANISATION: ("organisation", "单位"),
        CoveredKind.PERMIT: ("permit", "许可"),
        CoveredKind.VEHICLE: ("vehicle", "车辆"),
        CoveredKind.AIRCRAFT: ("aircraft", "无人驾驶航空器"),
        CoveredKind.VESSEL: ("vessel", "船舶"),
        CoveredKind.PERSON: ("person", "人员"),
        CoveredKind.CONSORTIUM: ("consortium", "联合体"),
    }
)


class Stated(StrEnum):
    """What a document may have to state; each is a member of ``Document``."""

    NUMBER = "number"
    ISSUED_BY = "issued_by"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"
    AMOUNT_CNY = "amount_cny"
    TRAINING_H = "training_h"
    REMOTE_H = "remote_h"
    GRADE = "grade"
    CLEAN_CYCLES = "clean_cycles"
    """Consecutive cycles of the points system without 12 points (记分周期)."""
    CLEAN_YEARS = "clean_years"
    """Years without a grave traffic offence."""
    EXPERIENCE_H = "experience_h"
    """Hours with the system."""
    ITEM_EXPERIENCE_H = "item_experience_h"
    """Of them on the items that are applied for."""


class DocumentKind(StrEnum):
    """What a document is."""

    # --- insurance and guarantees
    COMPULSORY_INSURANCE = "COMPULSORY_INSURANCE"
    LIABILITY_INSURANCE = "LIABILITY_INSURANCE"
    GUARANTEE_LETTER = "GUARANTEE_LETTER"
    SEAT_INSURANCE = "SEAT_INSURANCE"
    PROPERTY_INSURANCE = "PROPERTY_INSURANCE"
    # --- vehicles
    SAFETY_INSPECTION = "SAFETY_INSPECTION"
    FACTORY_CERTIFICATE = "FACTORY_CERTIFICATE"
    CCC_CERTIFICATE = "CCC_CERTIFICATE"
    NO_LOSS_OF_SAFETY = "NO_LOSS_OF_SAFETY"
    PRODUCT_ACCESS = "PRODUCT_ACCESS"
    TEMPORARY_PLATE = "TEMPORARY_PLATE"
    SAME_CONFIGURATION = "SAME_CONFIGURATION"
    # --- tests and safety of the system
    THIRD_PARTY_REPORT = "THIRD_PARTY_REPORT"
    TEST_EVIDENCE = "TEST_EVIDENCE"
    NETWORK_RISK_ASSESSMENT = "NETWORK_RISK_ASSESSMENT"
    PERSONAL_INFORMATION_ASSESSMENT = "PERSONAL_INFORMATION_ASSESSMENT"
    DATA_LINK_TEST = "DATA_LINK_TEST"
    # --- people
    DRIVING_LICENCE = "DRIVING_LICENCE"
    DRIVING_RECORD = "DRIVING_RECORD"
    EMPLOYMENT_CONTRACT = "EMPLOYMENT_CONTRACT"
    TRAINING_RECORD = "TRAINING_RECORD"
    REMOTE_PRACTICE = "REMOTE_PRACTICE"
    PILOT_LICENCE = "PILOT_LICENCE"
    # --- organisations
    BUSINESS_LICENCE = "BUSINESS_LICENCE"
    TRANSPORT_LICENCE = "TRANSPORT_LICENCE"
    OPERATOR_CERTIFICATE = "OPERATOR_CERTIFICATE"
    LIABILITY_SPLIT = "LIABILITY_SPLIT"
    # --- what an application declares and promises
    AUTHORISATION = "AUTHORISATION"
    SELF_DECLARATION = "SELF_DECLARATION"
    ODD_STATEMENT = "ODD_STATEMENT"
    ODD_MAPPING = "ODD_MAPPING"
    TEST_PLAN = "TEST_PLAN"
    OPERATION_PLAN = "OPERATION_PLAN"
    MONITORING_PROMISE = "MONITORING_PROMISE"
    DATA_PROMISE = "DATA_PROMISE"
    ACCIDENT_PROMISE = "ACCIDENT_PROMISE"
    RISK_ASSESSMENT = "RISK_ASSESSMENT"
    FACT_EVIDENCE = "FACT_EVIDENCE"
    # --- what is handed in while a permit lasts
    SUMMARY_REPORT = "SUMMARY_REPORT"
    RECTIFICATION_REPORT = "RECTIFICATION_REPORT"
    ACCIDENT_REPORT = "ACCIDENT_REPORT"
    ACCIDENT_ANALYSIS = "ACCIDENT_ANALYSIS"
    HEARING_MINUTES = "HEARING_MINUTES"
    # --- graded governance
    DISCLOSURE = "DISCLOSURE"
    CONTROL_RECORD = "CONTROL_RECORD"
    INTERVIEW_MINUTES = "INTERVIEW_MINUTES"
    TRANSFER_LETTER = "TRANSFER_LETTER"
    # --- aircraft
    REALNAME_REGISTRATION = "REALNAME_REGISTRATION"
    AIRWORTHINESS = "AIRWORTHINESS"
    TASK_APPROVAL = "TASK_APPROVAL"
    # --- vessels
    VESSEL_REGISTRATION = "VESSEL_REGISTRATION"
    VESSEL_INSPECTION = "VESSEL_INSPECTION"
    MSA_NOTICE = "MSA_NOTICE"
    NAVIGATIONAL_WARNING = "NAVIGATIONAL_WARNING"
    CHART = "CHART"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its names, what it may be about, and what it must state."""

    english: str
    chinese: str
    about: frozenset[CoveredKind]
    must: frozenset[Stated]
    may: frozenset[Stated] = frozenset()
    """What a condition asks of it that not every paper of its kind says."""


_K, _C, _S = DocumentKind, CoveredKind, Stated
_CAR, _CRAFT = (_C.VEHICLE,), (_C.VEHICLE, _C.AIRCRAFT, _C.VESSEL)
_FIRM, _PERMIT, _PERSON = (_C.ORGANISATION,), (_C.PERMIT,), (_C.PERSON,)
_ISSUED = (_S.NUMBER, _S.ISSUED_BY)
_MADE = (_S.ISSUED_BY, _S.VALID_FROM)
_TERM = (*_ISSUED, _S.VALID_FROM, _S.VALID_TO)
_SIGNED = (_S.VALID_FROM,)


def _kind(
    english: str,
    chinese: str,
    about: tuple[CoveredKind, ...],
    must: tuple[Stated, ...],
    may: tuple[Stated, ...] = (),
) -> Kind:
    return Kind(english, chinese, frozenset(about), frozenset(must), frozenset(may))


KINDS: Mapping[DocumentKind, Kind] = MappingProxyType(
    {
        _K.COMPULSORY_INSURANCE: _kind("compulsory traffic insurance", "机动车交通事故责任强制保险", _CAR, _TERM),
        _K.LIABILITY_INSURANCE: _kind("liability insurance", "事故责任保险", _CRAFT, (*_TERM, _S.AMOUNT_CNY)),
        _K.GUARANTEE_LETTER: _kind("letter of guarantee", "事故赔偿保函", (*_CRAFT, *_FIRM), (*_TERM, _S.AMOUNT_CNY)),
        _K.SEAT_INSURANCE: _kind("insurance of seats", "座位险或人身意外险", _CAR, (*_TERM, _S.AMOUNT_CNY)),
        _K.PROPERTY_INSURANCE: _kind("property insurance", "财产保险", _CAR, (*_TERM, _S.AMOUNT_CNY)),
        _K.SAFETY_INSPECTION: _kind("safety inspection", "机动车安全技术检验合格证明", _CAR, _TERM),
        _K.FACTORY_CERTIFICATE: _kind("factory certificate", "出厂合格证", _CAR, _ISSUED),
        _K.CCC_CERTIFICATE: _kind("CCC certificate", "强制性产品认证证书", _CAR, _ISSUED),
        _K.NO_LOSS_OF_SAFETY: _kind("proof of no loss of safety", "未降低车辆安全性能的证明", _CAR, _MADE),
        _K.PRODUCT_ACCESS: _kind("product access", "道路机动车辆产品准入", _CAR, _ISSUED),
        _K.TEMPORARY_PLATE: _kind("temporary plate", "临时行驶车号牌", _CAR, _TERM),
        _K.SAME_CONFIGURATION: _kind("proof of the same configuration", "车辆配置一致性证明", _CAR, _MADE),
        _K.THIRD_PARTY_REPORT: _kind("third-party test report", "第三方检测报告", _CRAFT, (*_ISSUED, _S.VALID_FROM)),
        _K.TEST_EVIDENCE: _kind("simulation and closed-track evidence", "仿真与封闭场地测试证明", (*_CRAFT, *_PERMIT), _MADE),
        _K.NETWORK_RISK_ASSESSMENT: _kind("network risk assessment", "网络安全风险评估报告", (*_CRAFT, *_FIRM), _MADE),
        _K.PERSONAL_INFORMATION_ASSESSMENT: _kind("assessment of the protection of personal information", "个人信息保护影响评估报告", (*_FIRM, *_PERMIT), _MADE),
        _K.DATA_LINK_TEST: _kind("test of the data link", "数据接入测试报告", _CRAFT, _MADE),
        _K.DRIVING_LICENCE: _kind("driving licence", "机动车驾驶证", _PERSON, (*_TERM, _S.GRADE)),
        _K.DRIVING_RECORD: _kind("driving record", "驾驶记录证明", _PERSON, _MADE, (_S.CLEAN_CYCLES, _S.CLEAN_YEARS)),
        _K.EMPLOYMENT_CONTRACT: _kind("contract of employment", "劳动合同", _PERSON, _SIGNED),
        _K.TRAINING_RECORD: _kind("record of training", "培训记录", _PERSON, (*_MADE, _S.TRAINING_H), (_S.EXPERIENCE_H, _S.ITEM_EXPERIENCE_H)),
        _K.REMOTE_PRACTICE: _kind("record of remote control", "远程操控实操记录", _PERSON, (*_MADE, _S.REMOTE_H)),
        _K.PILOT_LICENCE: _kind("pilot licence", "操控员执照", _PERSON, (*_ISSUED, _S.VALID_FROM, _S.GRADE)),
        _K.BUSINESS_LICENCE: _kind("business licence", "营业执照", _FIRM, _ISSUED),
        _K.TRANSPORT_LICENCE: _kind("transport licence", "道路运输经营许可证", _FIRM, _TERM),
        _K.OPERATOR_CERTIFICATE: _kind("operator certificate", "民用无人驾驶航空器运营合格证", _FIRM, _TERM),
        _K.LIABILITY_SPLIT: _kind("agreement on who is liable", "联合体责任划分协议", (_C.CONSORTIUM,), _SIGNED),
        _K.AUTHORISATION: _kind("authorisation of who applies", "办理授权委托书", (*_FIRM, *_PERMIT, _C.CONSORTIUM), _SIGNED),
        _K.SELF_DECLARATION: _kind("safety self-declaration", "安全性自我声明", _PERMIT, _SIGNED),
        _K.ODD_STATEMENT: _kind("statement of level and operational design", "自动驾驶等级与设计运行条件说明", _PERMIT, ()),
        _K.ODD_MAPPING: _kind("operational design against the elements of the road", "设计运行条件与道路要素对照", _PERMIT, ()),
        _K.TEST_PLAN: _kind("plan of the tests", "测试方案", _PERMIT, ()),
        _K.OPERATION_PLAN: _kind("plan of the operation", "运营方案", _PERMIT, ()),
        _K.MONITORING_PROMISE: _kind("promise of the monitoring device", "监控装置安装承诺", _PERMIT, _SIGNED),
        _K.DATA_PROMISE: _kind("promise of data access", "数据接入与境内存储承诺", _PERMIT, _SIGNED),
        _K.ACCIDENT_PROMISE: _kind("promise about accidents", "事故处置承诺", _PERMIT, _SIGNED),
        _K.RISK_ASSESSMENT: _kind("risk assessment", "风险评估报告", _PERMIT, _MADE),
        _K.FACT_EVIDENCE: _kind("evidence of a fact", "事实证明材料", (*_C,), _MADE),
        _K.SUMMARY_REPORT: _kind("summary report", "阶段总结报告", _PERMIT, ()),
        _K.RECTIFICATION_REPORT: _kind("report of rectification", "整改报告", _PERMIT, ()),
        _K.ACCIDENT_REPORT: _kind("report of an accident", "事故报告", _PERMIT, ()),
        _K.ACCIDENT_ANALYSIS: _kind("analysis of an accident", "事故原因分析报告", _PERMIT, ()),
        _K.HEARING_MINUTES: _kind("minutes of a hearing", "听证笔录", _PERMIT, _SIGNED),
        _K.DISCLOSURE: _kind("disclosure beforehand", "事前披露书", _FIRM, _SIGNED),
        _K.CONTROL_RECORD: _kind("record of a control", "事后检查记录", _FIRM, _SIGNED),
        _K.INTERVIEW_MINUTES: _kind("minutes of an interview", "约谈记录", _FIRM, _SIGNED),
        _K.TRANSFER_LETTER: _kind("letter of transfer", "案件移送函", _FIRM, _SIGNED),
        _K.REALNAME_REGISTRATION: _kind("real-name registration", "实名登记", (_C.AIRCRAFT,), (_S.NUMBER,)),
        _K.AIRWORTHINESS: _kind("airworthiness certificate", "适航证", (_C.AIRCRAFT,), (*_ISSUED, _S.VALID_FROM)),
        _K.TASK_APPROVAL: _kind("approval of the task", "任务批准文件", _PERMIT, _ISSUED),
        _K.VESSEL_REGISTRATION: _kind("registration of the vessel", "船舶登记证书", (_C.VESSEL,), _ISSUED),
        _K.VESSEL_INSPECTION: _kind("inspection of the vessel", "船舶检验证书", (_C.VESSEL,), _TERM),
        _K.MSA_NOTICE: _kind("notice of the maritime administration", "海事管理机构通告", _PERMIT, _TERM),
        _K.NAVIGATIONAL_WARNING: _kind("navigational warning", "航行警告", _PERMIT, _TERM),
        _K.CHART: _kind("chart", "海图或航道图", _PERMIT, (*_MADE, _S.GRADE)),
    }
)  # fmt: skip

MADE_BY_AUTHORITIES = frozenset(
    {_K.CONTROL_RECORD, _K.INTERVIEW_MINUTES, _K.TRANSFER_LETTER, _K.HEARING_MINUTES}
)
"""What authorities write about an organisation; it does not write it itself."""
OF_MATTERS = frozenset({_K.RECTIFICATION_REPORT, _K.ACCIDENT_REPORT, _K.ACCIDENT_ANALYSIS})
"""What is handed in about a matter under a permit, by who holds it or whose vehicle it is about."""
