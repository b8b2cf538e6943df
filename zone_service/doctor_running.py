"""How the processes of a running platform are, by what the web process says of them and of itself.

They are alive as processes when they stand still, too: only an answer shows that they work.
"""

from collections.abc import Iterable, Mapping

import httpx
import msgspec

from zone_service.addresses import addresses
from zone_service.clock import monotonic_s
from zone_service.data_lock import WORKER_NAME, held_by
from zone_service.doctor_findings import Finding, State, Words
from zone_service.settings import BrokerKind, Settings

PATIENCE_S = 3.0
LATE_S = 2.5
"""The worker says each second that it is there: so long after, two of its words are missing."""
LATE_ADVICE = "it speaks each second: ask again; if it stays silent, it stands still or ended"
NAMES = ("web", "worker", "intake", "bus")
"""The lines, in the order in which they are shown."""
OTHERS = "the web process does not say"
LOOK_AT_WEB = "see to the web process first"
WEB_ADVICE = (
    "read what `zone up` says: it starts one that ended; one that stands still is to be ended, "
    "or all with Ctrl-C and `zone up` again"
)
INTAKE_ADVICE = (
    "make room on the disk of the database, or see to its server: nothing is lost, and the worker "
    "goes on by itself"
)
NOT_OURS = "set ZONE_WEB_HOST and ZONE_WEB_PORT to the platform's"
BUS_ADVICE = "the web process comes to the broker by itself: see to the broker"


class Said(msgspec.Struct, frozen=True):
    """One check of ``/readyz``."""

    ok: bool
    detail: str
    age_s: float | None = None


class Readiness(msgspec.Struct, frozen=True):
    """What ``/readyz`` answers."""

    checks: dict[str, Said]


def running(settings: Settings) -> list[Finding]:
    """Ask a platform that runs how its web process, its worker and their bus are."""
    if settings.broker is not BrokerKind.EXTERNAL and held_by(settings.data_dir) is None:
        return [_not_running(name) for name in NAMES]
    at = addresses(settings).web
    began_s = monotonic_s()
    try:
        checks = _asked(at)
    except httpx.ConnectError:
        if held_by(settings.data_dir) is None:
            return [_not_running(name) for name in NAMES]
        return _silent(Words("nobody answers at {at}", at=at), WEB_ADVICE)
    except httpx.TransportError as error:
        said = str(error) or type(error).__name__
        return _silent(
            Words("{at} takes connections and does not answer: {said}", at=at, said=said),
            WEB_ADVICE,
        )
    except msgspec.DecodeError:
        return _silent(Words("{at} is answered by something else", at=at), NOT_OURS)
    took_ms = (monotonic_s() - began_s) * 1000
    worker = _worker(settings, checks.get("worker"))
    return [
        _web(Words("{at} answers after {ms:.0f} ms", at=at, ms=took_ms), checks),
        worker,
        _intake(worker, checks.get("intake")),
        _of("bus", checks.get("bus"), BUS_ADVICE),
    ]


def _asked(at: str) -> Mapping[str, Said]:
    # A proxy that the environment names is for the way out, not for our own machine.
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        answer = client.get(f"{at}/readyz")
    return msgspec.json.decode(answer.content, type=Readiness).checks


def _not_running(name: str) -> Finding:
    return Finding(name, State.WARN, "the platform is not running", "start it with `zone up`")


def _silent(found: str, advice: str) -> list[Finding]:
    others = [Finding(name, State.WARN, OTHERS, LOOK_AT_WEB) for name in NAMES[1:]]
    return [Finding("web", State.FAIL, found, advice), *others]


def _web(found: str, checks: Mapping[str, Said]) -> Finding:
    """Say what keeps the web process itself from working; the others have lines of their own."""
    broken = {name: said for name, said in checks.items() if not said.ok and name not in NAMES}
    if not broken:
        return Finding("web", State.OK, found)
    listed = ", ".join(f"{name}: {said.detail}" for name, said in broken.items())
    return Finding("web", State.FAIL, Words("not ready: {listed}", listed=listed), _see(broken))


def _see(names: Iterable[str]) -> str:
    return Words("see {names} here, and what `zone up` says", names=" and ".join(names))


def _of(name: str, said: Said | None, advice: str) -> Finding:
    if said is None:
        return Finding(name, State.WARN, OTHERS, NOT_OURS)
    if said.ok:
        return Finding(name, State.OK, said.detail)
    return Finding(name, State.FAIL, said.detail, advice)


def _worker(settings: Settings, said: Said | None) -> Finding:
    """Judge it by its last word, and by whether its process is still there: that shows at once."""
    found = _of("worker", said, _worker_advice(settings))
    if said is None or found.state is not State.OK:
        return found
    of_ours = settings.broker is not BrokerKind.EXTERNAL
    if of_ours and held_by(settings.data_dir, WORKER_NAME) is None:
        gone = Words("{detail}, and its process is gone", detail=said.detail)
        return Finding("worker", State.FAIL, gone, _worker_advice(settings))
    if said.age_s is not None and said.age_s > LATE_S:
        return Finding("worker", State.WARN, said.detail, LATE_ADVICE)
    return found


def _intake(worker: Finding, said: Said | None) -> Finding:
    """Whether what comes is stored, only the worker knows: its last word is of then."""
    found = _of("intake", said, INTAKE_ADVICE)
    if found.state is State.OK and worker.state is not State.OK:
        return Finding("intake", State.UNKNOWN, "the worker is silent", "see to the worker first")
    return found


def _worker_advice(settings: Settings) -> str:
    """Tell a worker that stands still, and is to be ended by hand, from one that ended."""
    pid = held_by(settings.data_dir, WORKER_NAME)
    if pid is not None:
        return Words(
            "nothing is judged while process {pid} stands still: read what `zone up` says; after kill -9 {pid} it starts another",
            pid=pid,
        )
    if (keeper := held_by(settings.data_dir)) is None:
        return "no worker runs, nothing is judged: start it, and read why it ended"
    return Words(
        "no worker runs, nothing is judged: `zone up` (process {keeper}) starts it again by itself, 30 s later at most; where it ends each time, its log says why",
        keeper=keeper,
    )
