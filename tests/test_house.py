"""The house itself: its rooms, its lock files, its reasons."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-dev.lock")

ROOMS = {
    ".ci",
    ".dockerignore",
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Dockerfile",
    "LICENSE",
    "Makefile",
    "NOTICE",
    "README.md",
    "bench",
    "docs",
    "fhir_fixtures",
    "hooks",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "rules",
    "tests",
}
VAGUE = {"utils", "util", "common", "core", "helpers", "helper", "manager", "base", "misc"}


@cache
def files() -> tuple[Path, ...]:
    """Return what a clone would hold: tracked files, and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - the git of the path
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return tuple(sorted(path for path in found if path.is_file()))


def python_files() -> list[Path]:
    """Return every Python file of the clone."""
    return [path for path in files() if path.suffix == ".py"]


def pinned(lock: str) -> dict[str, str]:
    """Return the pinned version of each package in *lock*."""
    return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+) \\$", (ROOT / lock).read_text()))


def normal(name: str) -> str:
    """Write a package name as the registry does."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_top_level_is_the_house() -> None:
    """The top level holds what the design names, and nothing else."""
    found = {path.relative_to(ROOT).parts[0] for path in files()}

    assert found - ROOMS == set()
    assert ROOMS - found == set()


def test_no_vague_module_names() -> None:
    """No module or folder has a name that says nothing."""
    vague = [p for p in python_files() if VAGUE & {*p.relative_to(ROOT).parts[:-1], p.stem}]

    assert vague == []


def test_tests_hold_one_init() -> None:
    """tests/hooks must not be importable as a second package `hooks`."""
    inits = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("__init__.py")]

    assert inits == [Path("tests/__init__.py")]


def test_no_machine_paths() -> None:
    """No file names a folder of the machine on which it was written."""
    machine = re.compile("|".join(f"/{name}/" for name in ("work", "root", "home", "Users", "mnt")))
    guilty = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        if path.name not in LOCKS and path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if machine.search(line) and "://" not in line
    ]

    assert guilty == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_packages_and_hashes_only(lock: str) -> None:
    """A lock file holds pins and hashes: no index address, no path, no option."""
    shape = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]* \\|    --hash=sha256:[0-9a-f]{64}( \\)?|#.*|")
    strange = [line for line in (ROOT / lock).read_text().splitlines() if not shape.fullmatch(line)]

    assert strange == []
    assert not re.search(r"https?:|file:|index|find-links", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    """Nothing is installed whose content was not seen before."""
    blocks = re.split(r"(?m)^(?=[a-z])", (ROOT / lock).read_text())[1:]

    assert len(blocks) == len(pinned(lock))
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_locks_satisfy_the_project() -> None:
    """Every dependency is pinned to a version that pyproject.toml allows."""
    groups = {
        LOCKS[0]: PROJECT["project"]["dependencies"],
        LOCKS[1]: PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"],
    }
    for lock, wanted in groups.items():
        pins = pinned(lock)
        for text in wanted:
            one = Requirement(text)

            assert normal(one.name) in pins, f"{one.name} is not in {lock}: run `make lock`"
            assert one.specifier.contains(pins[normal(one.name)]), f"{one} and {lock} disagree"


def test_locks_agree() -> None:
    """What is tested is what is shipped: one version of each package."""
    runtime, development = pinned(LOCKS[0]), pinned(LOCKS[1])

    assert runtime == {name: development.get(name) for name in runtime}


def test_every_ignored_lint_has_a_reason() -> None:
    """Each entry of a ruff ignore list carries its reason beside it."""
    text = (ROOT / "pyproject.toml").read_text()
    ruff = text[text.index("[tool.ruff]") : text.index("[tool.mypy]")]
    entries = re.findall(r'(?m)^\s+"([A-Z]+[0-9]+)",[ ]*(#.*)?$', ruff)

    assert len(entries) > 10
    assert [code for code, reason in entries if len(reason) < 10] == []


def test_every_noqa_has_a_code_and_a_reason() -> None:
    """A silenced finding says which and why."""
    mark = re.compile(r"#\s*(?:noqa|type: ignore)(?!\w)(.*)")
    good = re.compile(r"(: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \S.*|\[[a-z, -]+\].*)")
    bad = [
        f"{path.relative_to(ROOT)}:{number}: {found[0]}"
        for path in python_files()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := mark.search(line)) and not good.fullmatch(found[1])
    ]

    assert bad == []


def test_ci_checks_and_tests() -> None:
    """The script of the CI is executable, stops at the first error, and runs both targets."""
    script = ROOT / ".ci" / "run"
    text = script.read_text()

    assert script.stat().st_mode & 0o111
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert "\nmake check\n" in text
    assert text.rstrip().endswith("make test")


@pytest.mark.parametrize("target", ["setup", "serve", "test", "check", "bench"])
def test_make_targets_prepare_what_they_need(target: str) -> None:
    """Every target that others depend on exists and sets up its own environment."""
    rule = re.search(rf"(?m)^{target}: \$\(READY\)", (ROOT / "Makefile").read_text())

    assert rule


def test_an_older_python_is_refused(tmp_path: Path) -> None:
    """Make says which Python it needs before it builds anything."""
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Python 3.9.1"\nexit 1\n')
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", *LOCKS):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    made = subprocess.run(
        ["make", "setup", f"PYTHON={old}"],  # noqa: S607 - the make of the path
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.returncode != 0
    assert "Python 3.11 or newer is needed" in made.stderr
    assert "Python 3.9.1" in made.stderr
    assert not (tmp_path / ".venv").exists()


def test_version_is_in_the_changelog() -> None:
    """The version that is built has its entry."""
    version = PROJECT["project"]["version"]

    assert re.search(rf"(?m)^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text())


def test_image_is_not_root_and_checks_its_rules() -> None:
    """The image refuses a bad rulebook, runs without root and reports its health."""
    text = (ROOT / "Dockerfile").read_text()
    last = text[text.rindex("\nFROM ") :]

    assert text.count("\nFROM ") == 2
    assert "intrathecal check" in text[: text.rindex("\nFROM ")]
    assert re.search(r"(?m)^USER \d+$", last)
    assert "HEALTHCHECK" in last
    assert all(":latest" not in line for line in re.findall(r"(?m)^FROM .*$", text))


def test_image_context_holds_what_is_copied() -> None:
    """Each file that the Dockerfile copies is let in by .dockerignore and exists."""
    let_in = set(re.findall(r"(?m)^!(\S+)$", (ROOT / ".dockerignore").read_text()))
    copied = {
        name
        for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", (ROOT / "Dockerfile").read_text())
        for name in line.split()[:-1]
    }

    assert copied - let_in == set()
    assert [name for name in sorted(copied) if not (ROOT / name).exists()] == []


# A forbidden import per contract: where it is planted, and the contract that refuses it.
EDGES = [
    ("rules/engine/evaluate.py", "import hooks.app", "hooks may import rules"),
    ("hooks/cards.py", "import rules.engine.evaluate", "hooks enters rules by its front door"),
    ("rules/chart/chart.py", "import rules.engine.evaluate", "the engine reads the chart"),
    ("rules/chart/spans.py", "import socket", "rules are pure"),
    ("rules/engine/logic.py", "import pyjexl", "only rules.engine.expression knows pyjexl"),
    ("rules/chart/chart.py", "import fhir.resources", "only rules.chart.validation knows"),
    ("hooks/prefetch.py", "import httpx", "only hooks.fhir_server knows httpx"),
]


def test_import_contracts_refuse_what_they_name(tmp_path: Path) -> None:
    """Each contract catches the import that it is there for."""
    for path in python_files():
        if path.relative_to(ROOT).parts[0] in {"hooks", "rules"}:
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text())
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    for place, line, _ in EDGES:
        with (tmp_path / place).open("a") as file:
            file.write(f"\n{line}\n")
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 1
    for _, _, contract in EDGES:
        assert re.search(rf"(?m)^{re.escape(contract)}.* BROKEN", linted.stdout), contract
