"""What is wrong with a rule set or why nothing may be issued under it, in English and in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Language(StrEnum):
    """What people are spoken to in."""

    ENGLISH = "en"
    CHINESE = "zh-CN"


WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "is": ("{path} is {found}: expected {expected}", "{path} 为 {found}：应为{expected}"),
        "number": ("a number from {low} to {high}", "{low} 至 {high} 的数"),
        "whole": ("a whole number", "整数"),
        "flag": ("true or false", "true 或 false"),
        "one of": ("one of {choice}", "下列之一：{choice}"),
        "texts": ("a list of texts", "文本列表"),
        "texts of": ("a list of {choice}", "由下列文本组成的列表：{choice}"),
        "text": ("a text", "文本"),
        "name": ("a short name of {pattern}", "符合 {pattern} 的短名称"),
        "time": ("a time of day such as 12:00", "时刻，例如 12:00"),
        "windows": (
            "a list of times such as 07:30-09:00",
            "时段列表，例如 07:30-09:00",
        ),
        "table": ("a table", "表"),
        "date": ("a date such as 2026-10-31", "日期，例如 2026-10-31"),
        "toml": ("TOML", "TOML 文本"),
        "value": (
            "a number, a text or a list of texts, true or false, or a condition",
            "数、文本、文本列表、true 或 false，或条件",
        ),
        "no key": ("no such key", "已定义的键"),
        "no circle": ("a rule set that can be loaded, no circle", "可载入的规则集，且不得循环"),
        "condition": (
            "all or any of a list, or a fact with a comparison and a parameter or a value",
            "all 或 any 列表，或由 fact、比较符和参数（或值）组成的条件",
        ),
        "unit": (
            "a parameter of the unit of its fact: {unit}",
            "与所比较事实单位相同的参数：{unit}",
        ),
        "order": ("a day not before {day}", "不早于 {day} 的日期"),
        "not yet": (
            "{named} is in force from {day}, not on {on}",
            "{named}自 {day} 起施行，{on} 尚未生效",
        ),
        "ran out": (
            "{named} ran out on {day} and no successor or extension is configured",
            "{named}已于 {day} 失效，且未设定后续文件或延期",
        ),
        "value ran out": (
            "{named} was a value until {day} and none is published for the time after",
            "{named}的取值有效期至 {day}，其后的取值尚未发布",
        ),
        "set ran out": (
            "the rule set {named} ran out on {day} and no later version is published",
            "规则集 {named} 已于 {day} 失效，且未发布后续版本",
        ),
        "pattern": (
            "a text with {{year}} and {{serial}} once each, such as {{year}}-{{serial:3}}",
            "含 {{year}} 与 {{serial}} 各一处的文本，例如 {{year}}年第{{serial:3}}号",
        ),
        "not issuable": (
            "cannot {action} permit {number} under {label}: {reasons}",
            "不能依据 {label} 对许可 {number} 执行 {action}：{reasons}",
        ),
        "no ruling": (
            "permit {number} is of {jurisdiction!r}: expected a rule set that ships or was published",
            "许可 {number} 属于辖区 {jurisdiction!r}：应为随附或已发布的规则集",
        ),
        "pinned": ("a version as well, such as {label}", "须注明版本，例如 {label}"),
        "same": ("{before}, as it was in the version before", "与前一版本相同的 {before}"),
        "other": (
            "a new version of {label}, which is the rule set of {jurisdiction}",
            "{label} 的新版本，该规则集适用于 {jurisdiction}",
        ),
        "begun": (
            "{day} or a day before it: a version is published on its first day",
            "不晚于 {day} 的日期：版本须在其首日发布",
        ),
        "no demonstration": (
            "a value that is meant for supervision",
            "用于监管的取值",
        ),
        "address": ("{id}, as in the address", "与地址一致的 {id}"),
        "taken": (
            "{label} is there already and is never changed: publish another version",
            "{label} 已存在且不可修改：请发布新版本",
        ),
        "moved on": (
            "rule set {id} is at {found}: this version was meant to follow another",
            "规则集 {id} 已为 {found}：本版本所依据的并非当前版本",
        ),
        "meant for none": (
            "say what this one follows: If-Match with the ETag of {id}, or If-None-Match: * if it is new",
            "请注明所接续的版本：以 If-Match 给出 {id} 的 ETag；新规则集用 If-None-Match: *",
        ),
        "names": ("{title_zh} ({title})", "{title_zh}"),
        "nothing": ("nothing", "空"),
        "column in force": ("in force", "现行版本"),
        "column title": ("title", "名称"),
        "column purpose": ("purpose", "用途"),
        "column road": ("road", "道路"),
        "column flight": ("flight", "飞行"),
        "column vessel": ("vessel", "船舶"),
        "column record": ("on record", "备案"),
        "column exempt": ("no application", "免申请"),
        "column rests on": ("rests on", "所依据的规则集"),
        "column key": ("key", "键"),
        "column value": ("value", "取值"),
        "column unit": ("unit", "单位"),
        "column status": ("status", "状态"),
        "column from": ("from", "来自"),
        "column instrument": ("instrument", "文件"),
        "column article": ("article", "条款"),
        "column name": ("name", "名称"),
        "purpose supervision": ("supervision", "监管"),
        "purpose layer": ("layer", "基础层"),
        "purpose comparator": ("comparator", "参照城市"),
        "purpose demonstration": ("demonstration", "演示"),
        "yes": ("yes", "可"),
        "no": ("no", "不可"),
        "behind": ("{label} does not rest on {newer}", "{label} 未以 {newer} 为依据"),
        "in force": ("{label} is in force", "{label} 已生效"),
        "would be": ("{label} would be in force", "{label} 将会生效"),
        "do not differ": (
            "{before} and {after} do not differ",
            "{before} 与 {after} 没有差异",
        ),
        "not utf-8": ("{file} is not a text in UTF-8", "{file} 不是 UTF-8 文本"),
        "one refused": (
            "{file} was refused: {count} problem, nothing was changed",
            "{file} 未被接受：有 {count} 处问题，未作任何更改",
        ),
        "refused": (
            "{file} was refused: {count} problems, nothing was changed",
            "{file} 未被接受：有 {count} 处问题，未作任何更改",
        ),
        "no such set": ("no rule set {reference!r}", "没有规则集 {reference!r}"),
        "unknown": (
            "no rule set {reference!r}: `zone rules list` shows those that there are",
            "没有规则集 {reference!r}：`zone rules list` 可列出现有的规则集",
        ),
    }
)
"""By key: English and Chinese, with the same places to fill."""


def words(key: str, language: Language, **filled: object) -> str:
    """Return a sentence in a language."""
    english, chinese = WORDS[key]
    return (chinese if language is Language.CHINESE else english).format(**filled)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a rule set."""

    path: str
    found: str
    """As Python writes it."""
    expected: str
    """A key of ``WORDS``."""
    filled: tuple[tuple[str, str], ...] = ()

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        expected = words(self.expected, language, **dict(self.filled))
        return words("is", language, path=self.path, found=self.found, expected=expected)


def problem(path: str, found: object, expected: str, **filled: object) -> Problem:
    """Return what is wrong at a path."""
    return Problem(
        path, repr(found), expected, tuple((name, str(each)) for name, each in filled.items())
    )


class RuleSetError(ValueError):
    """A rule set that cannot be read: every key at fault, what was found and what was expected."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("; ".join(each.said(Language.ENGLISH) for each in problems))

    def said(self, language: Language) -> str:
        """Return all of it for a person to read."""
        return "; ".join(each.said(language) for each in self.problems)
