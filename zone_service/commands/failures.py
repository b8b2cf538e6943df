"""What keeps a command from its work, in Chinese, where it is said by a room or a machine that knows English alone.

Refusals of the store and of the rules have both languages of their own (``sayable``).
"""

import re
from collections.abc import Mapping
from errno import EACCES, ECONNREFUSED, EEXIST, EISDIR, ENOENT, ENOSPC, ENOTDIR, EPERM, EROFS
from types import MappingProxyType
from typing import Final

_OF_THE_SYSTEM: Final[Mapping[int, str]] = MappingProxyType(
    {
        EACCES: "没有访问权限",
        ECONNREFUSED: "连接被拒绝",
        EEXIST: "已存在",
        EISDIR: "是文件夹：应为文件",
        ENOENT: "没有该文件或文件夹",
        ENOSPC: "磁盘已满",
        ENOTDIR: "不是文件夹",
        EPERM: "不允许此操作",
        EROFS: "文件系统只读",
    }
)
_SENTENCES: Final = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"\[Errno (?P<number>\d+)\] .+", "{number}"),
        (
            r"already running on (?P<at>.+) as process (?P<process>\S+): stop it, or choose another .+",
            "{at} 上已有平台在运行（进程 {process}）：请停止它，或用 ZONE_DATA_DIR 另选数据目录",
        ),
        (
            r"no MQTT broker answers at (?P<at>\S+): (?P<why>.+)\. Is `zone up` running\? Elsewhere: (?P<names>.+)",
            "{at} 没有 MQTT 消息代理应答（{why}）。`zone up` 是否在运行？其他地址：{names}",
        ),
        (
            r"no MQTT broker answers at (?P<at>\S+): (?P<why>.+)",
            "{at} 没有 MQTT 消息代理应答（{why}）",
        ),
        (
            r"no broker password in the settings or in (?P<at>.+): run `zone up` first",
            "设置与 {at} 中均无消息代理的密码：请先运行 `zone up`",
        ),
        (
            r"an external broker needs an account for gateways: set (?P<names>.+) and (?P<more>.+)",
            "外部消息代理须有网关账户：请设置 {names} 与 {more}",
        ),
        (
            r"cannot listen on (?P<at>\S+): (?P<why>.+); free it or set (?P<names>.+)",
            "无法在 {at} 上接收（{why}）：请释放该端口，或设置 {names}",
        ),
        (
            r"no (?P<what>\S+) on PATH: (?P<how>.+)",
            "PATH 中没有 {what}：{how}",
        ),
        (
            r"the demonstration runs a broker of its own: expected (?P<what>\S+) nats or mosquitto",
            "演示自行运行消息代理：应为 {what} nats 或 mosquitto",
        ),
        (
            r"(?P<given>'.*'): expected an address and a port to listen on, such as (?P<like>\S+)",
            "{given}：应为接收地址与端口，如 {like}",
        ),
    )
)


def failure_in_chinese(error: Exception) -> str:
    """Return what went wrong in Chinese; what is not known here, as it is."""
    number = error.errno if isinstance(error, OSError) else None
    said = _OF_THE_SYSTEM.get(number or 0)
    if isinstance(error, OSError) and said:
        return f"{error.filename}：{said}" if error.filename else said
    return _in_chinese(str(error))


def _in_chinese(english: str) -> str:
    for form, chinese in _SENTENCES:
        found = form.fullmatch(english.partition("\n")[0].strip())
        if found is not None:
            parts = found.groupdict()
            if "number" in parts:
                return _OF_THE_SYSTEM.get(int(parts["number"]), english)
            return chinese.format(**{name: _in_chinese(each) for name, each in parts.items()})
    return english
