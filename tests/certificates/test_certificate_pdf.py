import ctypes
import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
import pytest
import zxingcpp

from tests.certificates.conftest import CERTIFICATE, NOW, VEHICLE, fleet
from zone_service.certificate_pdf import drawn
from zone_service.certificate_token import Keys, Verdict, claims_of, sign, verify
from zone_service.issuer_key import Issuer

ROOT = Path(__file__).parents[2]


def text_of(content: bytes) -> str:
    document = pdfium.PdfDocument(content)
    found = " ".join(page.get_textpage().get_text_bounded() for page in document)
    return " ".join(found.split())


def codes_on(content: bytes, scale: float = 2.0) -> list[str]:
    """What a reader of codes finds on the pages, as they are drawn."""
    found = []
    for page in pdfium.PdfDocument(content):
        picture = np.asarray(page.render(scale=scale).to_numpy())
        found += [each.text for each in zxingcpp.read_barcodes(picture)]
    return found


def embedded_fonts(content: bytes) -> dict[str, bool]:
    """Which fonts the text of a document is written with, and whether it brings them along."""
    found = {}
    for page in pdfium.PdfDocument(content):
        for each in page.get_objects(filter=(pdfium_raw.FPDF_PAGEOBJ_TEXT,)):
            font = pdfium_raw.FPDFTextObj_GetFont(each.raw)
            length = pdfium_raw.FPDFFont_GetBaseFontName(font, None, 0)
            name = ctypes.create_string_buffer(length)
            pdfium_raw.FPDFFont_GetBaseFontName(font, name, length)
            found[name.value.decode()] = bool(pdfium_raw.FPDFFont_GetIsEmbedded(font))
    return found


@pytest.mark.requirement("D4b-56", "D4a-15")
def test_a_certificate_says_in_both_languages_what_is_permitted(paper: bytes) -> None:
    text = text_of(paper)
    for words in (
        "道路测试许可证书", "Road test: Permit Certificate", "2026年第007号", "SH-RT-2026-000007",
        "RT-2026-000042", CERTIFICATE.holder, "沪A0001试", "LSVNV2182E2100001", "呼兰路", "Hulan Road",
        "segment-1", "场站联络线", "周一 周二 周三 周四 周五 Mon Tue Wed Thu Fri 08:00–20:00",
        "60.1 公里/小时", "AUTONOMOUS", "雨天不得运行", "not in rain", "2026-11-01 08:00 UTC+8",
        "2027-05-01 00:00 UTC+8", "保险有效期", "the insurance", "shanghai-default@2026.12",
        "经信、交通、公安", "industry, transport, police", "Traffic police",
    ):  # fmt: skip
        assert words in text, words


@pytest.mark.requirement("D4b-56")
def test_its_font_comes_with_it_and_only_the_characters_that_are_used(paper: bytes) -> None:
    fonts = embedded_fonts(paper)
    assert fonts
    assert all(fonts.values()), fonts
    assert all("NotoSansSC" in name for name in fonts)
    assert len(paper) < 150_000  # the font alone has 10 MB


@pytest.mark.requirement("D4b-56")
def test_the_same_certificate_gives_the_same_bytes(token: str, key: Issuer) -> None:
    again = {sha256(drawn(CERTIFICATE, token, key.key_id)).hexdigest() for _ in range(2)}
    assert len(again) == 1
    other = drawn(replace(CERTIFICATE, holder="Beta"), token, key.key_id)
    assert sha256(other).hexdigest() not in again


@pytest.mark.requirement("D4b-57")
@pytest.mark.parametrize("count", [1, 8, 60])
def test_its_code_is_read_off_a_picture_of_it_and_verified(
    count: int, key: Issuer, keys: Keys
) -> None:
    certificate = fleet(count)
    token = sign(claims_of(certificate), key.key, key.key_id)
    content = drawn(certificate, token, key.key_id)
    (read,) = codes_on(content)
    found = verify(read, keys, NOW)
    assert (found.verdict, found.claims) == (Verdict.VALID, claims_of(certificate))
    text = text_of(content)
    for vehicle in certificate.vehicles:
        assert vehicle.plate in text
        assert vehicle.vin in text


@pytest.mark.requirement("D4b-56")
def test_it_is_drawn_and_read_where_no_font_is_installed(paper: bytes, tmp_path: Path) -> None:
    """PDFium takes a font of the system where one is not embedded: here it would find none."""
    file, picture = tmp_path / "paper.pdf", tmp_path / "paper.npy"
    file.write_bytes(paper)
    (tmp_path / "no-fonts").mkdir()
    code = (
        "import sys, ctypes, numpy as np, pypdfium2 as pdfium, pypdfium2.raw as raw\n"
        "raw.FPDF_DestroyLibrary()\n"
        "paths = (ctypes.POINTER(ctypes.c_char) * 2)(\n"
        "    ctypes.create_string_buffer(sys.argv[3].encode()), None)\n"
        "config = raw.FPDF_LIBRARY_CONFIG(version=2, m_pUserFontPaths=paths)\n"
        "raw.FPDF_InitLibraryWithConfig(config)\n"
        "page = pdfium.PdfDocument(sys.argv[1])[0]\n"
        "np.save(sys.argv[2], page.render(scale=2).to_numpy())\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, str(file), str(picture), str(tmp_path / "no-fonts")],
        check=True,
        env={**os.environ, "HOME": str(tmp_path), "FONTCONFIG_FILE": "/dev/null"},
        timeout=60,
    )
    bare = np.load(picture)
    ours = pdfium.PdfDocument(paper)[0].render(scale=2).to_numpy()
    assert np.array_equal(bare, ours)
    assert (bare < 100).mean() > 0.01  # there is something on it


def test_a_vehicle_without_a_plate_and_a_term_that_nobody_limits_are_said_so(key: Issuer) -> None:
    bare = replace(
        CERTIFICATE,
        vehicles=(replace(VEHICLE, plate="", vin="", valid_to=None),),
        transfers=(),
        hours=(),
        max_speed_mps=None,
        max_height_agl_m=120.0,
        corridor_half_width_m=25.0,
        control_modes=(),
        conditions=(),
        departments=(),
    )
    text = text_of(drawn(bare, "token", key.key_id))
    for words in ("不限 any", "按道路及法规限制", "120 米", "25 米", "无 none"):
        assert words in text, words
    assert "转场路段" not in text
