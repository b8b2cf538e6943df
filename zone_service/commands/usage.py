"""What was typed amiss, and the frame of every help text, in Chinese.

The library says these in English alone, as whole sentences; by their form their Chinese is found here. What
is wrong with a value itself is said elsewhere (``field_words``, ``ranges``).
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import typer
from typer import rich_utils

_SENTENCES: Final = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        (r"Missing option (?P<name>.+?)\.(?: .*)?", "缺少选项 {name}"),
        (
            r"Missing option (?P<name>.+?) \(env var: (?P<variable>'.+?')\)\.(?: .*)?",
            "缺少选项 {name}（环境变量 {variable}）",
        ),
        (r"Missing argument (?P<name>.+?)\.(?: .*)?", "缺少参数 {name}"),
        (r"Missing command\.", "缺少命令"),
        (r"No such option: (?P<name>\S+)", "没有选项 {name}"),
        (
            r"No such option: (?P<name>\S+) \(Possible options: (?P<like>.+)\)",
            "没有选项 {name}，可用：{like}",
        ),
        (r"No such command (?P<name>'.+?')\.", "没有命令 {name}"),
        (
            r"No such command (?P<name>'.+?')\. Did you mean (?P<like>.+)\?",
            "没有命令 {name}，是否为 {like}？",
        ),
        (r"Invalid value for (?P<name>'.+?'): (?P<why>.+)", "{name} 的值无效：{why}"),
        (r"Invalid value for (?P<name>.+?): (?P<why>.+)", "{name} 的值无效：{why}"),
        (r"Invalid value: (?P<why>.+)", "值无效：{why}"),
        (r"Got unexpected extra argument\(s\) \((?P<name>.+)\)", "多余的参数：{name}"),
        (r"(?P<name>'.*') is not one of (?P<like>.+)\.", "{name} 应为 {like} 之一"),
        (r"(?i:file|path|directory) (?P<name>'.+') does not exist\.", "{name} 不存在"),
        (r"(?i:file) (?P<name>'.+') is a directory\.", "{name} 是文件夹：应为文件"),
        (r"(?i:path|file) (?P<name>'.+') is not readable\.", "{name} 不可读"),
        (r"Option (?P<name>'.+?') requires an argument\.", "选项 {name} 后须有值"),
        (r"Option (?P<name>'.+?') does not take a value\.", "选项 {name} 不带值"),
    )
)
_FRAME: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ARGUMENTS_PANEL_TITLE": "参数",
        "OPTIONS_PANEL_TITLE": "选项",
        "COMMANDS_PANEL_TITLE": "命令",
        "ERRORS_PANEL_TITLE": "错误",
        "DEFAULT_STRING": "[默认：{}]",
        "ENVVAR_STRING": "[环境变量：{}]",
        "REQUIRED_LONG_STRING": "[必填]",
        "RICH_HELP": "帮助：[blue]'{command_path} {help_option}'[/]",
    }
)
_IN_ENGLISH: Final = {name: getattr(rich_utils, name) for name in _FRAME}


class TypedAmiss(typer.BadParameter):
    """A mistake of whoever typed, as it is to be shown."""

    def format_message(self) -> str:
        """Return it as it is."""
        return self.message


def frame_in(*, chinese: bool) -> None:
    """Have help texts and refusals framed in a language from here on."""
    for name, said in (_FRAME if chinese else _IN_ENGLISH).items():
        setattr(rich_utils, name, said)


def usage_in_chinese(english: str) -> str:
    """Return what the library says of a mistake in Chinese; what it never said before, as it is."""
    for form, chinese in reversed(_SENTENCES):
        found = form.fullmatch(english.strip())
        if found is not None:
            said = {name: usage_in_chinese(each) for name, each in found.groupdict().items()}
            return chinese.format(**said)
    return english
