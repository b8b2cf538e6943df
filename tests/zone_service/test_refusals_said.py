"""What is refused, in the language of who asked: every kind of refusal there is, and every sentence."""

import ast
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, get_args

import pytest
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import core_schema

import permits
import zone_service
from permits import value_words
from permits.competence import NotCompetent, Unfit
from permits.completeness import Incomplete
from permits.condition import Verdict
from permits.course import StepBarred
from permits.daily_plan import DailyPlan, NotPlanned, OutsidePlan
from permits.deadlines import Case
from permits.department import Department
from permits.first_check import Awaited, NotSelfChecked, Want
from permits.governance import GovernanceRefused
from permits.governance_file import Breach, File
from permits.governance_states import FileAction, FileState
from permits.hearing_checks import NotHeard
from permits.issue_words import NotIssued, remark
from permits.issuing import NoRuling, NotIssuable, Refusal
from permits.matter_refusals import MatterNotAllowed, MatterReasonRequired, MatterRefused
from permits.matter_states import MatterAction, MatterState
from permits.paper_words import PapersRefused, fault
from permits.permit import (
    ActionNotAllowed,
    Detail,
    DetailsRefused,
    Permit,
    PermitAction,
    PermitKind,
    PermitState,
    ReasonRequired,
    StepRefused,
)
from permits.place_words import PlacesAmiss, PlacesOfMatterAmiss, PlacesRefused, fault_of
from permits.places import Amiss, Misplaced, Named, Use
from permits.plan_answers import PlanFile, Silence
from permits.plan_checks import PlanFlown, PlanNotAllowed, PlanNotApproved
from permits.plan_states import PlanAction, PlanState
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_words import NotGrantable, PreconditionsNotMet
from permits.preconditions import Finding
from permits.recognition_trust import TrustListRefused
from permits.recognition_words import BundleRefused, Reason, refused
from permits.replacing import Hold
from permits.report_periods import NotYetOver, Period, PeriodUnknown, ReportKind, Turn
from permits.reported_flight import ReportedFlight
from permits.review import NotDecided, Pending, Review, ReviewError
from permits.rule_words import Language, RuleSetError, problem
from permits.states import Family
from permits.step_checks import (
    CannotReplace,
    ConditionsClash,
    DetailInvalid,
    GroundStands,
    GroundUnknown,
    HolderStands,
    NotDue,
    NotSimplified,
    RenewalAmiss,
    RenewalTooEarly,
    RenewalTooLong,
    ReplacedHalted,
    StillHalted,
    TermsAmiss,
    TooEarly,
    TooLate,
)
from permits.suspension_grounds import SuspensionGround
from permits.terms import Terms
from permits.time_limits import time_limits
from permits.transition import Deadline
from permits.value_words import ValueRefused
from permits.violation import Severity
from permits.working_calendar import WEEKDAYS_ALONE
from zone_service import field_words, problem_words
from zone_service.field_words import field_said
from zone_service.problems import ANSWERED, of_error, response
from zone_service.refused import REFUSALS
from zone_service.rule_files import NoSuchRuleSet
from zone_service.sayable import said_of
from zone_service.shipped_rules import shipped_sheet
from zone_service.store import refusal_words, tables
from zone_service.store.errors import (
    EvidenceLost,
    FileLost,
    FileReason,
    FileRefused,
    HistoryLost,
    NotFound,
    SchemaMismatch,
    StoreError,
    TooManyAttempts,
)
from zone_service.store.kept_answers import KeyInUse, KeyReused
from zone_service.store.rule_sets import RuleSetConflict

EN, ZH = Language.ENGLISH, Language.CHINESE
HAN = re.compile(r"[一-鿿]")
ROOMS = {each: Path(str(each.__path__[0])) for each in (permits, zone_service)}
SOURCES = tuple(
    (each.__name__, folder, file)
    for each, folder in ROOMS.items()
    for file in sorted(folder.rglob("*.py"))
    if not {"node_modules", "versions"} & set(file.parts)
)
TOLD_BY_THEIR_KINDS = {"PermitError", "StepRefused", "MatterError", "ReportRefused"}
"""Never raised themselves: their kinds are."""


