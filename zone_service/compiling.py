"""The compiled loops, each called once: what is called later waits for no compiler.

``python -m zone_service.compiling`` makes the machine code that is kept for the next process;
``make setup`` does. The worker does the same before it takes up its work, and only loads what is there.
"""

from telemetry import topics
from telemetry.codecs.discover import load_codecs
from telemetry.columns import read
from telemetry.report import Frame, Unit
from telemetry.speakers import Speakers


def compile_loops() -> None:
    """Call every compiled loop with such arrays as the worker calls it with."""
    _compile_columns()


def _compile_columns() -> None:
    unit = Unit(device_id="sample-1")
    said = b'{"schema_version":1,"event_time":"2026-05-01T08:00:00Z"}'
    frame = Frame(topics.tele(unit.device_id), said, 0.0)
    read([frame], Speakers({unit.device_id: unit}, load_codecs())).reports()


if __name__ == "__main__":
    compile_loops()
