"""The life cycles as pictures, drawn from their table.

``python -m permits.diagrams > docs/permit-life-cycles.md`` writes the page.
"""

import sys
from collections.abc import Iterator

from permits.life_cycle import FAMILY_OF, TRANSITIONS, Family, PermitState, Transition


def page() -> str:
    """Return the whole page in Markdown."""
    return "\n".join(
        (
            "# Life cycles of permits",
            "",
            "Drawn from the tables in `permits/*_steps.py` by `python -m permits.diagrams`;",
            "do not edit. An arrow that is not here is refused. In brackets: who may do it.",
            *(line for family in Family for line in _section(family)),
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
    return f"{step.action} ({', '.join(sorted(step.actors))})"


if __name__ == "__main__":
    sys.stdout.write(page())
