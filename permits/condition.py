"""Conditions as data: facts compared with parameters, all of them or any.

Where the law says "240 hours or 1000 kilometres" and a city "480 hours and 1000 kilometres", the
two differ in numbers and in a word: both are in the rule set, and the code has neither.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from types import MappingProxyType
from typing import assert_never

from permits.rule_words import Language, RuleSetError, problem

Fact = float | bool


class Comparison(StrEnum):
    """How a fact is held against a number, or against true and false."""

    LESS = "<"
    AT_MOST = "<="
    EQUAL = "="
    AT_LEAST = ">="
    MORE = ">"


class Joined(StrEnum):
    """Whether all parts must hold, or one is enough."""

    ALL = "all"
    ANY = "any"


class Verdict(StrEnum):
    """What comes of a condition; a fact that nobody knows never counts as met."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact, held against a parameter of the rule set or against a plain value."""

    fact: str
    """A key of ``FACTS``."""
    comparison: Comparison
    parameter: str = ""
    """Key of the parameter; empty where ``value`` is given."""
    value: Fact | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions, all or any of which must hold."""

    joined: Joined
    parts: tuple["Condition", ...]


Condition = Compared | Group

FACTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "liability_cover_cny": ("CNY", "accident liability cover", "事故责任保险保额"),
        "guarantee_letter_cny": ("CNY", "letter of guarantee", "赔偿保函金额"),
        "property_cover_cny": ("CNY", "property cover", "财产险保额"),
        "carries_people": ("", "carries people", "载人"),
        "seat_cover_cny": ("CNY", "cover of each seat", "每座保险保额"),
        "compulsory_insured": ("", "compulsory insurance is valid at the beginning", "起始日交强险有效"),
        "insurance_margin_days": ("days", "days by which the insurance outlasts the permit", "保险截止日晚于许可截止日的天数"),
        "inspected": ("", "inspection is valid at the beginning", "起始日检验有效"),
        "report_valid": ("", "third-party report is valid at the beginning", "起始日第三方检测报告有效"),
        "licence_years": ("years", "years with the licence", "驾龄"),
        "cycles_without_12_points": ("", "cycles without 12 points", "未记满12分的周期数"),
        "clean_record_years": ("years", "years with a clean record", "无严重违法年限"),
        "employed": ("", "employed by the subject", "与主体签有劳动合同"),
        "trained": ("", "trained", "经培训"),
        "training_h": ("h", "hours of training", "培训时长"),
        "experience_h": ("h", "hours with the system", "系统操作时长"),
        "item_experience_h": ("h", "of them on the items applied for", "其中申请项目操作时长"),
        "remote_practice_h": ("h", "hours of remote control", "远程操控时长"),
        "automated_h": ("h", "hours in automated mode", "自动驾驶时长"),
        "automated_km": ("km", "kilometres in automated mode", "自动驾驶里程"),
        "traffic_violations": ("", "traffic violations", "交通违法次数"),
        "at_fault_accidents": ("", "accidents with responsibility", "有责事故次数"),
        "fleet_km": ("km", "kilometres of the fleet", "车队里程"),
        "vehicle_km": ("km", "kilometres of each vehicle", "单车里程"),
        "supervised_rides": ("", "supervised rides", "监督乘坐次数"),
        "loaded_rides": ("", "supervised rides with load", "监督满载次数"),
        "coverage_ratio": ("1", "part of the declared roads driven", "申报道路覆盖率"),
        "takeovers": ("", "takeovers during supervised rides", "监督乘坐接管次数"),
        "stages_missing": ("", "stages before it that are not passed", "未通过的前序阶段数"),
        "segments_untested": ("", "segments that no earlier stage had", "前序阶段未涉及的路段数"),
        "classes_not_allowed": ("", "segments of a class that is not open to the stage", "类别未对本阶段开放的路段数"),
        "risk_steps_skipped": ("", "steps of risk that were left out", "跳过的风险等级数"),
        "outside_service_h": ("h", "hours a week outside those of the service", "每周超出服务时段的小时数"),
        "forbidden_h": ("h", "hours a week in forbidden ones", "每周处于禁行时段的小时数"),
        "configurations": ("", "configurations among the vehicles", "车辆配置种数"),
        "same_configuration_proved": ("", "what differs is proved to be the same", "差异车辆已证明配置一致"),
        "vehicles": ("", "vehicles of the application", "申请车辆数"),
        "vehicles_added": ("", "vehicles that are new in it", "新增车辆数"),
        "first_fleet": ("", "the first fleet of its kind", "首批车辆"),
        "vehicles_per_officer": ("", "vehicles of each remote operator", "每名远程安全员监管车辆数"),
        "transport_licensed": ("", "transport licence is valid at the beginning", "起始日道路运输经营许可有效"),
        "driverless_allowed": ("", "the place allows vehicles without a driver", "辖区允许无驾驶人"),
        "area_announced": ("", "the area is announced for it", "区域已公布开放"),
        "driver_stage_passed": ("", "the stage with a driver is passed", "已通过有驾驶人阶段"),
        "empty_mass_kg": ("kg", "empty mass", "空机重量"),
        "takeoff_mass_kg": ("kg", "greatest take-off mass", "最大起飞重量"),
        "height_agl_m": ("m", "height above ground it can reach", "可达真高"),
        "speed_kmh": ("km/h", "speed it can reach", "最大平飞速度"),
        "keeps_airspace": ("", "keeps to its airspace", "具备空域保持能力"),
        "can_be_watched": ("", "can be watched reliably", "具备可靠被监视能力"),
        "log_interval_s": ("s", "interval of the log on board", "机载记录间隔"),
        "log_h": ("h", "flight hours that the log on board holds", "机载记录可存飞行时长"),
        "agricultural": ("", "for agriculture", "用于农业作业"),
        "radius_m": ("m", "distance from its pilot", "飞行半径"),
        "realname_registered": ("", "registered under a real name", "已实名登记"),
        "class_open": ("", "its class may fly so", "类别允许该飞行"),
        "operator_certificate_needed": ("", "the class asks for an operator certificate", "该类别须运营合格证"),
        "operator_certified": ("", "operator certificate is valid at the beginning", "起始日运营合格证有效"),
        "pilot_licence_needed": ("", "the class asks for a pilot licence", "该类别须操控员执照"),
        "pilot_licensed": ("", "pilot licence is valid at the beginning", "起始日操控员执照有效"),
        "pilot_grade_fits": ("", "grade of the licence is one for the class", "执照等级适用于该类别"),
        "insurance_needed": ("", "must be insured", "须投保责任险"),
        "liability_insured": ("", "liability insurance is valid at the beginning", "起始日责任保险有效"),
        "aircraft_over_capacity": ("", "aircraft over the capacity of the airspace", "超出空域容量的架次"),
        "conflicting_flights": ("", "granted flights in the way", "冲突的已批准飞行数"),
        "outside_bases": ("", "areas outside every test base", "不在试验基地内的空域数"),
        "over_base_m": ("m", "height above the top of the base", "高出试验基地高度上限"),
        "unsuitable_places": ("", "places outside the suitable airspace", "不在适飞空域内的区域数"),
        "not_agricultural": ("", "aircraft that are not of the agricultural class", "不属于农用类别的航空器数"),
        "zones_lifted": ("", "keep-out zones that it would enter", "拟进入的禁飞区数"),
        "period_over_days": ("days", "days beyond the longest period", "超出最长期限的天数"),
        "escalators": ("", "circumstances that ask for an application after all", "须重新申请的情形数"),
        "minutes_in_time": ("min", "minutes before the cut-off", "早于截止时刻的分钟数"),
        "top_agl_m": ("m", "top height above ground", "申请最大真高"),
        "height_approved": ("", "the greater height is approved", "超限高度已获批准"),
        "link_online_h": ("h", "hours that the device was heard in all", "设备累计在线时长"),
        "link_reports_per_min": ("1/min", "reports a minute while it was", "在线期间每分钟报文数"),
        "link_test_passed": ("", "the latest test of its data link was passed", "最近一次数据接入测试合格"),
        "link_test_failed": ("", "the latest test of its data link was failed", "最近一次数据接入测试不合格"),
        "remote_id_failed": ("", "the identification in flight reports a failure", "运行识别报告故障"),
        "ais_on": ("", "AIS transmits, as the device says", "设备报告船舶自动识别系统开启"),
        "fences_behind": ("", "revisions of the zones that the fence data on board is behind", "机载电子围栏数据落后的版本数"),
        "length_m": ("m", "length of the vessel", "船长"),
        "notice_wd": ("working days", "working days of notice", "提前报告的工作日数"),
        "warning_published": ("", "navigational warning is published", "已发布航行警告"),
        "low_speed": ("", "a low-speed device", "功能型无人车"),
        "flies": ("", "it flies", "飞行活动"),
        "devices": ("", "vehicles or aircraft under the permit", "许可载明的车辆或航空器数"),
        "permitted_kmh": ("km/h", "speed that the permit allows", "许可最高速度"),
        "driver_seated": ("", "a driver is in the seat", "主驾有人"),
        "without_driver": ("", "nobody in it can take over", "车内无人，远程接管"),
        "over_crowds": ("", "declared to fly over crowds", "申报飞越集会人群上空"),
        "dangerous_or_dropped": ("", "declared to carry dangerous goods or to drop something", "申报运载危险品或者投放物品"),
        "relayed": ("", "declared to be relayed by base stations", "申报中继飞行"),
        "swarm_declared": ("", "declared to fly in a swarm", "申报集群飞行"),
        "zones_of_the_class": ("", "zones of a class that makes it of this risk", "属于该风险类别的区域数"),
        "weather_limits_stated": ("", "limits of the weather are in the terms", "条款载明气象限制"),
        "rules_in_force": ("", "the rules are in force", "规则现行有效"),
    }
)  # fmt: skip
"""By name: unit, and what it is in English and in Chinese."""


def read_condition(found: object, path: str) -> Condition:
    """Return the condition that a table describes.

    Raises:
        RuleSetError: it is none; names the place within it.
    """
    match found:
        case {"fact": str(fact), "is": str(sign), **rest} if sign in set(Comparison):
            held_against = {str(name): value for name, value in rest.items()}
            return _compared(fact, Comparison(sign), held_against, path)
        case {"all": list(parts), **rest} if parts and not rest:
            return Group(Joined.ALL, _parts(parts, f"{path}.all"))
        case {"any": list(parts), **rest} if parts and not rest:
            return Group(Joined.ANY, _parts(parts, f"{path}.any"))
        case _:
            raise RuleSetError(problem(path, found, "condition"))


def as_number(found: float) -> float:
    """Return a number as it is compared; a whole one that is too long for that is infinite."""
    try:
        return float(found)
    except OverflowError:
        return inf


def is_condition(found: object) -> bool:
    """Tell whether a table is meant as a condition."""
    return isinstance(found, dict) and not found.keys().isdisjoint({"all", "any", "fact"})


def leaves(condition: Condition) -> Iterator[Compared]:
    """Yield every comparison of a condition, in order."""
    match condition:
        case Compared():
            yield condition
        case Group(parts=parts):
            for part in parts:
                yield from leaves(part)
        case _:
            assert_never(condition)


def judge(condition: Condition, facts: Mapping[str, Fact], limits: Mapping[str, Fact]) -> Verdict:
    """Hold a condition against what is known; ``limits`` are the parameters by their keys.

    Raises:
        KeyError: a parameter that it names is not there; a rule set that was read has them all.
    """
    match condition:
        case Compared():
            return _held_against(condition, facts, limits)
        case Group(joined=joined, parts=parts):
            return _joined(joined, [judge(part, facts, limits) for part in parts])
        case _:
            assert_never(condition)


def in_words(condition: Condition, limits: Mapping[str, object], language: Language) -> str:
    """Return a condition for a person to read, with the numbers that it stands for."""
    match condition:
        case Compared():
            limit = limits.get(condition.parameter) if condition.parameter else condition.value
            return _one_in_words(condition, limit, language)
        case Group(joined=joined, parts=parts):
            word = _WORD[language, joined]
            said = [_bracketed(part, limits, language) for part in parts]
            return word.join(said)
        case _:
            assert_never(condition)


def condition_to_json(condition: Condition) -> dict[str, object]:
    """Return a condition as it is written in a rule set."""
    match condition:
        case Compared(fact, comparison, parameter, value):
            held = {"parameter": parameter} if parameter else {"value": value}
            return {"fact": fact, "is": comparison.value, **held}
        case Group(joined=joined, parts=parts):
            return {joined.value: [condition_to_json(part) for part in parts]}
        case _:
            assert_never(condition)


_WORD = {
    (Language.ENGLISH, Joined.ALL): " and ",
    (Language.ENGLISH, Joined.ANY): " or ",
    (Language.CHINESE, Joined.ALL): " 且 ",
    (Language.CHINESE, Joined.ANY): " 或 ",
}


def _one_in_words(condition: Compared, limit: object, language: Language) -> str:
    unit, english, chinese = FACTS[condition.fact]
    named = chinese if language is Language.CHINESE else english
    shown = f"{limit:,.10g}" if isinstance(limit, float) else str(limit).lower()
    return f"{named} {condition.comparison} {shown} {'' if unit == '1' else unit}".rstrip()


def _bracketed(part: Condition, limits: Mapping[str, object], language: Language) -> str:
    said = in_words(part, limits, language)
    return f"({said})" if isinstance(part, Group) else said


def _compared(fact: str, comparison: Comparison, rest: Mapping[str, object], path: str) -> Compared:
    if fact not in FACTS:
        raise RuleSetError(problem(f"{path}.fact", fact, "one of", choice=sorted(FACTS)))
    match rest:
        case {"parameter": str(parameter), **more} if parameter and not more:
            return Compared(fact, comparison, parameter)
        case {"value": bool(value), **more} if not more and comparison is Comparison.EQUAL:
            return Compared(fact, comparison, value=value)
        case {"value": float() | int() as value, **more} if not more and isfinite(as_number(value)):
            return Compared(fact, comparison, value=as_number(value))
        case _:
            raise RuleSetError(problem(path, rest, "condition"))


def _parts(parts: list[object], path: str) -> tuple[Condition, ...]:
    return tuple(read_condition(part, f"{path}[{at}]") for at, part in enumerate(parts))


def _held_against(
    condition: Compared, facts: Mapping[str, Fact], limits: Mapping[str, Fact]
) -> Verdict:
    found = facts.get(condition.fact)
    limit = limits[condition.parameter] if condition.parameter else condition.value
    # Not a number is no fact: every comparison with it would be false, and "less than" with it.
    if found is None or limit is None or found != found:
        return Verdict.UNKNOWN
    return Verdict.MET if _compare(condition.comparison, found, limit) else Verdict.NOT_MET


def _compare(comparison: Comparison, found: Fact, limit: Fact) -> bool:
    match comparison:
        case Comparison.LESS:
            return found < limit
        case Comparison.AT_MOST:
            return found <= limit
        case Comparison.EQUAL:
            return found == limit
        case Comparison.AT_LEAST:
            return found >= limit
        case Comparison.MORE:
            return found > limit
        case _:
            assert_never(comparison)


def _joined(joined: Joined, found: list[Verdict]) -> Verdict:
    """What settles it settles it, whatever is unknown beside; else the unknown leaves it open."""
    settling, other = (
        (Verdict.NOT_MET, Verdict.MET) if joined is Joined.ALL else (Verdict.MET, Verdict.NOT_MET)
    )
    if settling in found:
        return settling
    return Verdict.UNKNOWN if Verdict.UNKNOWN in found else other
