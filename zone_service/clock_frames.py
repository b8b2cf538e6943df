"""The frames that no broker carries: what the clock and the store say, among what the devices say.

They stand in the journal like any other frame, so that a replay has every input in its order.
"""

from telemetry.report import Frame

TICK_TOPIC = "$tick"
"""Of the frame of one tick of the server's clock."""
LISTENING_TOPIC = "$listening"
"""Of a frame that says that we listen again after a break."""
SET_TOPIC = "$set"
"""Of a frame that says that the time of day was set, and by how much."""
DUE_TOPIC = "$due"
"""Of a frame that says that some reports have waited long enough for others before them."""
LAW_TOPIC = "$law"
"""Of a frame that brings what was judged by at a time that has passed, for which late reports wait."""
HOURS_TOPIC = "$hours"
"""Of a frame that says that hours of zones have begun or ended, between two ticks."""
ANEW_TOPIC = "$anew"
"""Of a frame that says how much of what is outstanding since a change is to be judged anew."""
PART_TOPIC = "$part"
"""Of a frame in which a tick asks some more of the devices."""
CLOCK_TOPICS = frozenset(
    {
        TICK_TOPIC,
        LISTENING_TOPIC,
        SET_TOPIC,
        DUE_TOPIC,
        LAW_TOPIC,
        HOURS_TOPIC,
        ANEW_TOPIC,
        PART_TOPIC,
    }
)
BY_AND_BY = b"by and by"
"""A tick that says so puts off whom the hours of zones concern that have turned."""
IN_PARTS = b"in parts"
"""A tick that says so does that too, and leaves the devices to the frames behind it."""


def tick_frame(at_s: float, how: bytes = b"") -> Frame:
    """Return the frame of one tick of the server's clock: of all at once, ``BY_AND_BY`` or ``IN_PARTS``."""
    return Frame(TICK_TOPIC, how, at_s)


def part_frame(first: int, work: float, at_s: float) -> Frame:
    """Return the frame that has a tick ask the devices from a number on, until so much work is done."""
    return Frame(PART_TOPIC, f"{first} {work!r}".encode(), at_s)


def part_of(frame: Frame) -> tuple[int, float]:
    """Return from which number on devices are asked, and how much work that may be."""
    first, work = frame.payload.split()
    return int(first), float(work)


def hours_frame(at_s: float) -> Frame:
    """Return the frame that says that hours of zones have begun or ended by then."""
    return Frame(HOURS_TOPIC, b"", at_s)


def anew_frame(work: float, at_s: float) -> Frame:
    """Return the frame that has so much of what is outstanding judged, as ``rejudging`` measures it."""
    return Frame(ANEW_TOPIC, repr(work).encode(), at_s)


def work_of(frame: Frame) -> float:
    """Return how much of what is outstanding is to be judged."""
    return float(frame.payload)


def listening_frame(at_s: float) -> Frame:
    """Return the frame that says since when devices can be heard again."""
    return Frame(LISTENING_TOPIC, b"", at_s)


def set_frame(by_s: float, at_s: float) -> Frame:
    """Return the frame that says that the time of day was set by so much; ``at_s`` is after it."""
    return Frame(SET_TOPIC, repr(by_s).encode(), at_s)


def due_frame(at_s: float) -> Frame:
    """Return the frame that says that whoever was to wait until now waits no more."""
    return Frame(DUE_TOPIC, b"", at_s)


def set_by_s(frame: Frame) -> float:
    """Return by how much the time of day was set."""
    return float(frame.payload)
