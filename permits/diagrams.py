"""The life cycles as pictures, drawn from their table.

``python -m permits.diagrams > docs/permit-life-cycles.md`` writes the page.
"""

import sys
from collections.abc import Iterator

from permits.acts import ACT_OF, MATTER_ACT_OF, Act
from permits.governance_states import FileKind
from permits.governance_step import FIRST, FileStep
from permits.governance_step import STEPS as GOVERNANCE_STEPS
from permits.life_cycle import (
    FAMILY_OF,
    STEPS,
    TRANSITIONS,
    Deadline,
    Family,
    Guard,
    PermitState,
    Transition,
)
from permits.matter_cycle import MATTER_MOVES
from permits.matter_states import MATTER_FAMILY_OF, MatterFamily, MatterState
from permits.matter_step import MatterGuard, MatterStep
from permits.matter_words import matter_kind_name
from permits.plan_states import PLAN_MOVES, PLAN_STEPS, PlanState, PlanStep
from permits.rule_words import Language
from permits.step_words import deadline_name
from permits.subject_reports import REPORTING
from permits.time_limits import PARAMETERS
from permits.transition import APPLICANT, DEPARTMENTS


def page() -> str:
    """Return the whole page in Markdown."""
    return "\n".join(
        (
            "# Life cycles of permits",
            "",
            "Drawn from the tables in `permits/*_steps.py` by `python -m permits.diagrams`;",
            "do not edit. An arrow that is not here is refused. In brackets: who may do it, and what",
            "must hold; then by when. Where it says `by law`, it comes about by itself at that time.",
            *(line for family in Family for line in _section(family)),
            *_deadlines(),
            *_acts(),
            "",
            "## Matters under permits",
            "",
            "Several may be open at once; what happens in them changes the permit by steps of its own. What has lost",
            "its permit, or all the vehicles that alone it is about, lapses where its table says so; an accident never does.",
            "`owner` is, of a consortium's permit, the member whose vehicles alone it is about.",
            *(line for family in MatterFamily for line in _matter_section(family)),
            *_plan_section(),
            *(line for kind in FileKind for line in _file_section(kind)),
            "",
        )
    )


def diagram(family: Family) -> str:
    """Return one life cycle as a Mermaid state diagram."""
    return "\n".join(_diagram(family))


def _section(family: Family) -> Iterator[str]:
    kinds = ", ".join(f"`{kind}`" for kind in FAMILY_OF if FAMILY_OF[kind] is family)
    yield from ("", f"## {family.capitalize()}", "", f"{kinds}", "", "```mermaid")
    yield from _diagram(family)
    yield "```"


def _diagram(family: Family) -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {PermitState.DRAFT}"
    for state, moves in TRANSITIONS[family].items():
        for there in dict.fromkeys(step.after for step in moves.values()):
            ways = ", ".join(_label(step) for step in moves.values() if step.after is there)
            yield f"    {state} --> {there}: {ways}"
        if not moves:
            yield f"    {state} --> [*]"


def _label(step: Transition) -> str:
    """Return what an arrow says; without colons and semicolons, which end a label in Mermaid."""
    # Told once for all of them: each arrow of an authority has it.
    named = [each for each in step.guards if each is not Guard.COMPETENT]
    guards = f", if {' and '.join(named)}" if named else ""
    needs = f", with {' and '.join(step.needs)}" if step.needs else ""
    deadlines = f" by {' and '.join(step.deadlines)}" if step.deadlines else ""
    by_law = " by law" if step.by_law else ""
    return f"{step.action} ({', '.join(sorted(step.actors))}{guards}{needs}){deadlines}{by_law}"


def matter_diagram(family: MatterFamily) -> str:
    """Return the life cycle of a matter as a Mermaid state diagram."""
    return "\n".join(_matter_diagram(family))


def file_diagram(kind: FileKind) -> str:
    """Return the life of a file of graded governance as a Mermaid state diagram."""
    return "\n".join(_file_diagram(kind))


def _file_section(kind: FileKind) -> Iterator[str]:
    yield from ("", f"## Graded governance: {kind.lower()}", "", f"Files of kind `{kind}`.", "")
    yield "```mermaid"
    yield from _file_diagram(kind)
    yield "```"


def _file_diagram(kind: FileKind) -> Iterator[str]:
    table = GOVERNANCE_STEPS[kind]
    yield "stateDiagram-v2"
    yield f"    [*] --> {FIRST[kind]}"
    states = dict.fromkeys(state for each in table for state in (each.before, each.after))
    for state in states:
        moves = [each for each in table if each.before is state]
        for there in dict.fromkeys(each.after for each in moves):
            ways = ", ".join(_file_label(each) for each in moves if each.after is there)
            yield f"    {state} --> {there}: {ways}"
        if not moves:
            yield f"    {state} --> [*]"


def _file_label(step: FileStep) -> str:
    guards = f", if {' and '.join(step.guards)}" if step.guards else ""
    return f"{step.action} ({', '.join(sorted(step.actors))}{guards})"


