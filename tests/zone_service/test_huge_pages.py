import subprocess
import sys
from pathlib import Path

import pytest

SAID = "THP_enabled:"


WITH_THEM = "import ctypes\nctypes.CDLL(None).prctl(41, 0, 0, 0, 0)\n"


def said_by_the_kernel(code: str) -> str:
    """Run code in a process of its own, which has huge pages; return what the kernel then says of them."""
    code = f"""{WITH_THEM}{code}
print(*[line.split()[1] for line in open("/proc/self/status") if line.startswith("{SAID}")])"""
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip()


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or SAID not in Path("/proc/self/status").read_text(),
    reason="the kernel does not say",
)
def test_a_process_does_without_huge_pages_when_it_says_so() -> None:
    assert said_by_the_kernel("") == "1"
    asked = "from zone_service import huge_pages\nassert huge_pages.do_without()"
    assert said_by_the_kernel(asked) == "0"
