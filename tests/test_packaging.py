"""The two literal packages: ours in the checkout, whole in the wheel, alone where installed."""

from __future__ import annotations

import email
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import hooks
import rules

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).parents[1]
CARRIED = {".py", ".yaml", ".csv", ".json", ".md", ".typed", ".html", ".css", ".js", ".svg"}


def run(*words: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program of ours and show what it said when it fails."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={"PATH": os.defpath, "LANG": "C.UTF-8", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel as the image does."""
    folder = tmp_path_factory.mktemp("wheel")
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--no-index", "--wheel-dir", folder, ROOT),
        cwd=folder,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """Return the paths in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """Return the metadata in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(archive.read(name))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an empty environment, whose Python does not see the checkout."""
    folder = tmp_path_factory.mktemp("image")
    venv.create(folder / "app", with_pip=False, symlinks=True)
    python = folder / "app" / "bin" / "python"
    run(
        *(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"),
        *("--no-index", wheel),
        cwd=folder,
    )
    return python


# Folders on PYTHONPATH do not process .pth files, so the editable install stays out of sight.
LIBRARIES = sysconfig.get_path("purelib")


def test_packages_are_ours() -> None:
    """`hooks` and `rules` are the folders of this checkout, not a package of the same name."""
    assert Path(hooks.__file__).parent == ROOT / "hooks"
    assert Path(rules.__file__).parent == ROOT / "rules"


def test_wheel_carries_every_file_of_both_packages(names: set[str]) -> None:
    """Code, rules, value sets, tables, services, schemas and type markers are all in the wheel."""
    expected = {
        str(path.relative_to(ROOT))
        for package in ("hooks", "rules")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix in CARRIED
    }

    assert {"hooks/py.typed", "rules/py.typed"} <= expected
    assert expected - names == set()
    for suffix in (".yaml", ".csv", ".json"):
        assert [name for name in names if name.endswith(suffix)], suffix


def test_wheel_carries_nothing_else(names: set[str]) -> None:
    """Fixtures, tests and tools never reach a server."""
    roots = {name.split("/")[0] for name in names}

    assert {root for root in roots if not root.endswith(".dist-info")} == {"hooks", "rules"}
    assert [name for name in names if "fixture" in name or "/test" in name] == []


def test_no_data_file_is_left_out_by_its_suffix() -> None:
    """A new kind of file in a package has to be thought about."""
    strange = {
        path.relative_to(ROOT)
        for package in ("hooks", "rules")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in CARRIED | {".pyc"}
    }

    assert strange == set()


def test_wheel_is_private(metadata: Message) -> None:
    """The wheel cannot be uploaded: a public package owns the import name `rules`."""
    assert "Private :: Do Not Upload" in metadata.get_all("Classifier", [])
    assert metadata["Name"] == "intrathecal-cds"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Requires-Python"] == ">=3.11"


def test_wheel_owns_both_names(installed: Path, tmp_path: Path) -> None:
    """In the environment of the image nobody else provides `hooks` or `rules`."""
    code = "import importlib.metadata as m, json; print(json.dumps(m.packages_distributions()))"
    owners = json.loads(run(installed, "-c", code, cwd=tmp_path).stdout)

    assert owners["hooks"] == owners["rules"] == ["intrathecal-cds"]


def test_wheel_loads_its_own_knowledge(installed: Path, tmp_path: Path) -> None:
    """The rulebook loads from the wheel, with the checkout out of reach."""
    code = "import rules; rules.load_rulebook(); print(rules.__file__)"
    loaded = run(installed, "-c", code, cwd=tmp_path, PYTHONPATH=LIBRARIES).stdout

    assert ROOT not in Path(loaded.strip()).parents


def test_command_checks_the_wheel(installed: Path, tmp_path: Path) -> None:
    """`intrathecal check`, as the image build runs it, passes from another folder."""
    command = installed.with_name("intrathecal")
    said = run(
        *(command, "check", "--fixtures", ROOT / "fhir_fixtures"),
        cwd=tmp_path,
        PYTHONPATH=LIBRARIES,
    )

    assert "0 mistakes" in said.stdout
