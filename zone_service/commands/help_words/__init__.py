"""What help texts say, in Chinese.

They are written in English, beside what they are about; by each paragraph its Chinese is found here. A
paragraph that has none stays as it is, as what is typed does in the examples.
"""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from zone_service.commands.help_words.permitted import PERMITTED
from zone_service.commands.help_words.recorded import RECORDED
from zone_service.commands.help_words.registered import REGISTERED
from zone_service.commands.help_words.running import RUNNING
from zone_service.commands.help_words.shared import SHARED
from zone_service.commands.help_words.under_permits import UNDER_PERMITS

ROOMS: Final = (SHARED, RUNNING, REGISTERED, PERMITTED, UNDER_PERMITS, RECORDED)
CHINESE: Final[Mapping[str, str]] = MappingProxyType(
    dict(chain.from_iterable(each.items() for each in ROOMS))
)


def help_in_chinese(english: str) -> str:
    """Return a help text in Chinese, a paragraph after another."""
    return "\n\n".join(CHINESE.get(in_one_line(each), each) for each in english.split("\n\n"))


def in_one_line(paragraph: str) -> str:
    """Return a paragraph as it is looked for, however it was broken."""
    return " ".join(paragraph.split())
