"""Which messages are stored, of formats that have no sequence numbers: told by their digests.

A gateway that answers for a terminal must know when what the terminal said is committed. Where the
format counts, the device is told a number; where it does not, the digest of each payload: whoever
sent it makes the same digest, needs to remember nothing else, and may send the same again.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

TOLD_BY_DIGEST: Final = frozenset({"ais", "jt808", "mavlink"})
"""The codecs of units that come through a gateway of the platform's."""

DIGEST_BYTES: Final = 8
MOST_DIGESTS: Final = 1000
"""In one message: 19 bytes each, a third of what a payload may have."""


class Receipt(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What became of some messages of one device: all of it is in the store."""

    stored: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Of which something was not taken; it is counted, with a sample, and need not come again."""


_encode: Final = msgspec.json.Encoder().encode
_decoder: Final = msgspec.json.Decoder(Receipt)


def digest_of(payload: bytes) -> str:
    """Return the digest of a payload, as it is told."""
    return blake2b(payload, digest_size=DIGEST_BYTES).hexdigest()


def encoded(receipt: Receipt) -> Iterator[bytes]:
    """Yield the messages that tell it."""
    for stored in _parts(receipt.stored):
        yield _encode(Receipt(stored=stored))
    for refused in _parts(receipt.refused):
        yield _encode(Receipt(refused=refused))


def _parts(digests: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(digests), MOST_DIGESTS):
        yield tuple(digests[start : start + MOST_DIGESTS])


def decoded(payload: bytes) -> Receipt:
    """Return what a message on a device's topic of acknowledgements tells; a number is no receipt."""
    try:
        return _decoder.decode(payload)
    except msgspec.DecodeError:
        return Receipt()