@cache
def nodes() -> tuple[list[tuple[str, ast.ClassDef]], list[tuple[str, ast.Call]]]:
    """The classes and the calls of the two rooms, each with its module."""
    classes, calls = list[tuple[str, ast.ClassDef]](), list[tuple[str, ast.Call]]()
    for room, folder, file in SOURCES:
        module = ".".join((room, *file.relative_to(folder).with_suffix("").parts))
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.ClassDef():
                    classes.append((module, node))
                case ast.Call():
                    calls.append((module, node))
                case _:
                    pass
    return classes, calls


@cache
def kinds() -> dict[str, type[Exception]]:
    """Every kind of refusal that the sources define, however far it is from the roots."""
    names, found = {each.__name__ for each in REFUSALS}, dict[str, str]()
    more = True
    while more:  # a kind of what was found in the turn before is found in this one
        more = False
        for module, each in nodes()[0]:
            bases = {base.id for base in each.bases if isinstance(base, ast.Name)}
            if each.name not in found and (bases & names or each.name in names):
                found[each.name], more = module, True
                names.add(each.name)
    return {name: getattr(import_module(module), name) for name, module in found.items()}


AT = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)
PERMIT = Permit(
    "RT-2026-000001",
    PermitKind.ROAD_TEST,
    PermitState.DRAFT,
    "swift",
    Terms(frozenset({"car-1"}), frozenset({"road-1"}), AT, AT.replace(year=2027)),
)


class Asked(BaseModel):
    """What a client may send."""

    model_config = ConfigDict(extra="forbid")

    count: Annotated[int, Field(ge=1, le=5)]
    name: Annotated[str, Field(min_length=2, max_length=4, pattern="^[a-z]+$")] = "abc"
    width_m: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.5
    kind: Literal["CAR", "DRONE", "SHIP"] = "CAR"
    state: PermitState = PermitState.DRAFT
    at: AwareDatetime = AT
    day: date = date(2026, 5, 4)
    items: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    is_open: bool = True
    password: Annotated[str, Field(max_length=3)] = ""


def wrong(**said: Any) -> list[Any]:
    """Return what pydantic has against something."""
    with pytest.raises(ValidationError) as found:
        TypeAdapter(Asked).validate_python({"count": 1} | said)
    return found.value.errors()


