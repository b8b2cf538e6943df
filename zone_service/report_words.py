"""What is printed in reports, in English and in Chinese."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from permits.permit import PermitAction, PermitState
from permits.report_contents import Section
from permits.report_figures import NoFigure, Stage
from permits.report_periods import ReportKind
from zone_service.certificate_words import Both

_PAGE = Path(__file__).parent / "web/i18n"
_LANGUAGES = ("en.json", "zh-CN.json")

WORDS: Mapping[str, Both] = MappingProxyType(
    {
        "head": ("Report", "报告"),
        "period": ("Period", "报告期"),
        "as of": ("As known at", "数据截至"),
        "rules": ("By the rule set", "依据规则集"),
        "edition": ("Edition", "版次"),
        "made by": ("Made by", "编制人"),
        "due": ("Due by", "报送期限"),
        "to": ("To", "报送对象"),
        "ministries": (
            "the ministries of industry, public security and transport",
            "工业和信息化部、公安部、交通运输部",
        ),
        "public": ("the public", "社会公众"),
        "figure": ("Figure", "指标"),
        "value": ("Value", "数值"),
        "kind": ("Kind", "类别"),
        "stage": ("Stage", "阶段"),
        "state": ("State", "状态"),
        "district": ("District", "地区"),
        "count": ("Count", "数量"),
        "act": ("Step", "办理事项"),
        "operator": ("Operator", "运营单位"),
        "permits": ("Permits in force", "有效许可"),
        "devices": ("Vehicles and devices", "车辆与设备"),
        "code": ("Code", "代码"),
        "violation": ("Violation", "违规"),
        "in force": ("Permits in force at the end of the period", "期末有效许可数"),
        "operators": ("Operators with a permit in force", "持有效许可的运营单位数"),
        "fleet": ("Vehicles and devices under a permit in force", "有效许可下的车辆与设备数"),
        "violations": ("Violations in the period", "报告期内违规起数"),
        "unfounded": (
            "Found to be none, and not among them",
            "经核查不成立的起数（不计入违规）",
        ),
        "km": (
            "Kilometres in automated mode, as operators reported",
            "自动驾驶里程（公里，运营单位报告）",
        ),
        "hours": (
            "Hours in automated mode, as operators reported",
            "自动驾驶时长（小时，运营单位报告）",
        ),
        "km measured": ("Kilometres in automated mode", "自动驾驶里程（公里）"),
        "hours measured": ("Hours in automated mode", "自动驾驶时长（小时）"),
        "takeovers measured": ("Takeovers", "人工接管次数"),
        "online": (
            "Part of the time online, from first to last heard of a day",
            "在线率（每日首末次报文之间）",
        ),
        "devices heard": ("Devices heard under a permit in force", "许可有效期内在线设备数"),
        "km on segments": (
            "Kilometres in automated mode on declared segments",
            "申报路段自动驾驶里程（公里）",
        ),
        "coverage by line": (
            "Part of the length of declared segments driven in automated mode, along their lines",
            "申报路段自动驾驶里程覆盖率（沿道路中心线）",
        ),
        "segments by line": (
            "Declared segments driven, measured along their lines",
            "沿道路中心线统计的已行驶申报路段数",
        ),
        "segments by area": (
            "Declared segments driven in, without a line: counted by area",
            "按区域统计的已行驶申报路段数（无道路中心线）",
        ),
        "coverage": (
            "Part of the declared segments driven in automated mode",
            "申报路段自动驾驶覆盖率",
        ),
        "source": ("Source", "来源"),
        "by the platform": ("Measured by the platform", "平台实测"),
        "attested": ("Attested by a department", "主管部门核验"),
        "declared": ("Declared by operators", "运营单位申报"),
        "takeovers": ("Takeovers, as operators reported", "人工接管次数（运营单位报告）"),
        "driven permits": ("Permits in force in the period", "报告期内曾有效的许可数"),
        "reported": ("Of them reported on", "其中已报告的许可数"),
        "accidents": ("Accidents", "事故起数"),
        "suspensions": ("Suspensions in the period", "报告期内暂停次数"),
        "suspended": ("Suspended at its end", "期末处于暂停状态"),
        "recognised": ("Vehicles recognised from other places", "异地互认车辆数"),
        "roads": ("Opened roads and routes", "开放道路与航线数"),
        "roads km": ("Their length, km", "开放道路与航线里程（公里）"),
        "areas": ("Opened areas", "开放区域数"),
        "areas km2": ("Their ground, km²", "开放区域面积（平方公里）"),
        "none": ("none", "无"),
    }
)

TITLES: Mapping[ReportKind, Both] = MappingProxyType(
    {
        ReportKind.HALF_YEARLY: (
            "Half-yearly report on road tests and demonstration",
            "道路测试与示范应用半年报告",
        ),
        ReportKind.ANNUAL: ("Annual public report of the test zones", "测试示范区年度公开报告"),
    }
)

SECTIONS: Mapping[Section, Both] = MappingProxyType(
    {
        Section.SUMMARY: ("Summary", "概况"),
        Section.OPENED: ("Opened roads and areas", "道路与区域开放情况"),
        Section.PERMITS: (
            "Permits by kind, stage, state and district",
            "许可情况（类别、阶段、状态、地区）",
        ),
        Section.ACTS: ("Steps taken in the period", "报告期内办理情况"),
        Section.OPERATORS: ("Operators", "运营单位"),
        Section.DRIVEN: ("Driven in automated mode", "自动驾驶运行情况"),
        Section.VIOLATIONS: ("Violations by code", "违规情况"),
        Section.SAFETY: ("Accidents, suspensions, recognition", "事故、暂停与互认"),
    }
)

NO_FIGURES: Mapping[NoFigure, Both] = MappingProxyType(
    {
        NoFigure.UNKNOWN: ("unknown", "未知"),
        NoFigure.NOT_RECORDED: ("not recorded", "未记录"),
    }
)

STAGES: Mapping[Stage, Both] = MappingProxyType(
    {
        Stage.TEST: ("test", "测试"),
        Stage.DEMONSTRATION: ("demonstration application", "示范应用"),
        Stage.OPERATION: ("demonstration operation", "示范运营"),
        Stage.COMMERCIAL: ("commercial operation", "商业化运营"),
        Stage.OTHER: ("–", "–"),
    }
)

S, A = PermitState, PermitAction
_STATES: Mapping[PermitState, str] = MappingProxyType(
    {
        S.DRAFT: "起草",
        S.SUBMITTED: "已提交",
        S.RETURNED_FOR_CORRECTION: "退回补正",
        S.ACCEPTED: "已受理",
        S.THIRD_PARTY_REVIEW: "第三方评审",
        S.EXPERT_REVIEW: "专家评审",
        S.JOINT_REVIEW: "联合审查",
        S.APPROVED: "同意",
        S.REJECTED: "不予同意",
        S.AWAITING_PLATE: "待发牌",
        S.ISSUED: "已发放",
        S.ACTIVE: "有效",
        S.SUSPENDED: "暂停",
        S.RECTIFICATION: "整改",
        S.RESUME_REQUESTED: "申请恢复",
        S.RENEWAL_PENDING: "延续审查",
        S.EXPIRED: "到期",
        S.WITHDRAWN: "申请人撤回",
        S.TERMINATED: "终止",
        S.ANNULLED: "撤销",
        S.WITHDRAWN_BY_AUTHORITY: "撤回",
        S.REVOKED: "吊销",
        S.DEREGISTERED: "注销",
        S.PRE_TAKEOFF_REPORTED: "已作起飞前报告",
        S.CONFIRMED: "已确认",
        S.AIRBORNE: "飞行中",
        S.LANDED: "已降落",
        S.NOTIFIED: "已报告",
        S.WARNING_PUBLISHED: "已发布航行警告",
        S.CLOSED: "结束",
    }
)
_ACTIONS: Mapping[PermitAction, str] = MappingProxyType(
    {
        A.SUBMIT: "提交",
        A.RETURN_FOR_CORRECTION: "退回补正",
        A.ACCEPT: "受理",
        A.DEEM_ACCEPTED: "视为受理",
        A.EXTEND_TIME: "延长期限",
        A.START_THIRD_PARTY_REVIEW: "开始第三方评审",
        A.START_EXPERT_REVIEW: "开始专家评审",
        A.OPEN_JOINT_REVIEW: "开始联合审查",
        A.APPROVE: "同意",
        A.REJECT: "不予同意",
        A.REQUEST_PLATE: "申领号牌",
        A.ISSUE: "核发",
        A.ISSUE_PLATES: "换发号牌",
        A.RECALL_PLATES: "收回号牌",
        A.ANNOUNCE_PLATES_VOID: "公告号牌作废",
        A.ACTIVATE: "生效",
        A.SUSPEND: "暂停",
        A.SUSPEND_PARTS: "部分暂停",
        A.RESUME_PARTS: "恢复部分",
        A.AMEND_TERMS: "补正申请内容",
        A.CHANGE_TERMS: "变更",
        A.RECOUNT_VALIDITY: "重算有效期",
        A.START_RECTIFICATION: "开始整改",
        A.REQUEST_RESUME: "申请恢复",
        A.REFUSE_RESUME: "不予恢复",
        A.RESUME: "恢复",
        A.REQUEST_RENEWAL: "申请延续",
        A.RENEW: "准予延续",
        A.DEEM_RENEWED: "视为准予延续",
        A.REFUSE_RENEWAL: "不予延续",
        A.EXPIRE: "到期",
        A.WITHDRAW: "申请人撤回",
        A.TERMINATE: "终止",
        A.ANNUL: "撤销",
        A.WITHDRAW_BY_AUTHORITY: "撤回",
        A.REVOKE: "吊销",
        A.DEREGISTER: "注销",
        A.REPORT_PRE_TAKEOFF: "起飞前报告",
        A.CONFIRM: "确认",
        A.REFUSE_CONFIRMATION: "不予确认",
        A.LAPSE_CONFIRMATION: "起飞确认失效",
        A.TAKE_OFF: "起飞",
        A.LAND: "降落",
        A.RECORD: "备案",
        A.NOTIFY: "报告",
        A.PUBLISH_WARNING: "发布航行警告",
        A.CLOSE: "结束",
    }
)


def words(key: str) -> Both:
    """Return a word of reports in both languages."""
    return WORDS[key]


def state_name(state: PermitState) -> Both:
    """Return what a state is called."""
    return _plain(state), _STATES.get(state, state)


def action_name(action: PermitAction) -> Both:
    """Return what a step is called."""
    return _plain(action), _ACTIONS.get(action, action)


def code_name(code: str) -> Both:
    """Return what a violation is called, as the page has it; one without a name by its code."""
    english, chinese = (said.get(f"code.{code}", code) for said in map(_said, _LANGUAGES))
    return english, chinese


def _plain(name: str) -> str:
    return name.lower().replace("_", " ")


@cache
def _said(file: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((_PAGE / file).read_text("utf-8"))
    return found
