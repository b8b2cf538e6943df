"""What everybody may read of a product that was disclosed before it was tried (事前披露)."""

from dataclasses import dataclass
from datetime import date

from permits.governance_file import Admission, File, FileChanged
from permits.governance_said import Control, Disclosure, Finding
from permits.governance_states import FileAction, FileState, RiskItem
from permits.issuing import legal_day


@dataclass(frozen=True, slots=True)
class PublicDisclosure:
    """A disclosure, and what came of looking at it later; nothing of a person, who answers for it neither."""

    file_id: str
    organisation: str
    """By its name."""
    title: str
    scenario: str
    terms: str
    """The limits that it keeps to."""
    items: tuple[RiskItem, ...]
    risks: str
    measures: str
    """What is done about them."""
    published_on: date
    """A day of Shanghai."""
    begins: date
    ends: date
    """Its last day."""
    state: FileState
    controlled_on: date | None
    """When it was looked at last; ``None`` while nobody has."""
    finding: Finding | None


def public_disclosure(
    file: File, changes: tuple[FileChanged, ...], organisation: str
) -> PublicDisclosure | None:
    """Return what everybody may read of a file; ``None`` where nothing was disclosed.

    One of before a disclosure had members of its own says its reason as the risks.
    """
    told = next((each for each in changes if each.action is FileAction.DISCLOSE), None)
    about = file.about
    if told is None or not isinstance(about, Admission):
        return None
    said = told.said if isinstance(told.said, Disclosure) else None
    looked = [each.said for each in changes if isinstance(each.said, Control)]
    return PublicDisclosure(
        file_id=file.file_id,
        organisation=organisation,
        title=about.title,
        scenario=about.scenario,
        terms=about.terms,
        items=tuple(sorted(about.items)),
        risks=said.risks if said else told.reason,
        measures=said.measures if said else "",
        published_on=legal_day(told.at),
        begins=about.begins,
        ends=about.ends,
        state=file.state,
        controlled_on=looked[-1].held_on if looked else None,
        finding=looked[-1].finding if looked else None,
    )
