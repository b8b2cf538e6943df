"""The canonical JSON of a batch made columns of numbers, and columns made reports: compiled.

``read_all`` takes what is written plainly, whole and valid, and leaves all else to the plain
decoder. What it looks up comes in as arguments: machine code that is kept would not learn that
another module has changed.

Behind each payload stands a NUL, which no number, name or word holds. A byte is looked at only after
all before it were taken for something else, so that none is ever looked for beyond that NUL. Words are
compared eight bytes at once, from places for which the same holds: of what lies behind the NUL, nothing
can make them equal.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from telemetry.compiled import compiled, inlined

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Eights = NDArray[np.uint64]
"""Eight bytes each, as they lie in memory."""
Bools = NDArray[np.bool_]

# The columns of ``numbers``: what is measured, in its own unit; NaN is unknown.
EVENT_TIME, LONGITUDE, LATITUDE = 0, 1, 2
HAE, MSL, ATO, AGL, BARO = 3, 4, 5, 6, 7
HORIZONTAL, VERTICAL = 8, 9
GROUND_SPEED, CLIMB, TRACK, HEADING, BATTERY = 10, 11, 12, 13, 14
NUMBERS: Final = 15

# The columns of ``integers``: below 0 is unknown, a choice is the place of its word among its kind.
SEQ, SATELLITES, BOOT_BEGIN, BOOT_END, DATUM, MODE, STATUS = 0, 1, 2, 3, 4, 5, 6
INTEGERS: Final = 7

# What a member holds.
VERSION, TIME, DEVICE, FLOAT, COUNT, NAME, CHOICE = 0, 1, 2, 3, 4, 5, 6

# The columns of ``members``: the first of the words to choose from, and the one behind the last.
KIND, COLUMN, FIRST, BEYOND = 0, 1, 2, 3

UNKNOWN: Final = int(np.array(np.nan).view(np.int64))
"""The bits of NaN as it is written here."""

LONGEST_NAME: Final = 64

ID_BYTES: Final = 72
ID_DATUM, ID_LENGTH = 70, 71
"""Of a row of ids: the longest, and NULs behind each; then the datum that it is registered with, its
place among ``Datum``, and how long it is. One place, for each is somewhere else in memory."""

MOST_PACKED: Final = 512
"""Bytes of a report at most: 23 members, of which two have 66 and the others at most 33."""

_MOST_DIGITS: Final = 18
"""Whatever they are, they fit into 63 bits."""
_EXACT: Final = 2**53
_LARGEST_POWER: Final = 22
_POWERS: Final = np.array([float(f"1e{power}") for power in range(_LARGEST_POWER + 1)])
"""All exact: a product or a quotient with an exact integer is rounded once, as it must be."""
_DAYS_BEFORE: Final = np.array([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365])
_MICROSECONDS: Final = np.array([1_000_000, 100_000, 10_000, 1_000, 100, 10, 1])

_FIRST_BYTES: Final = np.array([256**count - 1 for count in range(8)], np.uint64)
"""All bits of the first bytes of eight, by how many."""
_DATE_BYTES: Final = 11
"""With the T behind it."""
_CLOCK_BYTES: Final = 5
_NOUGHTS: Final = np.frombuffer(b"00:00\0\0\0", np.uint64)[0]
_LOW_BITS, _HIGH_BITS, _TOO_MUCH = 0x7F_7F_7F_7F_7F, 0x80_80_80_80_80, 0x76_76_7F_76_76

_TAB, _LINE_FEED, _RETURN, _SPACE, _TILDE = 9, 10, 13, 32, 126
_QUOTE, _BACKSLASH, _COMMA, _COLON, _DOT, _MINUS, _PLUS = 34, 92, 44, 58, 46, 45, 43
_ZERO, _NINE, _OPEN, _CLOSE = 48, 57, 123, 125
_SMALL: Final = 32
"""The bit by which a small letter differs from its capital."""
_E, _F, _L, _N, _R, _S, _T, _U, _Z, _A = 101, 102, 108, 110, 114, 115, 116, 117, 122, 97

_NIL, _FLOAT_64, _UINT_64, _STR_8, _SHORT_STR, _ARRAY_16 = 0xC0, 0xCB, 0xCF, 0xD9, 0xA0, 0xDC
_ARRAY_32: Final = 0xDD
_PACKED_MEMBERS: Final = 23
"""The others of a report have their defaults."""


@compiled
def read_all(
    text: Bytes,
    eights: Eights,
    lengths: Ints,
    rows: Ints,
    longest: int,
    ids: Bytes,
    id_eights: Eights,
    words: Eights,
    masks: Eights,
    widths: Ints,
    keys: Eights,
    key_masks: Eights,
    key_widths: Ints,
    members: Ints,
    bounds: Floats,
    unsaid: Ints,
    follower: Ints,
    day: Ints,
    numbers: Floats,
    integers: Ints,
    taken: Bools,
) -> None:
    """Read what known devices sent, each payload into a row, and tell which were taken.

    ``text`` are the payloads, each with a NUL behind it; ``lengths`` (n,) does not count that.
    ``eights[k]`` are the eight bytes from ``text[k]`` on; there are such for the last NUL, too.
    ``rows`` says of each which row of ``ids`` is its sender's (``id_eights`` are the same bytes);
    below 0 it is nobody's. What is longer than ``longest`` bytes is not taken. ``words`` have
    their closing quote and NULs behind, as rows of eights; ``masks`` have all bits where words
    have bytes, of which there are ``widths``. The names of ``members`` come first, in their order;
    ``keys`` are these once more, from the opening quote up to the colon.
    ``bounds`` are the lowest and the highest value of each member, ``unsaid`` the
    integers of a report that says none. ``follower`` is where to note which member follows which,
    for units say theirs in one order; behind the last of them it has which comes first. ``day`` is
    where to note the place of the date that was read last, and its day; before there is one, -1.

    Fills ``numbers`` (n, 15), ``integers`` (n, 7) and ``taken`` (n,); the row of a payload that is
    not taken says nothing. (A column each, lying apart by a power of two, shares the cache's lines.)
    """
    end, must = -1, 0
    for member in range(len(members)):
        must |= int(members[member, KIND] <= TIME) << member
    for row in range(len(rows)):
        begin, end = end + 1, end + 1 + lengths[row]
        taken[row] = False
        for column in range(NUMBERS):
            numbers[row, column] = np.nan
        for column in range(INTEGERS):
            integers[row, column] = unsaid[column]
        if rows[row] >= 0 and lengths[row] <= longest:
            integers[row, DATUM] = ids[rows[row], ID_DATUM]
            taken[row] = _is_read(
                text, eights, begin, end, row, rows[row], must, ids, id_eights, words, masks, widths,
                keys, key_masks, key_widths, members, bounds, numbers, integers, follower, day,
            )  # fmt: skip


@inlined
def _is_read(
    text: Bytes,
    eights: Eights,
    begin: int,
    end: int,
    row: int,
    sender: int,
    must: int,
    ids: Bytes,
    id_eights: Eights,
    words: Eights,
    masks: Eights,
    widths: Ints,
    keys: Eights,
    key_masks: Eights,
    key_widths: Ints,
    members: Ints,
    bounds: Floats,
    numbers: Floats,
    integers: Ints,
    follower: Ints,
    day: Ints,
) -> bool:
    """Read one payload; False where it is for the plain decoder to judge."""
    at = _behind_space(text, begin)
    if text[at] != _OPEN:
        return False
    seen, stranger = 0, len(members)
    before = stranger
    while True:
        member, behind = follower[before], -1
        if member < stranger:
            behind = _behind_word(
                eights, at + 1, keys[member], key_masks[member], key_widths[member]
            )
        if behind < 0:
            member, behind = _member(text, eights, at + 1, words, masks, widths, stranger)
            if member < 0:
                return False
        at = _behind_space(text, behind)
        if member == stranger:
            at = _behind_anything(text, at)
        elif seen >> member & 1:
            return False
        else:
            seen |= 1 << member
            follower[before] = member
            before = member
            at = _behind_value(
                text, eights, at, row, sender, ids, id_eights, words, masks, widths,
                members[member], bounds[member], numbers, integers, day,
            )  # fmt: skip
        if at < 0:
            return False
        at = _behind_space(text, at)
        if text[at] != _COMMA:
            break
    if text[at] != _CLOSE or _behind_space(text, at + 1) != end:
        return False
    # Nothing is missing of what must be there, and a position is whole or absent.
    return bool(
        seen & must == must
        and np.isnan(numbers[row, LONGITUDE]) == np.isnan(numbers[row, LATITUDE])
    )


@inlined
def _behind_space(text: Bytes, at: int) -> int:
    # One comparison where there is none, as nearly always.
    while text[at] <= _SPACE and _is_space(text[at]):
        at += 1
    return at


@inlined
def _is_space(letter: int) -> bool:
    return letter in (_SPACE, _TAB, _LINE_FEED, _RETURN)


@inlined
def _member(
    text: Bytes,
    eights: Eights,
    at: int,
    words: Eights,
    masks: Eights,
    widths: Ints,
    count: int,
) -> tuple[int, int]:
    """Return which member is named next and where its colon ends; ``count`` is none of ours.

    Below 0 where the name is not plain.
    """
    at = _behind_space(text, at)
    if text[at] != _QUOTE:
        return -1, -1
    found, behind = count, -1
    for member in range(count):
        behind = _behind_word(eights, at + 1, words[member], masks[member], widths[member])
        if behind >= 0:
            found = member
            break
    if behind < 0:
        behind = _behind_text(text, at + 1)
    if behind < 0:
        return -1, -1
    behind = _behind_space(text, behind)
    return (found, behind + 1) if text[behind] == _COLON else (-1, -1)


@inlined
def _behind_word(eights: Eights, at: int, word: Eights, mask: Eights, width: int) -> int:
    """Return what is behind a word and its closing quote, below 0 if this is another."""
    for place in range(len(word)):
        if place * 8 < width and eights[at + place * 8] & mask[place] != word[place]:
            return -1
    return at + width


@inlined
def _behind_text(text: Bytes, at: int) -> int:
    """Return what is behind printable ASCII and its closing quote, below 0 if it is not that."""
    while text[at] != _QUOTE:
        if text[at] < _SPACE or text[at] > _TILDE or text[at] == _BACKSLASH:
            return -1
        at += 1
    return at + 1


@inlined
def _behind_value(
    text: Bytes,
    eights: Eights,
    at: int,
    row: int,
    sender: int,
    ids: Bytes,
    id_eights: Eights,
    words: Eights,
    masks: Eights,
    widths: Ints,
    member: Ints,
    bounds: Floats,
    numbers: Floats,
    integers: Ints,
    day: Ints,
) -> int:
    """Put a member's value where it belongs; return what is behind it, below 0 if it is not valid."""
    kind, column = member[KIND], member[COLUMN]
    if text[at] == _N:
        return _behind_letters(text, at, _U, _L, _L) if kind > TIME else -1
    if kind == FLOAT:
        at, number = _number(text, at)
        numbers[row, column] = number
        return at if bounds[0] <= number <= bounds[1] else -1
    if kind == COUNT:
        at, count = _count(text, at)
        integers[row, column] = count
        return at if count <= bounds[1] else -1
    if kind == VERSION:
        at, count = _count(text, at)
        return at if count == 1 else -1
    if text[at] != _QUOTE:
        return -1
    at += 1
    if kind == TIME:
        at, number = _time(text, eights, at, day)
        numbers[row, column] = number
        return at if bounds[0] <= number < bounds[1] else -1
    if kind == DEVICE:
        return _behind_id(text, eights, at, ids[sender], id_eights[sender])
    if kind == NAME:
        behind = _behind_text(text, at)
        integers[row, column], integers[row, column + 1] = at, behind - 1
        return behind if 1 <= behind - 1 - at <= LONGEST_NAME else -1
    for choice in range(member[FIRST], member[BEYOND]):
        behind = _behind_word(eights, at, words[choice], masks[choice], widths[choice])
        if behind >= 0:
            integers[row, column] = choice - member[FIRST]
            return behind
    return -1


@inlined
def _behind_id(text: Bytes, eights: Eights, at: int, device_id: Bytes, id_eights: Eights) -> int:
    length = int(device_id[ID_LENGTH])
    whole = length >> 3
    for place in range(whole):
        if eights[at + place * 8] != id_eights[place]:
            return -1
    if (eights[at + whole * 8] ^ id_eights[whole]) & _FIRST_BYTES[length & 7]:
        return -1
    return at + length + 1 if text[at + length] == _QUOTE else -1


@compiled
def _behind_letters(text: Bytes, at: int, second: int, third: int, fourth: int) -> int:
    """Return what is behind a word of four letters of which the first was seen."""
    if text[at + 1] == second and text[at + 2] == third and text[at + 3] == fourth:
        return at + 4
    return -1


@compiled
def _behind_anything(text: Bytes, at: int) -> int:
    """Return what is behind the value of a member that is none of ours, below 0 if it is not plain."""
    first = text[at]
    if first == _QUOTE:
        return _behind_text(text, at + 1)
    if first == _N:
        return _behind_letters(text, at, _U, _L, _L)
    if first == _T:
        return _behind_letters(text, at, _R, _U, _E)
    if first == _F:
        return _behind_letters(text, at + 1, _L, _S, _E) if text[at + 1] == _A else -1
    return _number(text, at)[0]


@inlined
def _count(text: Bytes, at: int) -> tuple[int, int]:
    """Read an integer of no sign; return what is behind it, below 0 if it is none, and its value."""
    behind, count = _digits(text, at, 0, _MOST_DIGITS)
    if behind == at or (behind > at + 1 and text[at] == _ZERO):
        return -1, 0
    return behind, count


@inlined
def _digits(text: Bytes, at: int, number: int, most: int) -> tuple[int, int]:
    """Append up to so many digits to a number; return what is behind them, and the number."""
    end = at + most
    while at < end and _ZERO <= text[at] <= _NINE:
        number = number * 10 + int(np.int64(text[at]) - _ZERO)
        at += 1
    return at, number


@inlined
def _number(text: Bytes, at: int) -> tuple[int, float]:
    """Read a number that a double holds after one rounding.

    Return what is behind it and its value; below 0 if it is no number, or one that needs more care.
    """
    negative = text[at] == _MINUS
    begin = at + 1 if negative else at
    at, digits = _count(text, begin)
    if at < 0:
        return -1, np.nan
    power, is_integer = 0, True
    if text[at] == _DOT:
        is_integer, dot = False, at
        at, digits = _digits(text, dot + 1, digits, _MOST_DIGITS - (dot - begin))
        power = dot + 1 - at
        if power == 0:
            return -1, np.nan
    if text[at] | _SMALL == _E:
        is_integer = False
        at, more = _exponent(text, at + 1)
        power += more
    if at < 0 or digits > _EXACT or not -_LARGEST_POWER <= power <= _LARGEST_POWER:
        return -1, np.nan
    number = digits / _POWERS[-power] if power < 0 else digits * _POWERS[power]
    # An integer is one before it is a float, and has no negative zero.
    return at, (-number if negative and not (is_integer and digits == 0) else number)


@compiled
def _exponent(text: Bytes, at: int) -> tuple[int, int]:
    negative = text[at] == _MINUS
    if negative or text[at] == _PLUS:
        at += 1
    behind, power = _digits(text, at, 0, 3)
    if behind == at:
        return -1, 0
    return behind, -power if negative else power


@inlined
def _time(text: Bytes, eights: Eights, at: int, day: Ints) -> tuple[int, float]:
    """Read ``2026-05-01T08:00:00.25+08:00`` and its closing quote; seconds since 1970.

    Up to six places of a second; below 0 if it is written in any other way.
    """
    last = day[0]
    # Nearly all of a batch are of one day: eleven bytes are those of the date before, and its T.
    if last < 0 or eights[at] != eights[last] or eights[at + 3] != eights[last + 3]:
        behind, days = _date(text, at)
        if behind < 0 or text[behind] | _SMALL != _T:
            return -1, np.nan
        day[0], day[1] = at, days
    days = day[1]
    at, minutes = _clock(eights, at + _DATE_BYTES)
    if at < 0 or text[at] != _COLON:
        return -1, np.nan
    at, seconds = _whole(text, at + 1, 2)
    if at < 0 or seconds > 59:
        return -1, np.nan
    microseconds = 0
    if text[at] == _DOT:
        begin = at + 1
        at, microseconds = _digits(text, begin, 0, 6)
        if at == begin:
            return -1, np.nan
        microseconds *= int(_MICROSECONDS[at - begin])
    at, ahead = _offset(text, eights, at)
    if at < 0 or text[at] != _QUOTE:
        return -1, np.nan
    whole = (days * 1_440 + minutes - ahead) * 60 + seconds
    return at + 1, (whole * 1_000_000 + microseconds) / 1_000_000


@compiled
def _whole(text: Bytes, at: int, count: int) -> tuple[int, int]:
    """Read just so many digits, or more that others will stumble over."""
    behind, number = _digits(text, at, 0, count)
    return (behind, number) if behind == at + count else (-1, 0)


@compiled
def _date(text: Bytes, at: int) -> tuple[int, int]:
    """Read a date of the years 1999 to 2100; days since 1970."""
    at, year = _whole(text, at, 4)
    if at < 0 or not 1999 <= year <= 2100 or text[at] != _MINUS:
        return -1, 0
    at, month = _whole(text, at + 1, 2)
    if at < 0 or not 1 <= month <= 12 or text[at] != _MINUS:
        return -1, 0
    at, day = _whole(text, at + 1, 2)
    leap = 1 if year % 4 == 0 else 0
    length = _DAYS_BEFORE[month] - _DAYS_BEFORE[month - 1] + (leap if month == 2 else 0)
    if at < 0 or not 1 <= day <= length:
        return -1, 0
    # 492 leap days before 1970, counting one every four years; what 2100 lacks is out of range.
    days = (year - 1970) * 365 + (year - 1) // 4 - 492
    return at, days + _DAYS_BEFORE[month - 1] + (leap if month > 2 else 0) + day - 1


@inlined
def _clock(eights: Eights, at: int) -> tuple[int, int]:
    """Read ``08:00``; minutes."""
    # What digits are worth, and nothing where the colon is; else a byte comes to 128 or more.
    said = np.int64((eights[at] & _FIRST_BYTES[_CLOCK_BYTES]) ^ _NOUGHTS)
    if (said | ((said & _LOW_BITS) + _TOO_MUCH)) & _HIGH_BITS:
        return -1, 0
    hours = (said & 15) * 10 + (said >> 8 & 15)
    minutes = (said >> 24 & 15) * 10 + (said >> 32 & 15)
    if hours > 23 or minutes > 59:
        return -1, 0
    return at + _CLOCK_BYTES, int(hours * 60 + minutes)


@inlined
def _offset(text: Bytes, eights: Eights, at: int) -> tuple[int, int]:
    """Read ``Z`` or ``+08:00``; minutes that the clock is ahead of UTC."""
    if text[at] | _SMALL == _Z:
        return at + 1, 0
    if text[at] != _PLUS and text[at] != _MINUS:
        return -1, 0
    behind, minutes = _clock(eights, at + 1)
    return behind, minutes if text[at] == _PLUS else -minutes


@compiled
def pack_all(
    text: Bytes,
    rows: Ints,
    ids: Bytes,
    words: Bytes,
    word_at: Ints,
    choices: Ints,
    numbers: Ints,
    integers: Ints,
    taken: Bools,
    count: int,
    packed: Bytes,
) -> int:
    """Write the ``count`` taken rows as one list of reports in MessagePack; return how many bytes.

    ``words`` from ``word_at[k]`` to ``word_at[k + 1]`` is the k-th word. ``choices`` are the first words of the datums, of the control modes and of the statuses, and
    the word for the clock of a device. ``numbers`` are the floats as the integers of the same 64
    bits. ``packed`` must have 5 bytes, and ``MOST_PACKED`` for each row taken.
    """
    packed[0] = _ARRAY_32
    for place in range(4):
        packed[1 + place] = count >> 8 * (3 - place) & 255
    at = 5
    for row in range(len(rows)):
        if taken[row]:
            at = _packed_one(
                text, row, ids[rows[row]], words, word_at, choices, numbers, integers,
                packed, at,
            )  # fmt: skip
    return at


@compiled
def _packed_one(
    text: Bytes,
    row: int,
    device_id: Bytes,
    words: Bytes,
    word_at: Ints,
    choices: Ints,
    numbers: Ints,
    integers: Ints,
    packed: Bytes,
    at: int,
) -> int:
    """Write one report, its members in their order; return what is behind it."""
    packed[at], packed[at + 1], packed[at + 2] = _ARRAY_16, 0, _PACKED_MEMBERS
    at = _packed_text(device_id, 0, int(device_id[ID_LENGTH]), packed, at + 3)
    at = _packed_numbers(EVENT_TIME, EVENT_TIME, row, numbers, packed, at)
    at = _packed_word(words, word_at, choices[3], packed, at)
    begin, end = integers[row, BOOT_BEGIN], integers[row, BOOT_END]
    at = _packed_nil(packed, at) if begin < 0 else _packed_text(text, begin, end, packed, at)
    at = _packed_count(integers[row, SEQ], packed, at)
    at = _packed_numbers(LONGITUDE, LATITUDE, row, numbers, packed, at)
    at = _packed_word(words, word_at, choices[0] + integers[row, DATUM], packed, at)
    at = _packed_numbers(HAE, VERTICAL, row, numbers, packed, at)
    at = _packed_count(integers[row, SATELLITES], packed, at)
    at = _packed_numbers(GROUND_SPEED, HEADING, row, numbers, packed, at)
    at = _packed_word(words, word_at, choices[1] + integers[row, MODE], packed, at)
    at = _packed_word(words, word_at, choices[2] + integers[row, STATUS], packed, at)
    return _packed_numbers(BATTERY, BATTERY, row, numbers, packed, at)


@compiled
def _packed_nil(packed: Bytes, at: int) -> int:
    packed[at] = _NIL
    return at + 1


@compiled
def _packed_text(text: Bytes, begin: int, end: int, packed: Bytes, at: int) -> int:
    packed[at], packed[at + 1] = _STR_8, end - begin
    at += 2
    for place in range(begin, end):
        packed[at] = text[place]
        at += 1
    return at


@compiled
def _packed_word(words: Bytes, word_at: Ints, word: int, packed: Bytes, at: int) -> int:
    return _packed_text(words, word_at[word], word_at[word + 1], packed, at)


@compiled
def _packed_bits(bits: int, packed: Bytes, at: int) -> int:
    for place in range(8):
        packed[at + place] = bits >> 8 * (7 - place) & 255
    return at + 8


@compiled
def _packed_count(count: int, packed: Bytes, at: int) -> int:
    if count < 0:
        return _packed_nil(packed, at)
    packed[at] = _UINT_64
    return _packed_bits(count, packed, at + 1)


@compiled
def _packed_numbers(first: int, last: int, row: int, numbers: Ints, packed: Bytes, at: int) -> int:
    for column in range(first, last + 1):
        if numbers[row, column] == UNKNOWN:
            at = _packed_nil(packed, at)
        else:
            packed[at] = _FLOAT_64
            at = _packed_bits(numbers[row, column], packed, at + 1)
    return at
