"""A refusal as every interface shows it: the API and the command line."""

import base64
from datetime import UTC, datetime
from typing import Any

from zone_service.store.journal import SAMPLE_BYTES
from zone_service.store.records import Refusal
from zone_service.violation_json import instant

_CUT_LETTER = "unexpected end of data"
_BREAKS = "\t\r\n"


def refusal_json(refusal: Refusal) -> dict[str, Any]:
    """Return the JSON object of a refusal; the example as text where it is some, else as base64."""
    text = text_of(refusal.sample)
    is_text = text is not None
    return {
        "subject": refusal.subject,
        "reason": refusal.reason,
        "minute": instant(datetime.fromtimestamp(refusal.minute_s, UTC)),
        "count": refusal.count,
        "sample": text if is_text else base64.b64encode(refusal.sample).decode(),
        "sample_encoding": "text" if is_text else "base64",
    }


def text_of(sample: bytes) -> str | None:
    """Return a refused message as text, ``None`` where it has letters that nobody can print."""
    try:
        text = sample.decode()
    except UnicodeDecodeError as error:
        # What is too long is kept in part, which may end in the midst of a letter.
        if len(sample) < SAMPLE_BYTES or error.reason != _CUT_LETTER:
            return None
        text = sample[: error.start].decode()
    return text if all(each.isprintable() or each in _BREAKS for each in text) else None
