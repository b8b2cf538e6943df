"""Help texts in Chinese, where they are asked for: what is written in English stays where it is.

The words are loaded when a text is shown and not before: no other command waits for them.
"""

from typing import Any

import typer

_USAGE = "用法："


class _Formatter(typer.Context.formatter_class):  # type: ignore[misc, valid-type]
    """Begins the line of how a command is typed in Chinese."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or _USAGE)


class InChinese(typer.Context):
    """What a command is run in, its help text and those of the commands below it in Chinese."""

    formatter_class = _Formatter

    def __init__(self, command: Any, *given: Any, **named: Any) -> None:
        super().__init__(command, *given, **named)
        for each in _below(command):
            each.context_class = InChinese

    def get_help(self) -> str:
        """Return the help text."""
        from zone_service.commands.help_words import help_in_chinese

        command: Any = self.command
        for each in (command, *_below(command), *command.get_params(self)):
            if each.help:
                each.help = help_in_chinese(each.help)
        if command.epilog:
            command.epilog = help_in_chinese(command.epilog)
        return super().get_help()


def _below(command: Any) -> tuple[Any, ...]:
    return tuple(getattr(command, "commands", {}).values())