def plan_diagram() -> str:
    """Return the life of the plan of a day as a Mermaid state diagram."""
    return "\n".join(_plan_diagram())


def _plan_section() -> Iterator[str]:
    yield from (
        "",
        "## Plans of days",
        "",
        "Of each day under a permit of kind `STANDING_FLIGHT`.",
        "",
    )
    yield "```mermaid"
    yield from _plan_diagram()
    yield "```"


def _plan_diagram() -> Iterator[str]:
    yield "stateDiagram-v2"
    for state, moves in PLAN_MOVES.items():
        here = "[*]" if state is PlanState.NEW else state
        for there in dict.fromkeys(step.after for step in moves.values()):
            ways = ", ".join(_plan_label(step) for step in moves.values() if step.after is there)
            yield f"    {here} --> {there}: {ways}"


def _plan_label(step: PlanStep) -> str:
    guards = f", if {' and '.join(step.guards)}" if step.guards else ""
    deadlines = f" by {' and '.join(step.deadlines)}" if step.deadlines else ""
    by_law = " by law" if step.by_law else ""
    return f"{step.action} ({', '.join(sorted(step.actors))}{guards}){deadlines}{by_law}"


def _matter_section(family: MatterFamily) -> Iterator[str]:
    kinds = (kind for kind in MATTER_FAMILY_OF if MATTER_FAMILY_OF[kind] is family)
    named = (f"`{kind}` ({matter_kind_name(kind, Language.CHINESE)})" for kind in kinds)
    yield from ("", f"### {family.capitalize()}", "", ", ".join(named), "", "```mermaid")
    yield from _matter_diagram(family)
    yield "```"


def _matter_diagram(family: MatterFamily) -> Iterator[str]:
    yield "stateDiagram-v2"
    for state, moves in MATTER_MOVES[family].items():
        here = "[*]" if state is MatterState.NEW else state
        for there in dict.fromkeys(step.after for step in moves.values()):
            ways = ", ".join(_matter_label(step) for step in moves.values() if step.after is there)
            yield f"    {here} --> {there}: {ways}"
        if not moves:
            yield f"    {state} --> [*]"


def _matter_label(step: MatterStep) -> str:
    named = [each for each in step.guards if each is not MatterGuard.COMPETENT]
    guards = f", if {' and '.join(named)}" if named else ""
    needs = (*step.needs, *filter(None, (step.paper,)))
    paper = f", with {' and '.join(needs)}" if needs else ""
    deadlines = f" by {' and '.join(step.deadlines)}" if step.deadlines else ""
    effects = f", then {' and '.join(step.effects)}" if step.effects else ""
    gone = f", without its {' or its '.join(step.gone).lower()}" if step.gone else ""
    said = f"{guards}{paper}{effects}{gone}"
    return f"{step.action} ({', '.join(sorted(step.actors))}{said}){deadlines}"


def _deadlines() -> Iterator[str]:
    yield from ("", "## Deadlines", "")
    yield "| deadline | 期限 | families | who | counted by | when it has passed |"
    yield "|---|---|---|---|---|---|"
    for deadline in Deadline:
        its = [
            (family, step)
            for family, steps in STEPS.items()
            for step in steps
            if deadline in step.deadlines
        ]
        yield "| " + " | ".join(_cells(deadline, its)) + " |"


def _acts() -> Iterator[str]:
    yield from ("", "## Departments", "")
    yield "A department takes a step where the rule set names it for acts of that nature and such a permit"
    yield "(`competent.<act>.<kind or family>`, or else those that review it), and never on its own file."
    yield from ("", "| act | steps of permits | steps of matters |", "|---|---|---|")
    for act in Act:
        its = ", ".join(f"`{each}`" for each in ACT_OF if ACT_OF[each] is act)
        of_matters = ", ".join(f"`{each}`" for each in MATTER_ACT_OF if MATTER_ACT_OF[each] is act)
        yield f"| `{act}` | {its} | {of_matters} |"


def _cells(deadline: Deadline, its: list[tuple[Family, Transition]]) -> tuple[str, ...]:
    keys = ", ".join(f"`{key}`" for key in PARAMETERS[deadline]) or "the validity of the permit"
    by_law = sorted({step.action for _, step in its if step.by_law})
    window = bool(its) and all(step.is_window for _, step in its)
    # Owed beside all steps: no arrow of a permit has it.
    of_plans = any(deadline in step.deadlines for step in PLAN_STEPS)
    families = [family for family, _ in its] or ([Family.FLIGHT] if of_plans else sorted(REPORTING))
    actors = {actor for _, step in its for actor in step.actors} or (
        DEPARTMENTS if of_plans else APPLICANT
    )
    after = "late steps are refused" if window else "overdue"
    return (
        f"`{deadline}`",
        deadline_name(deadline, Language.CHINESE),
        ", ".join(dict.fromkeys(family.value for family in families)),
        ", ".join(sorted(actors)),
        keys,
        ", ".join(f"`{action}`" for action in by_law) or after,
    )


if __name__ == "__main__":
    sys.stdout.write(page())