def samples() -> dict[str, Exception]:
    """One of each kind that is more than a sentence and what fills it."""
    sheet = shipped_sheet("shanghai-default")
    of_permit = (PERMIT, PermitAction.ISSUE)
    renewing = Case(PERMIT, (), time_limits(sheet), WEEKDAYS_ALONE)
    file = File("GF-1", "swift", FileState.APPLIED, Breach("SPEED", Severity.MINOR, AT))
    half = Period(date(2026, 6, 1), date(2026, 12, 1))
    unmet = Finding(PreconditionCode.RULESET_IN_FORCE, Gate.GRANT, Verdict.NOT_MET, (), (), None)
    paper = fault("number", None, "number")
    unknown = Misplaced(Named(Use.PERMITTED, "road-x"), Amiss.UNKNOWN)
    nowhere = fault_of(unknown, Family.ROAD, ("road-1", "road-2"))
    plan = DailyPlan(
        day=AT.date(), begins=time(9), ends=time(17),
        device_ids=frozenset({"drone-1"}), max_height_agl_m=80.0,
    )  # fmt: skip
    asked = Review(PERMIT.number, 1, PERMIT.terms, frozenset(), (), AT)
    planned = PlanFile(plan, asked, Silence.NO_TAKE_OFF, "x@1")
    made: tuple[Exception, ...] = (
        ActionNotAllowed(*of_permit),
        ReasonRequired(*of_permit),
        DetailsRefused(*of_permit, {Detail.WARNING_ID}, set()),
        GroundUnknown(*of_permit, "x", SuspensionGround),
        StepBarred(*of_permit, "no reason"),
        HolderStands(*of_permit),
        ConditionsClash(*of_permit, ()),
        NotHeard(*of_permit),
        NotCompetent(*of_permit, Unfit(None, organisation="swift")),
        CannotReplace(*of_permit, "RT-2025-000001"),
        *(ReplacedHalted(*of_permit, "RT-2025-000001", why) for why in Hold),
        StillHalted(*of_permit),
        NotSelfChecked(*of_permit, [Awaited("car-1", Want.NEVER_HEARD)]),
        GroundStands(*of_permit, list(SuspensionGround)[:1]),
        NotSimplified(*of_permit, ["van-7"]),
        NotIssued(*of_permit, remark("plates", "nothing to give")),
        NoRuling(PERMIT),
        NotIssuable(
            *of_permit, "x@1", (Refusal("k", "Rules", "Rules", "ran out", half.ends, half.ends),)
        ),
        PreconditionsNotMet(*of_permit, (unmet,), "x@1"),
        NotGrantable("M-1", MatterAction.RESUME, PERMIT.number, (unmet,), "x@1"),
        PlacesAmiss(*of_permit, (nowhere,)),
        PlacesOfMatterAmiss("M-1", MatterAction.APPLY, PERMIT.number, (nowhere,)),
        PlacesRefused(nowhere),
        NotPlanned(*of_permit, half.begins),
        OutsidePlan(*of_permit, ReportedFlight(AT, AT), ((AT, AT),)),
        PlanNotAllowed(PERMIT, PlanAction.ANSWER, planned, PlanState.APPROVED),
        PlanFlown(PERMIT, plan),
        PlanNotApproved(*of_permit, planned, Pending((Department.ATM,), ()), PlanState.FILED),
        NotDecided(*of_permit, None),
        TooLate(*of_permit, Deadline.DECISION, AT, AT),
        TooEarly(*of_permit, AT, AT),
        NotDue(*of_permit, AT, AT),
        RenewalTooLong(renewing, PermitAction.REQUEST_RENEWAL, AT),
        RenewalTooEarly(*of_permit, AT),
        RenewalAmiss(*of_permit, "not renewed"),
        TermsAmiss(*of_permit, is_given=True),
        DetailInvalid(*of_permit, Detail.WARNING_ID, "?", moment=True),
        MatterNotAllowed("M-1", MatterState.SUSPENDED, MatterAction.RESUME, frozenset()),
        MatterReasonRequired("M-1", MatterAction.RESUME),
        MatterRefused("M-1", MatterAction.RESUME, why="not yours"),
        GovernanceRefused(file, FileAction.REJECT, "no reason"),
        PapersRefused(paper),
        Incomplete(paper),
        TrustListRefused(paper),
        BundleRefused(refused(Reason.NOT_A_BUNDLE, "x")),
        PeriodUnknown(ReportKind.ANNUAL, "x", "2026"),
        NotYetOver(Turn(ReportKind.ANNUAL, "2026", half, None)),
        RuleSetError(problem("id", 1, "text")),
        RuleSetConflict("taken", label="x@1"),
        NoSuchRuleSet("x"),
        ValueRefused(why="others"),
        NotFound(what="device", key="car-1"),
        SchemaMismatch(None, "x"),
        TooManyAttempts(3.0),
        FileRefused(FileReason.EMPTY, fault("file", "0 bytes", "number")),
        FileLost("ab", None, 7),
        KeyReused("k", "POST /api/permits"),
        KeyInUse("k"),
    )
    return {type(each).__name__: each for each in made}


