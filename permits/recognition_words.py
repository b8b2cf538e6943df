"""Why a bundle is not recognised: each reason by its name, in English and in Chinese."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from permits.rule_words import Language


class Reason(StrEnum):
    """Why a bundle, or one thing in it, is refused."""

    # --- the file
    TOO_LARGE = "too-large"
    NOT_A_BUNDLE = "not-a-bundle"
    TRAP = "trap"
    ALTERED_ARCHIVE = "altered-archive"
    MEMBER_MISSING = "member-missing"
    MEMBER_UNKNOWN = "member-unknown"
    MEMBER_ALTERED = "member-altered"
    NOT_CANONICAL = "not-canonical"
    FILE_REFUSED = "file-refused"
    # --- the signature
    NOT_SIGNED = "not-signed"
    UNKNOWN_KEY = "unknown-key"
    FORGED = "forged"
    KEY_REVOKED = "key-revoked"
    KEY_NOT_YET_VALID = "key-not-yet-valid"
    KEY_EXPIRED = "key-expired"
    OTHER_ISSUER = "other-issuer"
    # --- what it says
    OUTSIDE_AGREEMENT = "outside-agreement"
    OWN_BUNDLE = "own-bundle"
    NOT_ADDRESSED = "not-addressed"
    FROM_THE_FUTURE = "from-the-future"
    EXPIRED = "expired"
    LASTS_TOO_LONG = "lasts-too-long"
    NO_VEHICLE = "no-vehicle"
    VEHICLE_TWICE = "vehicle-twice"
    VEHICLE_INVALID = "vehicle-invalid"
    VEHICLE_DIFFERS = "vehicle-differs"
    FIGURE_INVALID = "figure-invalid"
    REPLAYED = "replayed"


WORDS: Mapping[Reason, tuple[str, str]] = MappingProxyType(
    {
        Reason.TOO_LARGE: ("it is {found} bytes long: expected at most {expected}", "大小为 {found} 字节：应不超过 {expected} 字节"),
        Reason.NOT_A_BUNDLE: ("it is no bundle: {found}; expected a ZIP archive as `zone recognition export` writes it", "不是互认数据包：{found}；应为 `zone recognition export` 生成的 ZIP 文件"),
        Reason.TRAP: ("its entry {path} is {found}: expected {expected}", "条目 {path} 为 {found}：应为 {expected}"),
        Reason.ALTERED_ARCHIVE: ("its archive was altered: it is not byte for byte what its members make", "压缩包已被改动：与其成员应生成的字节不一致"),
        Reason.MEMBER_MISSING: ("its member {path} is missing", "缺少成员 {path}"),
        Reason.MEMBER_UNKNOWN: ("its member {path} is nowhere spoken of", "成员 {path} 未在清单或内容中列出"),
        Reason.MEMBER_ALTERED: ("its member {path} was altered: SHA-256 {found}, expected {expected}", "成员 {path} 已被改动：SHA-256 为 {found}，应为 {expected}"),
        Reason.NOT_CANONICAL: ("{path} cannot be read as what it should be: {found}", "{path} 无法按规定格式读取：{found}"),
        Reason.FILE_REFUSED: ("its file {path} is not taken: {found}", "不接受文件 {path}：{found}"),
        Reason.NOT_SIGNED: ("it bears no signature that can be read", "没有可读取的签名"),
        Reason.UNKNOWN_KEY: ("it is signed with key {found}, which is not on the trust list", "签名密钥 {found} 不在信任清单中"),
        Reason.FORGED: ("its signature is not that of key {found}: it is forged or was altered", "签名与密钥 {found} 不符：数据包系伪造或已被改动"),
        Reason.KEY_REVOKED: ("key {found} was revoked on {expected}", "密钥 {found} 已于 {expected} 吊销"),
        Reason.KEY_NOT_YET_VALID: ("it was issued on {found}, before the first day of its key, {expected}", "签发于 {found}，早于密钥起始日 {expected}"),
        Reason.KEY_EXPIRED: ("it was issued on {found}, after the last day of its key, {expected}", "签发于 {found}，晚于密钥截止日 {expected}"),
        Reason.OTHER_ISSUER: ("it says that {found} issued it: its key is that of {expected}", "自称由 {found} 签发：密钥属于 {expected}"),
        Reason.OUTSIDE_AGREEMENT: ("{found} is none of those who recognise each other: expected one of {expected}", "{found} 不在互认范围内：应为 {expected} 之一"),
        Reason.OWN_BUNDLE: ("it was issued by {found} itself", "由本地（{found}）签发"),
        Reason.NOT_ADDRESSED: ("it is addressed to {found}: expected {expected} among them", "接收地为 {found}：其中应含 {expected}"),
        Reason.FROM_THE_FUTURE: ("it was issued at {found}, which is not yet: it is {expected}", "签发时间 {found} 尚未到来：现为 {expected}"),
        Reason.EXPIRED: ("it counted until {found}", "有效期至 {found}，已失效"),
        Reason.LASTS_TOO_LONG: ("it would count for {found} days: expected at most {expected}", "有效期 {found} 天：应不超过 {expected} 天"),
        Reason.NO_VEHICLE: ("it tells of {found} vehicles: expected 1 to {expected}", "含 {found} 辆车：应为 1 至 {expected} 辆"),
        Reason.VEHICLE_TWICE: ("it tells of vehicle {path} twice", "车辆 {path} 重复"),
        Reason.VEHICLE_INVALID: ("vehicle {path}: {found}", "车辆 {path}：{found}"),
        Reason.VEHICLE_DIFFERS: ("vehicle {path} is registered here as another one: {found}", "车辆 {path} 与本地登记不一致：{found}"),
        Reason.FIGURE_INVALID: ("{path} is {found}: expected 0 or more, with its source", "{path} 为 {found}：应为不小于 0 的数并注明来源"),
        Reason.REPLAYED: ("vehicle {path}: {found} is no newer than {expected}, which is known already", "车辆 {path}：{found} 不晚于已有的 {expected}"),
    }
)  # fmt: skip
"""By reason: English and Chinese, with the same places to fill."""


@dataclass(frozen=True, slots=True)
class Refused:
    """One thing for which a bundle is not recognised."""

    reason: Reason
    path: str = ""
    found: tuple[str, str] = ("", "")
    """In English and in Chinese; mostly the same."""
    expected: str = ""

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        at = 1 if language is Language.CHINESE else 0
        return WORDS[self.reason][at].format(
            path=self.path, found=self.found[at], expected=self.expected
        )


def refused(reason: Reason, path: str = "", found: object = "", expected: object = "") -> Refused:
    """Return a refusal; ``found`` may be a pair of English and Chinese."""
    both = found if isinstance(found, tuple) else (str(found), str(found))
    return Refused(reason, path, both, str(expected))


class BundleRefused(ValueError):
    """A bundle that is not recognised: every reason at once."""

    def __init__(self, *refusals: Refused) -> None:
        self.refusals = refusals
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return all of it for a person to read."""
        return "; ".join(each.said(language) for each in self.refusals)
