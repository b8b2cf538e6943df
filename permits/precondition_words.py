"""What preconditions are called and said about, in English and in Chinese."""

from collections.abc import Mapping
from types import MappingProxyType

from permits.condition import FACTS, Fact, Verdict
from permits.definition import UNITS
from permits.matter_refusals import MatterError
from permits.matter_states import MatterAction
from permits.permit import Permit, PermitAction, StepRefused
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_facts import Origin, Source
from permits.preconditions import Figure, Finding
from permits.rule_words import Language

_C = PreconditionCode
_FIGURES = 3
"""So many of each are told with a refusal; all are with the permit."""
NAMES: Mapping[PreconditionCode, tuple[str, str]] = MappingProxyType(
    {
        _C.INS_COVER_GE_5M: ("each vehicle is insured for the least sum, or has a letter of guarantee", "每车事故责任保险或保函达到最低保额"),
        _C.INS_END_GE_PERMIT_END: ("the insurance lasts as long as the permit", "保险有效期不早于许可截止日"),
        _C.SEAT_INS_IF_PASSENGER: ("seats are insured where people are carried", "载人车辆已投保座位险"),
        _C.COMPULSORY_INS: ("the compulsory traffic insurance is valid", "交强险有效"),
        _C.INSPECTION_VALID: ("the safety inspection is valid", "安全技术检验有效"),
        _C.THIRD_PARTY_REPORT_VALID: ("the report of the third party is valid", "第三方检测报告有效"),
        _C.TEST_HOURS_GE_240_OR_KM_GE_1000: ("enough hours or kilometres were tested on the segments", "申请路段测试时长或里程达标"),
        _C.FLEET_KM_GE: ("the fleet has driven its kilometres", "车队自动驾驶里程达标"),
        _C.VEHICLE_KM_GE: ("each vehicle has driven its kilometres", "单车自动驾驶里程达标"),
        _C.ROUTE_COVERAGE_100: ("the declared segments were driven in automated mode", "申报路段自动驾驶全覆盖"),
        _C.SUPERVISED_RIDES_GE: ("enough rides were supervised", "监督乘坐次数达标"),
        _C.ZERO_TAKEOVER_RIDES: ("the supervised rides went without takeovers", "监督乘坐期间无接管"),
        _C.NO_AT_FAULT_ACCIDENT: ("no accident was its fault", "无有责事故"),
        _C.NO_TRAFFIC_VIOLATION: ("no traffic violation is on record", "无交通违法"),
        _C.SEGMENTS_SUBSET_TESTED: ("the segments lie within those tested before", "申请路段在已测试路段范围内"),
        _C.SEGMENT_CLASS_ALLOWED_FOR_STAGE: ("the class of each segment is open to the stage", "路段类别对本阶段开放"),
        _C.STAGE_ORDER: ("the stages before this one are passed", "已通过前序阶段"),
        _C.RISK_ORDER: ("roads of lower risk came before", "道路风险由低到高递进"),
        _C.DRIVERLESS_AREA: ("without a driver in announced areas alone, after the stage with one", "无人驾驶限已公布区域且已通过有驾驶人阶段"),
        _C.OFFICER_LICENCE_3Y: ("officers have held their licence long enough", "安全员驾龄达标"),
        _C.OFFICER_CLEAN_RECORD: ("the record of the officers is clean", "安全员驾驶记录良好"),
        _C.OFFICER_TRAINING_40H: ("officers are trained", "安全员培训达标"),
        _C.REMOTE_OPS_100H: ("remote operators have practised long enough", "远程操控实操时长达标"),
        _C.OFFICER_RATIO: ("there are enough remote operators for the vehicles", "远程安全员人车比达标"),
        _C.SAME_CONFIG: ("all vehicles are of the same configuration", "车辆配置一致"),
        _C.VEHICLE_CAP: ("there are no more vehicles than the stage allows", "车辆数量不超过本阶段上限"),
        _C.DATA_LINK_TEST_PASSED: ("the data link passed its test", "数据接入测试通过"),
        _C.NETSEC_ASSESSED: ("network security was assessed", "网络安全已评估"),
        _C.DATA_STORED_IN_CHINA: ("data is stored in mainland China", "数据境内存储"),
        _C.NO_DANGEROUS_GOODS: ("no dangerous goods are carried", "不载运危险货物"),
        _C.TRANSPORT_LICENCE: ("the operator is licensed for road transport", "持有道路运输经营许可证"),
        _C.REALNAME_ACTIVE: ("the aircraft is registered under a real name", "航空器已实名登记"),
        _C.UA_CLASS_MATCH: ("the class of the aircraft may fly so", "航空器类别与申请相符"),
        _C.OPERATOR_CERT: ("the operator is certified where the class asks for it", "按类别须持有的运营合格证有效"),
        _C.PILOT_LICENCE: ("the pilots are licensed where the class asks for it", "按类别须持有的操控员执照有效"),
        _C.LIABILITY_INS: ("liability is insured where it must be", "按规定须投保的责任保险有效"),
        _C.REMOTE_ID_OK: ("the identification in flight works", "运行识别功能正常"),
        _C.FENCE_DATA_FRESH: ("the fence data on board is that in force", "机载电子围栏数据为现行版本"),
        _C.LOG_ON_BOARD: ("the log on board is written often enough and kept long enough", "机载记录的间隔与时长符合要求"),
        _C.AIRSPACE_CAPACITY: ("the airspace has room", "空域容量充足"),
        _C.NO_4D_CONFLICT: ("no granted flight is in the way", "与已批准飞行无四维冲突"),
        _C.CUTOFF_12H: ("it was applied for in time", "在申请截止时刻前提交"),
        _C.ALT_LE_120_OR_APPROVED: ("it flies no higher than the limit, or higher with approval", "真高不超限或已获批准"),
        _C.IN_TEST_BASE: ("the booking lies within a test base, and no higher", "预约空域在试验基地范围和高度之内"),
        _C.ART31_ESCALATORS_ABSENT: ("nothing in it asks for an application after all", "不存在须另行申请的情形"),
        _C.ART31_EXEMPT: ("a police, customs or emergency authority flies over its own range, or an airport is inspected within it", "警察、海关、应急管理部门在本单位场地上空飞行，或机场在其内部巡检"),
        _C.IN_SUITABLE_AIRSPACE: ("it stays within the suitable airspace, and out of every keep-out zone", "仅在适飞空域内飞行且不进入禁飞区"),
        _C.PERIOD_LE_CAP: ("it lasts no longer than its kind may", "期限不超过该类别最长期限"),
        _C.AIS_ON: ("AIS is on", "船舶自动识别系统开启"),
        _C.MSA_NOTICE_10WD: ("the maritime authority had notice in time", "按期向海事管理机构报告"),
        _C.WARNING_ID: ("a navigational warning is published", "已发布航行警告"),
        _C.LENGTH_BAND: ("the length of the vessel is one of the trial", "船长符合试验范围"),
        _C.CHART_EDITION_CURRENT: ("the chart is the current edition", "海图为现行版次"),
        _C.TIME_WINDOW: ("the hours are those that are open to it", "时段符合规定"),
        _C.WEATHER_LIMITS: ("the limits of the weather are stated", "已载明气象限制"),
        _C.RULESET_IN_FORCE: ("the rules are in force", "所依据规则现行有效"),
    }
)  # fmt: skip
"""By code: what must hold."""