def sample(name: str, kind: type[Exception], known: Mapping[str, Exception]) -> Exception:
    if name in known:
        return known[name]
    if issubclass(kind, ReviewError):
        return kind(why="own file", voter="li", organisation="swift")
    if issubclass(kind, StepRefused) and kind.__init__ is StepRefused.__init__:
        return kind(PERMIT, PermitAction.ISSUE)
    by_sentence = issubclass(kind, StoreError) and kind.__init__ is StoreError.__init__
    assert by_sentence, f"{name}: expected a sample of it in this test"
    made: Exception = kind(why="taken", what="device", key="car-1")  # type: ignore[call-arg]
    return made


@pytest.mark.requirement("D5-3")
def test_every_kind_of_refusal_speaks_both_languages_and_is_a_problem_of_its_own() -> None:
    known = samples()
    assert len(kinds()) > 45
    for name, kind in kinds().items():
        if name in TOLD_BY_THEIR_KINDS:
            continue
        error = sample(name, kind, known)
        english, chinese = said_of(error, EN), said_of(error, ZH)
        assert english == str(error), name
        assert not HAN.search(english), (name, english)
        assert HAN.search(chinese), (name, chinese)
        if isinstance(error, ANSWERED):
            found = of_error(error)
            assert found.status != 500 or isinstance(
                error, FileLost | HistoryLost | EvidenceLost
            ), name
            answer = response(found, ZH)
            assert answer.headers["content-language"] == "zh-CN"
            assert HAN.search(bytes(answer.body).decode()), name


def raised() -> Iterator[tuple[str, ast.Call, type[Exception]]]:
    """Every place where a refusal of the store, of a vote or of a value is made."""
    for module, call in nodes()[1]:
        kind = kinds().get(getattr(call.func, "id", getattr(call.func, "attr", "")))
        made = {StoreError.__init__, ValueRefused.__init__}
        if kind and kind is not RuleSetConflict and kind.__init__ in made:
            yield module, call, kind


def test_every_sentence_that_is_refused_with_is_there_and_its_places_are_filled() -> None:
    count = 0
    for module, call, kind in raised():
        place = f"{module}:{call.lineno} {kind.__name__}"
        given = {each.arg: each.value for each in call.keywords}
        why = given.pop("why", None)
        words = refusal_words.WORDS if issubclass(kind, StoreError) else value_words.WORDS
        assert isinstance(why, ast.Constant), f"{place}: expected why= and a key of the sentences"
        assert why.value in words, f"{place}: no words for {why.value!r}"
        if None not in given:  # **filled
            assert set(given) == places(words[str(why.value)][0]), f"{place}: {given}"
        count += 1
    assert count > 80


def test_a_check_of_a_field_has_words() -> None:
    bare = [f"{module}:{call.lineno}" for module, call in nodes()[1] if is_bare(module, call)]
    assert bare == [], "expected wrong_field, or a refusal with words"


def is_bare(module: str, call: ast.Call) -> bool:
    return module.startswith("zone_service.schemas") and (
        getattr(call.func, "id", "") in {"ValueError", "AssertionError"}
    )


ACTS = {"require_own": 1, "require_role": 1, "_own": 3}
"""By function: which argument says what somebody would do."""


def terms() -> Iterator[str]:
    """What there is, and what somebody may not do: both fill places of sentences."""
    for _, call in nodes()[1]:
        name = getattr(call.func, "id", "")
        found = [word.value for word in call.keywords if word.arg == "what"]
        found += call.args[ACTS[name] : ACTS[name] + 1] if name in ACTS else []
        yield from (str(each.value) for each in found if isinstance(each, ast.Constant))
        if name == "one" and isinstance(row := call.args[1], ast.Name):
            yield str(getattr(tables, row.id).__tablename__)


def test_every_word_of_ours_in_a_refusal_of_the_store_has_its_chinese() -> None:
    said = set(terms())
    assert len(said) > 40
    assert said - set(refusal_words.TERMS) == set()


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize(
    "words",
    [
        refusal_words.WORDS,
        value_words.WORDS,
        problem_words.WORDS,
        field_words.EXPECTED,
        field_words.PLAIN,
    ],
)
def test_a_sentence_has_the_same_places_in_both_languages(
    words: Mapping[str, tuple[str, str]],
) -> None:
    for key, (english, chinese) in words.items():
        assert places(english) == places(chinese) or not english, key
        assert not HAN.search(english), key
        assert HAN.search(chinese) or chinese.startswith("{") or chinese in {"null", "UUID"}, key


