"""What is wrong with a clip, in English and in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from permits.rule_words import Language


class Flaw(StrEnum):
    """What may be wrong with a file that is to be a clip."""

    TOO_LARGE = "too large"
    NO_CLIP = "no clip"
    """It is no archive, or not all of one."""
    OTHER_MEMBERS = "other members"
    ALTERED_ARCHIVE = "altered archive"
    """Something is other that is in no member: a time, a flag, bytes between them."""
    MANIFEST = "manifest"
    MEMBER_ALTERED = "member altered"
    FORGED = "forged"
    OTHER_KEY = "other key"
    """Known by the id that it names is another key than the one that it holds."""
    UNREADABLE = "unreadable"
    FRAME_OUTSIDE = "frame outside"
    REPORTS_DIFFER = "reports differ"
    OTHER_CODE = "other code"
    LOST = "lost"
    """Something that there was could not be read when it was sealed."""
    UNHEARD = "unheard"
    """Nobody listened for a part of its time."""
    OTHER_FIRST = "other first"
    """The clip that it comes beside is not the one that was given with it."""
    FIRST_NOT_GIVEN = "first not given"


WORDS: Mapping[Flaw, tuple[str, str]] = MappingProxyType(
    {
        Flaw.TOO_LARGE: (
            "the file has {found} bytes: expected at most {expected}",
            "文件为 {found} 字节：最多应为 {expected} 字节",
        ),
        Flaw.NO_CLIP: (
            "the file is no clip, or not all of one: {found}",
            "该文件不是证据片段，或不完整：{found}",
        ),
        Flaw.OTHER_MEMBERS: (
            "the file holds {found}: expected {expected}",
            "文件内含 {found}：应为 {expected}",
        ),
        Flaw.ALTERED_ARCHIVE: (
            "the archive is not the one that was written: something beside its members was altered",
            "归档与写入时不一致：成员以外的内容被改动",
        ),
        Flaw.MANIFEST: (
            "manifest.json is not as one is written: {found}",
            "manifest.json 格式不符：{found}",
        ),
        Flaw.MEMBER_ALTERED: (
            "{where} was altered: its SHA-256 is {found}, the manifest has {expected}",
            "{where} 被改动：其 SHA-256 为 {found}，清单所载为 {expected}",
        ),
        Flaw.FORGED: (
            "the seal is not that of this manifest by the key {where}",
            "签名不是密钥 {where} 对该清单的签名",
        ),
        Flaw.OTHER_KEY: (
            "the file holds {found} as the key {where}, which is known to be {expected}",
            "文件称密钥 {where} 为 {found}，而已知为 {expected}",
        ),
        Flaw.UNREADABLE: ("{where} cannot be read: {found}", "{where} 无法读取：{found}"),
        Flaw.FRAME_OUTSIDE: (
            "frames.jsonl line {where}: {found} is none of the clip's: expected {expected}",
            "frames.jsonl 第 {where} 行：{found} 不属于该片段：应为 {expected}",
        ),
        Flaw.REPORTS_DIFFER: (
            "reports.jsonl line {where} is not what the frames tell: {found}, decoded {expected}",
            "reports.jsonl 第 {where} 行与原始报文不符：{found}，重新解码为 {expected}",
        ),
        Flaw.OTHER_CODE: (
            "it was decoded by {found} and now by {expected}: a codec may read otherwise since",
            "当时由 {found} 解码，现由 {expected} 解码：解码器可能已有变更",
        ),
        Flaw.LOST: (
            "{found} could not be read when it was sealed: what devices said may be missing",
            "签封时无法读取 {found}：可能缺少设备发出的报文",
        ),
        Flaw.OTHER_FIRST: (
            "it comes beside {where} with the SHA-256 {expected}: the file that was given has {found}",
            "该片段附于 {where}（SHA-256 {expected}），而所给文件的 SHA-256 为 {found}",
        ),
        Flaw.FIRST_NOT_GIVEN: (
            "it comes beside {where}, whose SHA-256 is {expected}: give that file too, and they are compared",
            "该片段附于 {where}（SHA-256 {expected}）：请一并给出该文件以便核对",
        ),
        Flaw.UNHEARD: (
            "nothing was received for {found} s of its time: {where} has when, and devices may have said more",
            "该时段内有 {found} 秒未接收任何报文，设备可能另有上报：时间见 {where}",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, what was found, and what was expected."""

    flaw: Flaw
    where: str = ""
    found: str = ""
    expected: str = ""

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        words = WORDS[self.flaw][language is Language.CHINESE]
        return words.format(where=self.where, found=self.found, expected=self.expected)


def fault(flaw: Flaw, where: object = "", found: object = "", expected: object = "") -> Fault:
    """Return a fault about values of any kind."""
    return Fault(flaw, str(where), str(found), str(expected))
