from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from rules.engine.errors import KnowledgeError
from rules.engine.rulebook import SHIPPED, load_rulebook

DRAWER = Path(__file__).parents[1] / "broken"
TARGETS = {"clinical": "clinical/ELG/ELG-99.yaml", "definitions": "definitions/broken.yaml"}
BROKEN = [path for drawer in TARGETS for path in sorted((DRAWER / drawer).glob("*.yaml"))]


def mistakes(site: Path) -> list[str]:
    """Return the mistakes of a site's knowledge as `line: text`, folders left out."""
    with pytest.raises(KnowledgeError) as raised:
        load_rulebook(knowledge_dir=site)
    said = [re.sub(r"^.*/([\w.-]+\.yaml:)", r"\1", str(one)) for one in raised.value.mistakes]
    # How many names exist changes with every definition that is added.
    return [re.sub(r"\d+ are known", "many are known", one) for one in said]


def test_drawer_is_not_empty() -> None:
    """The drawer of broken rules and definitions is found."""
    assert len(BROKEN) > 30


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_broken_file_is_refused_with_line_and_choices(path: Path, tmp_path: Path) -> None:
    """A broken rule or definition is refused; its `.expected` file has every message."""
    target = tmp_path / TARGETS[path.parent.name]
    target.parent.mkdir(parents=True)
    shutil.copy(path, target)

    assert mistakes(tmp_path) == path.with_suffix(".expected").read_text().splitlines()


def test_mistakes_of_several_files_come_at_once(tmp_path: Path) -> None:
    """One run names the mistakes of every file."""
    for name, target in (("unknown-hook", "ELG-98"), ("unknown-word", "ELG-99")):
        place = tmp_path / "clinical" / "ELG" / f"{target}.yaml"
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DRAWER / "clinical" / f"{name}.yaml", place)

    said = mistakes(tmp_path)
    assert {one.split(":")[0] for one in said} == {"ELG-98.yaml", "ELG-99.yaml"}


def test_a_rule_must_stand_in_the_folder_of_its_group(tmp_path: Path) -> None:
    """The file name is the id, and its folder the group."""
    place = tmp_path / "clinical" / "CTR" / "ELG-99.yaml"
    place.parent.mkdir(parents=True)
    shutil.copy(SHIPPED / "clinical" / "ELG" / "ELG-01.yaml", place)

    assert mistakes(tmp_path) == [
        "ELG-99.yaml:1: rule `ELG-99` must stand as `<GROUP>/<GROUP>-<two digits>.yaml`"
    ]


def test_site_knowledge_overrides_and_adds(tmp_path: Path) -> None:
    """A rule of the site replaces the shipped one of its id; the others stay."""
    shipped = load_rulebook()
    place = tmp_path / "clinical" / "ELG" / "ELG-01.yaml"
    place.parent.mkdir(parents=True)
    text = (SHIPPED / "clinical" / "ELG" / "ELG-01.yaml").read_text()
    place.write_text(text.replace("version: 1.0.0", "version: 1.0.1"))

    site = load_rulebook(knowledge_dir=tmp_path)
    assert site.rules["ELG-01"].version == "1.0.1"
    assert site.rules.keys() == shipped.rules.keys()
    assert site.knowledge.hash != shipped.knowledge.hash


def test_unknown_policy_names_the_valid_ones() -> None:
    """Asking for a policy that does not exist says which do."""
    with pytest.raises(KeyError, match=r"`cms-280\.14`"):
        load_rulebook().policy("cms")
