"""The way into the ``zone`` command, which tells people in a line what went wrong.

It loads nothing before it has seen to Ctrl-C: what the commands need takes half a second. Who is a part of
the platform that runs loads none of them.
"""

import sys
from collections.abc import Callable
from errno import ENOSPC
from typing import NoReturn

from zone_service.interrupts import EXIT_INTERRUPTED, leave, leave_at_once, nothing_begun

SEE_TO_THE_DISK = (
    "see to the disk of the data: `zone doctor` says where it is, and what room it has",
    "请检查数据所在磁盘：`zone doctor` 会说明其位置与剩余空间",
)
SQLITE_ON_A_FULL_DISK = ("database or disk is full", "disk I/O error")
"""The second where there is no room for the files beside the database."""


def main() -> None:
    """Run the command; an expected failure is one line, not a traceback."""
    with nothing_begun():
        begun = _asked_for(sys.argv[1:])
    try:
        begun()
        leave_at_once()
    except KeyboardInterrupt:
        leave()
    except SystemExit as end:
        leave_at_once()
        if end.code == EXIT_INTERRUPTED:
            leave()
        raise
    except Exception as error:
        leave_at_once()
        _explain(error)


def _asked_for(words: list[str]) -> Callable[[], None]:
    from zone_service.parts import part

    if found := part(words):
        return found
    from zone_service.commands import app

    return app


def _explain(error: Exception) -> NoReturn:
    """Say what is meant for the person who typed the command; anything else is our mistake."""
    from sqlalchemy.exc import SQLAlchemyError

    from maps.geotiff import SurfaceUnreadable
    from permits.rule_words import Language
    from telemetry.codecs.discover import CodecNotUsable
    from zone_service.brokers.process import BrokerError
    from zone_service.commands.languages import is_chinese_asked
    from zone_service.commands.root import EXIT_USAGE, fail
    from zone_service.data_lock import AlreadyRunning
    from zone_service.refused import REFUSALS
    from zone_service.settings import UnsafeSettings

    zh = is_chinese_asked(sys.argv[1:])
    if isinstance(error, UnsafeSettings):
        fail(error.said(Language.CHINESE if zh else Language.ENGLISH), EXIT_USAGE)
    expected = (*REFUSALS, AlreadyRunning, BrokerError, CodecNotUsable, SurfaceUnreadable)
    if isinstance(error, (*expected, SQLAlchemyError, OSError)):
        fail(_first_line(error, zh=zh))
    raise error


def _first_line(error: Exception, *, zh: bool) -> str:
    """Return what an error says, without the addresses of manuals that some append."""
    from permits.rule_words import Language
    from zone_service.commands.failures import failure_in_chinese
    from zone_service.sayable import said_of

    told = said_of(error, Language.CHINESE if zh else Language.ENGLISH)
    if zh and told == str(error):
        told = failure_in_chinese(error)
    said = told.partition("\n")[0] or type(error).__name__
    return f"{said}: {SEE_TO_THE_DISK[zh]}" if _is_of_the_disk(error, said) else said


def _is_of_the_disk(error: Exception, said: str) -> bool:
    if isinstance(error, OSError):
        return error.errno == ENOSPC
    return said.endswith(SQLITE_ON_A_FULL_DISK)