ORIGINS: Mapping[Origin, tuple[str, str]] = MappingProxyType(
    {
        Origin.ACCIDENT: ("accident {key}, on record here", "本平台记录的事故 {key}"),
        Origin.VIOLATION: ("violation {key}, on record here", "本平台记录的违规 {key}"),
        Origin.RECOGNISED: ("recognised from {key}", "互认自 {key}"),
        Origin.LINK_TEST: ("test {key} of the data link", "数据接入测试 {key} 号"),
        Origin.HEARD: ("heard by the platform from device {key}", "平台接收自设备 {key}"),
        Origin.ATTESTED: ("attested here from {key}", "本地核验，依据 {key}"),
        Origin.MEASURED: ("measured by the platform", "平台实测"),
        Origin.BY_LINE: (
            "measured by the platform along the line of {key}",
            "平台沿道路中心线实测：{key}",
        ),
        Origin.BY_AREA: (
            "measured by the platform in the area of {key}, which has no line",
            "平台按区域实测（无道路中心线）：{key}",
        ),
        Origin.VOTE: ("vote of {key}", "{key} 的表决"),
    }
)
"""Where a fact comes from."""

RESULTS: Mapping[Verdict, tuple[str, str]] = MappingProxyType(
    {
        Verdict.MET: ("met", "满足"),
        Verdict.NOT_MET: ("not met", "不满足"),
        Verdict.UNKNOWN: ("unknown", "不明"),
    }
)
GATES: Mapping[Gate, tuple[str, str]] = MappingProxyType(
    {
        Gate.SUBMIT: ("handing in", "提交"),
        Gate.ACCEPT: ("acceptance", "受理"),
        Gate.GRANT: ("granting", "准予"),
    }
)


