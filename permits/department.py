"""The offices that decide on permits together, each for its own ground, and their names."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from permits.rule_words import Language


class Department(StrEnum):
    """Who reviews permits; which of them review which kind is in the rule set."""

    INDUSTRY = "industry"
    """经信."""
    TRANSPORT = "transport"
    """交通."""
    POLICE = "police"
    """公安."""
    TRAFFIC_POLICE = "traffic_police"
    """公安交管, where a district names them and not the police as a whole."""
    AVIATION = "aviation"
    """民航."""
    ATM = "atm"
    """空中交通管理机构."""
    BASE_OPERATOR = "base_operator"
    """Runs a test base (试验基地)."""
    MARITIME = "maritime"
    """海事."""
    SCIENCE_ECONOMY = "science_economy"
    """科经委 of Pudong."""
    CONSTRUCTION_TRANSPORT = "construction_transport"
    """建交委, or 建交处."""
    HIGH_TECHNOLOGY = "high_technology"
    """高科处 of Lingang, and so those below."""
    DEVELOPMENT_REFORM = "development_reform"
    INSTITUTIONS = "institutions"
    PLANNING_RESOURCES = "planning_resources"
    MARKET_SUPERVISION = "market_supervision"
    DATA = "data"


_NAMES: Mapping[Department, tuple[str, str]] = MappingProxyType(
    {
        Department.INDUSTRY: ("industry", "经信"),
        Department.TRANSPORT: ("transport", "交通"),
        Department.POLICE: ("police", "公安"),
        Department.TRAFFIC_POLICE: ("traffic police", "公安交管"),
        Department.AVIATION: ("civil aviation", "民航"),
        Department.ATM: ("air traffic management", "空管"),
        Department.BASE_OPERATOR: ("operator of the test base", "试验基地运营单位"),
        Department.MARITIME: ("maritime safety", "海事"),
        Department.SCIENCE_ECONOMY: ("science and economy", "科经委"),
        Department.CONSTRUCTION_TRANSPORT: ("construction and transport", "建交委"),
        Department.HIGH_TECHNOLOGY: ("high technology", "高科处"),
        Department.DEVELOPMENT_REFORM: ("development and reform", "发改处"),
        Department.INSTITUTIONS: ("institutions", "制度处"),
        Department.PLANNING_RESOURCES: ("planning and resources", "规资处"),
        Department.MARKET_SUPERVISION: ("market supervision", "市场监管局"),
        Department.DATA: ("data", "大数据中心"),
    }
)


def listed(departments: Iterable[Department], language: Language) -> str:
    """Return what several are called."""
    mark = "、" if language is Language.CHINESE else ", "
    return mark.join(department_name(each, language) for each in departments)


def department_name(department: Department, language: Language) -> str:
    """Return what a department is called."""
    english, chinese = _NAMES[department]
    return chinese if language is Language.CHINESE else english