OURS_ALONE = {
    # What a check of ours says, or what only Python can do wrong and no client.
    "value_error", "assertion_error", "needs_python_object", "no_such_attribute", "frozen_field",
    "frozen_instance", "get_attribute_error", "dataclass_exact_type", "named_tuple_type",
    "default_factory_not_called", "iteration_error", "frozen_dict_type", "ordered_dict_type",
    "counter_type", "deque_type", "missing_sentinel_error", "ellipsis_error", "is_instance_of",
    "is_subclass_of", "callable_type", "arguments_type", "unexpected_positional_argument",
    "multiple_argument_values", "fraction_type", "fraction_parsing", "complex_type",
    "complex_str_parsing",
}  # fmt: skip


def test_every_kind_of_error_of_a_field_that_a_client_can_cause_has_words() -> None:
    known = set(field_words.EXPECTED) | set(field_words.PLAIN)
    assert set(get_args(core_schema.ErrorType)) - known == OURS_ALONE


@pytest.mark.requirement("D5-4")
@pytest.mark.parametrize(
    ("said", "english", "chinese"),
    [
        ({"count": 9}, "is 9: expected at most 5", "为 9：应为不大于 5 的数"),
        ({"count": "nine"}, "is 'nine': expected a whole number", "为 'nine'：应为整数"),
        ({"count": None}, "is null: expected a whole number", "为 null：应为整数"),
        ({"width_m": 0}, "is 0: expected more than 0", "为 0：应为大于 0 的数"),
        ({"width_m": float("nan")}, "is nan: expected a finite number", "为 nan：应为有限数"),
        ({"name": "a"}, "is 'a': expected 2 or more characters", "为 'a'：应为不少于 2 个字符"),
        (
            {"name": "A1"},
            "is 'A1': expected a text of ^[a-z]+$",
            "为 'A1'：应为符合 ^[a-z]+$ 的文本",
        ),
        (
            {"kind": "BOAT"},
            "is 'BOAT': expected 'CAR', 'DRONE' or 'SHIP'",
            "为 'BOAT'：应为'CAR'、'DRONE'、'SHIP'",
        ),
        (
            {"at": "2026-05-04T12:00:00"},
            "is '2026-05-04T12:00:00': expected a time zone, such as 2026-05-04T12:00:00+08:00",
            "为 '2026-05-04T12:00:00'：应为带时区的时间，例如 2026-05-04T12:00:00+08:00",
        ),
        (
            {"day": "4.5."},
            "is '4.5.': expected a day such as 2026-05-04",
            "为 '4.5.'：应为日期，例如 2026-05-04",
        ),
        ({"items": []}, "is []: expected 1 or more", "为 []：应为不少于 1 项"),
        ({"items": {}}, "is {}: expected a list", "为 {}：应为列表"),
        ({"is_open": "ja"}, "is 'ja': expected true or false", "为 'ja'：应为true 或 false"),
        (
            {"colour": 1},
            "is not known here: expected no such member",
            "此处没有这一成员：不应给出",
        ),
        ({"password": "secret"}, "expected at most 3 characters", "应为不超过 3 个字符"),
        (
            {"name": "x" * 5000},
            f"is '{'x' * 59}…: expected at most 4 characters",
            f"为 '{'x' * 59}…：应为不超过 4 个字符",
        ),
    ],
)
def test_a_field_is_refused_with_its_value_and_what_was_expected(
    said: dict[str, Any], english: str, chinese: str
) -> None:
    (found,) = wrong(**said)
    assert (field_said(found, EN), field_said(found, ZH)) == (english, chinese)
