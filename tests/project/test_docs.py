"""What the documentation says is there, and what it tells people to type does what it says."""

import re

import pytest

from maps.geojson import read_zones
from tests.project.conftest import EXTENDED, ROOT, Newcomer, blocks
from tests.servers import EMBEDDED, PAIRS

PAGES = sorted(
    str(page.relative_to(ROOT))
    for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md"))
)
HOW_TO = ("operator", "onboard-unit", "supervisor", "load-test", "replay")


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_points_to_is_there(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text("utf-8"))
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_every_page_can_be_found_from_the_first() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = {page.relative_to(ROOT / "docs") for page in (ROOT / "docs").glob("*.md")}
    pages |= {page.relative_to(ROOT / "docs") for page in (ROOT / "docs" / "how-to").glob("*.md")}
    assert {str(page) for page in pages if f"({page})" not in index} == {"README.md"}


def shown_zones() -> list[str]:
    """The files of zones that are shown to those who draw the map."""
    page = (ROOT / "docs" / "how-to" / "zones.md").read_text("utf-8")
    return re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_the_file_of_zones_that_is_shown_is_one() -> None:
    for shown in shown_zones():
        found = read_zones(shown)
        assert (len(found.zones), found.problems) == (1, ())


@pytest.mark.journey
@pytest.mark.parametrize("newcomer", PAIRS[1:], indirect=True, ids=str)
@pytest.mark.requirement("A44-3")
def test_the_zone_that_is_shown_goes_through_all_that_is_told_of_it(newcomer: Newcomer) -> None:
    (newcomer.folder / "fair.geojson").write_text(shown_zones()[0], "utf-8")
    with newcomer.hurried() as hurried:
        said = hurried.types(*blocks("docs/how-to/zones.md"))
    assert re.search(r"^fair-2026 +keep_out +1 +1 .* Fair$", said, re.MULTILINE)
    assert "fair-2026 is withdrawn: in force is revision 2" in said
    put, late, gone = (
        line for line in said.splitlines() if line.startswith(('{"zone_id', '{"type'))
    )
    assert '"revision":4' in put
    assert "since revision 4: this change was meant for another state" in late
    assert '"revision":5' in gone


@pytest.mark.journey
@pytest.mark.parametrize("newcomer", [EMBEDDED], indirect=True, ids=str)
@pytest.mark.requirement("D0-7", "D0-11")
def test_the_page_on_rule_sets_publishes_an_extension(newcomer: Newcomer) -> None:
    with newcomer.hurried() as hurried:
        before = hurried.types("zone rules list")
        said = hurried.types(*blocks("docs/how-to/rule-sets.md"), "zone rules list")
    assert re.search(r"^shanghai-default@2026\.12 +Shanghai +supervision +no", before, re.MULTILINE)
    assert "shanghai-default@2026.12-1 would be in force" in said
    assert "shanghai-default@2026.12-1 is in force" in said
    assert re.search(
        r"^shanghai-default@2026\.12-1 +Shanghai +supervision +yes", said, re.MULTILINE
    )


@pytest.mark.journey
@pytest.mark.timeout("240")
@pytest.mark.requirement("A43-1", "D4b-9", "D4b-24")
def test_the_tutorial_leads_from_a_permit_to_a_breach(pupil: Newcomer) -> None:
    """The how-to pages begin where it ends, with its car and its people.

    On the broker and the store that are taken where nothing is said, as the tutorial does; the readme
    and the journeys go on the other ones too.
    """
    up, *rest = blocks("docs/tutorial.md")
    assert up == f"ZONE_RULE_EXTENSIONS={EXTENDED} zone up\n"
    how_to = [block for page in HOW_TO for block in blocks(f"docs/how-to/{page}.md")]
    said = pupil.types(*rest, *how_to)
    assert '"state":"ACTIVE"' in said
    assert said.count('"type":"urn:zone:problem:application-incomplete"') == 1
    assert said.count('"state":"SUBMITTED"') == 2
    assert '"media_type":"application/pdf"' in said
    assert "person.li-an.DRIVING_RECORD" not in said
    assert "paul may not APPROVE permit" in said
    assert "cannot ISSUE permit" in said
    assert "AUTO_OUTSIDE_AUTHORISED" in said
    assert '"handling":"acknowledged"' in said
    assert re.search(r"^ *300  acknowledged by the platform as stored", said, re.MULTILINE)
