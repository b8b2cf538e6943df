"""A commit of all that the store takes: what it will never take costs itself alone.

An error that may pass with time is the caller's, who waits. But a row that breaks a constraint breaks it
again at each try, and would hold up everybody's messages for ever. So what the store refuses is found
by halving, each half tried and taken back, and left out of the one transaction that then holds. The
messages themselves are always in it: the journal is whole, and what was left out stays open in memory,
to be told again with its next change or at the next start, which the store may take by then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
    StatementError,
)

from zone_service.store import journal
from zone_service.store.engine import Store
from zone_service.store.records import Commit, Committed, Outgoing, Refusal, ViolationChange

_OF_THE_VALUES = (DataError, IntegrityError, InternalError, NotSupportedError, ProgrammingError)
"""``InternalError`` is what an exception raised by a trigger of PostgreSQL comes as."""

Part = ViolationChange | Outgoing | Refusal | bytes
"""What goes with the messages of a commit; bytes are the checkpoint."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the store refused, and why."""

    part: Part
    reason: str


def commit_what_is_taken(store: Store, commit: Commit) -> tuple[Committed, tuple[LeftOut, ...]]:
    """Commit a batch, but for what the store refuses; return that too.

    Raises what may pass with time, and what is refused of the messages alone: then it is no matter of
    one of them.
    """
    try:
        return journal.commit_batch(store, commit), ()
    except Exception as error:
        if not is_refusal(error):
            raise
        bare = _with(commit, ())
        if _refusal(store, bare) is not None:
            raise
        found = _refused(lambda parts: _refusal(store, _with(commit, parts)), _parts(commit))
        reason = _in_words(error)
    refused = {id(each.part) for each in found}
    try:
        kept = [part for part in _parts(commit) if id(part) not in refused]
        return journal.commit_batch(store, _with(commit, kept)), tuple(found)
    except Exception as error:
        if not is_refusal(error):
            raise
        # Each was taken alone, and together they are not: the messages must not wait for it.
        everything = tuple(LeftOut(part, reason) for part in _parts(commit))
        return journal.commit_batch(store, bare), everything


def is_refusal(error: Exception) -> bool:
    """Tell whether an error is about the values, which are the same at the next try."""
    if isinstance(error, DBAPIError):
        return isinstance(error, _OF_THE_VALUES) and not error.connection_invalidated
    # What cannot even be said to the database: a surrogate, a NUL byte, a number too large.
    return isinstance(error, StatementError | ValueError | TypeError | OverflowError)


def _refused(
    refusal: Callable[[Sequence[Part]], Exception | None], parts: Sequence[Part]
) -> list[LeftOut]:
    error = refusal(parts) if parts else None
    if error is None:
        return []
    if len(parts) == 1:
        return [LeftOut(parts[0], _in_words(error))]
    half = len(parts) // 2
    return _refused(refusal, parts[:half]) + _refused(refusal, parts[half:])


def _refusal(store: Store, commit: Commit) -> Exception | None:
    """Try a commit and take it back; raises what may pass with time."""
    try:
        journal.rehearse(store, commit)
    except Exception as error:
        if not is_refusal(error):
            raise
        return error
    return None


def _parts(commit: Commit) -> list[Part]:
    checkpoint = () if commit.checkpoint is None else (commit.checkpoint,)
    return [*commit.violations, *commit.outbox, *commit.refusals, *checkpoint]


def _with(commit: Commit, parts: Sequence[Part]) -> Commit:
    """Return the commit with these parts alone."""
    return replace(
        commit,
        violations=tuple(each for each in parts if isinstance(each, ViolationChange)),
        outbox=tuple(each for each in parts if isinstance(each, Outgoing)),
        refusals=tuple(each for each in parts if isinstance(each, Refusal)),
        checkpoint=next((each for each in parts if isinstance(each, bytes)), None),
    )


def _in_words(error: Exception) -> str:
    """Return the first line of what the database said, which repeats no value."""
    said = str(getattr(error, "orig", None) or error).strip().splitlines()
    return said[0] if said else type(error).__name__


def told_of(part: Part) -> dict[str, str | None]:
    """Return what a log says of something: which it is, and of whom."""
    match part:
        case ViolationChange():
            return {
                "what": part.code,
                "violation_id": part.id,
                "device_id": part.device_id,
                "zone_id": part.zone_id,
            }
        case Outgoing():
            return {"what": "a message", "topic": part.topic}
        case Refusal():
            return {"what": f"a count of {part.reason}", "subject": part.subject}
        case bytes():
            return {"what": "a checkpoint"}