def precondition_name(code: PreconditionCode, language: Language) -> str:
    """Return what must hold, for a person to read."""
    return _in(NAMES[code], language)


def source_said(source: Source, language: Language) -> str:
    """Return where a fact comes from, for a person to read."""
    return _in(ORIGINS[source.origin], language).format(key=source.key)


def result_name(result: Verdict, language: Language) -> str:
    """Return a result for a person to read."""
    return _in(RESULTS[result], language)


def gate_name(gate: Gate, language: Language) -> str:
    """Return before which step something is asked."""
    return _in(GATES[gate], language)


def finding_said(found: Finding, language: Language) -> str:
    """Return in a line what came of a precondition."""
    colon = "：" if language is Language.CHINESE else ": "
    name = precondition_name(found.code, language)
    why = _why(found, language)
    told = f" ({why})" if why else ""
    return f"{found.code} ({name}){colon}{result_name(found.result, language)}{told}"


def _why(found: Finding, language: Language) -> str:
    """Return the figures of what does not hold, each with what was expected, or by what a person may answer."""
    wrong = (each for each in found.answers if each.result is found.result)
    figures = dict.fromkeys(_figure_said(one, language) for each in wrong for one in each.figures)
    said = list(figures)[:_FIGURES]
    more = ["…"] if len(figures) > _FIGURES else []
    return "; ".join((*said, *more, *_attestable(found, language)))


def _figure_said(figure: Figure, language: Language) -> str:
    key, english, chinese = FACTS[figure.fact]
    found, limit = _plain(figure.found), f"{figure.comparison} {_plain(figure.limit)}"
    if language is Language.CHINESE:
        return f"{chinese} {found}，应 {limit} {UNITS.get(key, '')}".rstrip()
    return f"{english} {found}, expected {limit} {'' if key == '1' else key}".rstrip()


def _plain(value: Fact | None) -> str:
    if value is None:
        return "?"
    return str(value).lower() if isinstance(value, bool) else f"{value:,.10g}"


def _attestable(found: Finding, language: Language) -> list[str]:
    if found.result is not Verdict.UNKNOWN or not found.attested_by:
        return []
    kinds = ", ".join(found.attested_by)
    if language is Language.CHINESE:
        return [f"应由有关部门依据 {kinds} 核验"]
    return [f"expected a department to attest it by {kinds}"]


class PreconditionsNotMet(StepRefused):
    """A step before which something must hold that does not, or of which nobody knows."""

    slug = "preconditions-not-met"

    def __init__(
        self, permit: Permit, action: PermitAction, found: tuple[Finding, ...], label: str
    ) -> None:
        self.found = found
        """Every one for which it is refused."""
        self.label = label
        """The rule set that asks for them."""
        super().__init__(permit, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        reasons = "; ".join(finding_said(each, language) for each in self.found)
        if language is Language.CHINESE:
            return f"不能依据 {self.label} 对许可 {self.number} 执行 {self.action}：{reasons}"
        return f"cannot {self.action} permit {self.number} under {self.label}: {reasons}"


class NotGrantable(MatterError):
    """What is asked for under a permit would make it one that would not be granted."""

    slug = "preconditions-not-met"

    def __init__(
        self,
        matter_id: str,
        action: MatterAction,
        number: str,
        found: tuple[Finding, ...],
        label: str,
    ) -> None:
        self.number = number
        self.found = found
        """Every one for which it is refused."""
        self.label = label
        """The rule set that asks for them."""
        super().__init__(matter_id, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        reasons = "; ".join(finding_said(each, language) for each in self.found)
        if language is Language.CHINESE:
            return (
                f"不能依据 {self.label} 对许可 {self.number} 的事项 {self.matter_id} "
                f"执行 {self.action}：{reasons}"
            )
        return (
            f"cannot {self.action} in matter {self.matter_id} of permit {self.number} "
            f"under {self.label}: {reasons}"
        )


def _in(pair: tuple[str, str], language: Language) -> str:
    return pair[language is Language.CHINESE]
