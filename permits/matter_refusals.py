"""Why a step in a matter is refused, in English and in Chinese."""

from collections.abc import Iterable

from permits.competence import Unfit
from permits.matter_states import MatterAction, MatterState
from permits.matter_words import matter_words
from permits.rule_words import Language

WRONG_INPUT = frozenset(
    {"parts not its", "no parts", "paper missing", "paper unfit", "said otherwise"}
)
"""The refusals of what was said with a step, whatever state anything is in."""


class MatterError(Exception):
    """A step in a matter that was refused.

    MatterError
    ├── MatterNotAllowed: the table does not have it
    ├── MatterReasonRequired: it was asked for without saying why
    └── MatterRefused: the table has it, and what else must hold does not
    """

    slug = "matter-refused"
    """By which programs tell the kinds apart."""

    def __init__(self, matter_id: str, action: MatterAction) -> None:
        self.matter_id = matter_id
        self.action = action
        super().__init__(self.said(Language.ENGLISH))

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        raise NotImplementedError


class MatterNotAllowed(MatterError):
    """The matter is in a state where this cannot be done; says what can."""

    slug = "action-not-allowed"

    def __init__(
        self,
        matter_id: str,
        state: MatterState,
        action: MatterAction,
        allowed: frozenset[MatterAction],
    ) -> None:
        self.state = state
        self.allowed = allowed
        super().__init__(matter_id, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        choice = ", ".join(sorted(self.allowed)) or matter_words("final", language)
        return matter_words(
            "not allowed",
            language,
            action=self.action,
            matter=self.matter_id,
            state=self.state,
            choice=choice,
        )


class MatterReasonRequired(MatterError):
    """A decision against the applicant came without its reason."""

    slug = "reason-required"

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return matter_words("no reason", language, action=self.action, matter=self.matter_id)


class MatterRefused(MatterError):
    """What must hold for a step does not; ``why`` is a key of the sentences, and the slug of it."""

    def __init__(
        self, matter_id: str, action: MatterAction, *named: str, why: str, **filled: object
    ) -> None:
        self.why = why
        self.named = named
        """Each thing that stands in the way."""
        self.filled = filled
        self.slug = why.replace(" ", "-")
        super().__init__(matter_id, action)

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return matter_words(
            self.why,
            language,
            action=self.action,
            matter=self.matter_id,
            named=_listed(self.named),
            **{name: self._told(each, language) for name, each in self.filled.items()},
        )

    def _told(self, filled: object, language: Language) -> object:
        if isinstance(filled, tuple):
            return "; ".join(each.said(language) for each in filled)
        if not isinstance(filled, Unfit):
            return filled
        return filled.said(str(self.filled.get("number", "")), self.action, language)


def _listed(named: Iterable[str]) -> str:
    found = list(named)
    return ", ".join(found[:10]) + (" …" if len(found) > 10 else "")
