"""What is wrong with a setting, in English and in Chinese: what it is, and what was expected."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from permits.rule_words import Language

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cannot start": ("cannot start: {faults}", "无法启动：{faults}"),
        "everybody": (
            "{found} trusts everybody: expected the addresses of the proxies",
            "{found} 等于信任所有来源：应为各代理的地址",
        ),
        "rule set": (
            "there is no such rule set: expected one of {known}",
            "没有该规则集：应为 {known} 之一",
        ),
        "jurisdiction": (
            "{found!r} is no rule set to decide by: expected some of {known}",
            "{found!r} 不是可据以决定的规则集：应取自 {known}",
        ),
        "extension": (
            "{found!r}: expected an instrument and a day, sh-icv-procedure=2027-10-31",
            "{found!r}：应为文件与日期，如 sh-icv-procedure=2027-10-31",
        ),
        "area": (
            "{found!r}: expected west,south,east,north in degrees, 120.8,30.6,122.3,31.9",
            "{found!r}：应为以度计的西,南,东,北，如 120.8,30.6,122.3,31.9",
        ),
        "listening": (
            "{found!r}: expected an address and a port to listen on, such as 0.0.0.0:7611",
            "{found!r}：应为地址与端口，如 0.0.0.0:7611",
        ),
        "demo": (
            "ZONE_DEMO=true shows passwords: expected false in production",
            "ZONE_DEMO=true 会显示密码：生产环境应为 false",
        ),
        "demonstration": (
            (
                "ZONE_RULE_SET={found} opens a violation of a single stray fix: expected a rule set that is "
                "meant for supervision"
            ),
            "ZONE_RULE_SET={found} 会因单个漂移定位立案：应为用于监管的规则集",
        ),
        "cookies": (
            "ZONE_SECURE_COOKIES=false sends sessions in the clear: expected true, and TLS in front",
            "ZONE_SECURE_COOKIES=false 以明文传送会话：应为 true，并在前端启用 TLS",
        ),
        "origin": (
            "ZONE_PUBLIC_ORIGIN={found!r}: expected the https:// address that people type",
            "ZONE_PUBLIC_ORIGIN={found!r}：应为用户访问的 https:// 地址",
        ),
        "clear": (
            (
                "ZONE_MQTT_HOST={found} without ZONE_MQTT_TLS_CA sends passwords in the clear: expected an "
                "address of this machine, or ZONE_BROKER=external over TLS"
            ),
            "ZONE_MQTT_HOST={found} 未配 ZONE_MQTT_TLS_CA，密码以明文传送：应为本机地址，或经 TLS 的 ZONE_BROKER=external",
        ),
        "password": (
            "ZONE_MQTT_PASSWORD has {found} characters: expected 16 or more for an external broker",
            "ZONE_MQTT_PASSWORD 有 {found} 个字符：外部代理应不少于 16 个",
        ),
        "data dir": (
            "ZONE_DATA_DIR={found}: expected a folder, and it is a file",
            "ZONE_DATA_DIR={found}：应为文件夹，而它是文件",
        ),
        "key alone": (
            "ZONE_MQTT_TLS_KEY without ZONE_MQTT_TLS_CERT: expected both",
            "有 ZONE_MQTT_TLS_KEY 而无 ZONE_MQTT_TLS_CERT：两者应同时设置",
        ),
        "certificate alone": (
            "ZONE_MQTT_TLS_CERT={found} without ZONE_MQTT_TLS_CA: expected both",
            "有 ZONE_MQTT_TLS_CERT={found} 而无 ZONE_MQTT_TLS_CA：两者应同时设置",
        ),
        "own broker": (
            "ZONE_MQTT_TLS_CA with ZONE_BROKER={found}: expected ZONE_BROKER=external",
            "ZONE_MQTT_TLS_CA 与 ZONE_BROKER={found} 同时设置：应为 ZONE_BROKER=external",
        ),
        "tls": ("ZONE_MQTT_TLS_…: {found}", "ZONE_MQTT_TLS_…：证书或密钥无法使用（{found}）"),
        "one of two": (
            "ZONE_{found} with ZONE_{other}: expected one of them",
            "ZONE_{found} 与 ZONE_{other} 同时设置：应只设其一",
        ),
        "no file": ("ZONE_{name}={found}: expected a file", "ZONE_{name}={found}：应为文件"),
        "calendar": ("ZONE_CALENDAR_FILE: {found}", "ZONE_CALENDAR_FILE：日历无法使用（{found}）"),
        "crash": (
            "{name}={found}: expected STEP or STEP:N, a step of {known}",
            "{name}={found}：应为 步骤 或 步骤:N，步骤取自 {known}",
        ),
        "crash in production": (
            "{name}={found} lets the worker die in the midst of its work: expected nothing in production",
            "{name}={found} 会使工作进程中途退出：生产环境不得设置",
        ),
    }
)


class SettingRefused(ValueError):
    """A value that cannot be used; ``why`` is a key of the words."""

    def __init__(self, why: str, **filled: object) -> None:
        self.why, self.filled = why, filled
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return WORDS[self.why][language is Language.CHINESE].format(**self.filled)


class SettingsRefused(ValueError):
    """Several that cannot be used, or not together."""

    def __init__(self, *faults: SettingRefused) -> None:
        self.faults = faults
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return all of them for a person to read."""
        return joined((each.said(language) for each in self.faults), language)


def joined(said: Iterable[str], language: Language) -> str:
    """Return several faults as one sentence."""
    return ("；" if language is Language.CHINESE else "; ").join(said)


def cannot_start(said: Iterable[str], language: Language) -> str:
    """Return why nothing can be started."""
    faults = joined(said, language)
    return WORDS["cannot start"][language is Language.CHINESE].format(faults=faults)
