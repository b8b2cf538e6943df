"""Colours that can be read, markup that runs nothing inline, no library committed."""

import re
import subprocess

import pytest

from tests.page.fake_service import WEB

STYLES = (WEB / "css" / "page.css").read_text()
COLOUR = re.compile(r"--([\w-]+): (#[0-9a-f]{6});")
AA = 4.5


def themes() -> tuple[dict[str, str], dict[str, str]]:
    """Return the colours of the dark and of the light theme."""
    dark, light = (
        dict(COLOUR.findall(block)) for block in re.findall(r":root \{(.*?)\n\s*\}", STYLES, re.S)
    )
    return dark, dark | light


def luminance(colour: str) -> float:
    linear = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    )
    return sum(part * each for part, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", themes(), ids=["dark", "light"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, ground) for text in ("text", "muted") for ground in ("sheet", "raised", "ground")),
        *((text, "sheet") for text in ("critical", "high", "major", "minor", "accent")),
        *((text, "critical-ground") for text in ("text", "muted", "critical")),
        ("accent-ink", "accent"),
        ("amber-ink", "amber-ground"),
    ],
)
def test_text_stands_out_from_its_ground(theme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(theme[text], theme[ground]) >= AA


@pytest.mark.parametrize("theme", themes(), ids=["dark", "light"])
def test_white_can_be_read_on_the_banner_of_a_lost_feed(theme: dict[str, str]) -> None:
    assert contrast("#ffffff", theme["red-ground"]) >= AA


def test_the_markup_has_no_inline_script_or_style_and_nothing_from_elsewhere() -> None:
    markup = (WEB / "index.html").read_text()
    assert re.findall(r"<script(?![^>]*\ssrc=)", markup) == []
    assert re.findall(r"<style|\sstyle=|\son\w+=", markup) == []
    assert re.findall(r"(?:src|href)=\"(?!/assets/)", markup) == []


def test_data_never_becomes_markup() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    )
    sources = [path for path in (WEB / "app").glob("*.js") if forbidden.search(path.read_text())]
    assert sources == []


def test_the_lock_names_no_address_and_the_libraries_are_not_committed() -> None:
    assert "resolved" not in (WEB / "package-lock.json").read_text()
    tracked = subprocess.run(
        ["git", "ls-files", "vendor", "node_modules"],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tracked.stdout == ""
