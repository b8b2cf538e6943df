"""Paper that needs nothing installed to be read: the embedded font, a foot on each page, two languages.

The same content gives the same bytes: a document is dated by what it says and not by when it is drawn.
"""

from datetime import datetime
from functools import cache
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from permits.issuing import SHANGHAI
from zone_service.certificate_words import Both, both

FONT_FILE = Path(__file__).parent / "web/vendor/noto-sans-sc/NotoSansSC-Regular.ttf"
FONT = "NotoSansSC"
MARGIN_MM = 18.0
GREY, BLACK, RED = (110, 110, 110), (0, 0, 0), (176, 24, 24)


class FontMissing(RuntimeError):
    """The font that set-up brings is not there."""


class Paper(FPDF):
    """A page that says at its foot what it is a page of."""

    def __init__(self, named: str) -> None:
        super().__init__(format="A4")
        self._named = named

    def footer(self) -> None:
        """Write the foot of each page."""
        self.set_y(-14)
        self.set_font(FONT, size=7.5)
        self.set_text_color(*GREY)
        at = both("page", at=self.page_no(), of="{nb}")
        self.cell(0, 5, f"{self._named}    {at[1]}  {at[0]}", align="C")


def prepare(paper: Paper) -> None:
    """Give a paper its font, language and margins.

    Raises:
        FontMissing: set-up has not brought the font.
    """
    paper.set_lang("zh-CN")
    paper.set_margins(MARGIN_MM, MARGIN_MM)
    paper.set_auto_page_break(auto=True, margin=MARGIN_MM)
    paper.add_font(FONT, fname=_font())
    paper.set_font(FONT, size=9.5)


@cache
def _font() -> Path:
    if not FONT_FILE.is_file():
        msg = f"{FONT_FILE} is missing: `make setup` brings it, and the wheel has it"
        raise FontMissing(msg)
    return FONT_FILE


def line(paper: Paper, text: str, size_pt: float, colour: tuple[int, int, int]) -> None:
    """Write a line in the middle of the page."""
    paper.set_font(FONT, size=size_pt)
    paper.set_text_color(*colour)
    paper.multi_cell(0, size_pt * 0.5, text, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_text_color(*BLACK)


def heading(paper: Paper, words: Both) -> None:
    """Write what the next part is called."""
    paper.ln(3)
    paper.set_font(FONT, size=11)
    paper.cell(0, 7, f"{words[1]}  {words[0]}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def joined(words: Both) -> str:
    """Return Chinese and then English; once where both are the same."""
    english, chinese = words
    return chinese if english == chinese else f"{chinese}  {english}"


def moment(at: datetime) -> str:
    """Return a moment in Shanghai time."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M} UTC+8"
