"""What is wrong with papers, in English and in Chinese: a document, a file, an application."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from permits.rule_words import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "is": ("{path} is {found}: expected {expected}", "{path} 为 {found}：应为{expected}"),
        "absent": ("{path} is missing: expected {expected}", "缺少 {path}：应为{expected}"),
        "number": ("the number that the document bears", "文件编号"),
        "issued_by": ("who issued it", "出具单位"),
        "valid_from": ("its first day, such as 2026-05-04", "起始日期，例如 2026-05-04"),
        "valid_to": ("its last day, such as 2027-05-03", "截止日期，例如 2027-05-03"),
        "amount_cny": ("the sum in CNY, above 0", "大于 0 的金额（元）"),
        "training_h": ("the hours of training, above 0", "大于 0 的培训时长（小时）"),
        "remote_h": ("the hours of remote control, above 0", "大于 0 的远程操控时长（小时）"),
        "grade": ("the class, grade or edition that it states", "所载类别、等级或版次"),
        "applies": ("what a {kind} is about: {choice}", "{kind}所适用的对象：{choice}"),
        "order": ("a day not before valid_from, {day}", "不早于 valid_from（{day}）的日期"),
        "expired": ("a document that is still valid on {day}", "{day} 仍有效的文件"),
        "type": ("one of {choice}, told by its content", "内容属于下列类型之一：{choice}"),
        "not empty": ("a file with something in it", "非空文件"),
        "whole": ("a {type} file that is whole: {how}", "完整的 {type} 文件：{how}"),
        "small": ("at most {most} bytes", "不超过 {most} 字节"),
        "digest": ("a file whose SHA-256 is {digest}", "SHA-256 为 {digest} 的文件"),
        "safe": ("an archive that is safe to open: {how}", "可安全打开的压缩包：{how}"),
    }
)  # fmt: skip
"""By key: English and Chinese, with the same places to fill."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, what was found, and what was expected."""

    path: str
    found: str
    """Empty where there was nothing."""
    expected: str
    """A key of ``WORDS``."""
    filled: tuple[tuple[str, tuple[str, str]], ...] = ()
    """What fills its places, in English and in Chinese."""

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        at = 1 if language is Language.CHINESE else 0
        expected = WORDS[self.expected][at].format(**{name: both[at] for name, both in self.filled})
        how = WORDS["is" if self.found else "absent"][at]
        return how.format(path=self.path, found=self.found, expected=expected)


def fault(path: str, found: object, expected: str, **filled: object) -> Fault:
    """Return what is wrong at a path; ``None`` is what is missing.

    What fills a place is the same in both languages, or a pair of English and Chinese.
    """
    said = "" if found is None else str(found)[:120] or "''"
    both = tuple(
        (name, each if isinstance(each, tuple) else (str(each), str(each)))
        for name, each in filled.items()
    )
    return Fault(path, said, expected, both)


class PapersRefused(ValueError):
    """Papers that cannot be taken: every fault at once."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return all of it for a person to read."""
        return "; ".join(each.said(language) for each in self.faults)
