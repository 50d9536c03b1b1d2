"""README.md and docs/ say what the code says: their tables are the code's, and their links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs_tables import TABLES, regions, renewed

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.generated
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_its_tables_are_those_of_the_code(path: Path, request: pytest.FixtureRequest) -> None:
    text = path.read_text("utf-8")
    if request.config.getoption("--update-golden"):
        path.write_text(renewed(text), "utf-8")
    assert path.read_text("utf-8") == renewed(text), "write them: pytest --update-golden"


def test_each_table_stands_somewhere() -> None:
    assert {name for path in DOCUMENTS for name in regions(path.read_text("utf-8"))} == set(TABLES)


def anchors(path: Path) -> set[str]:
    """The names that a page gives its headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_its_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", path.read_text("utf-8")):
        place, _, anchor = target.partition("#")
        there = path.parent / place if place else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.slow
def test_a_site_is_built_from_the_documents_without_a_warning(tmp_path: Path) -> None:
    """Links that lead nowhere, headings that are skipped and pages that no other leads to are warnings."""
    command = (sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", tmp_path / "doctrees", "docs")
    built = subprocess.run([*command, tmp_path / "site"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {path.stem for path in (tmp_path / "site").glob("*.html")}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_files_that_it_names_are_there(path: Path) -> None:
    for name in re.findall(r"`((?:mockserver|tests|scenarios|docs)/[\w./-]+)`", path.read_text("utf-8")):
        assert (ROOT / name).exists(), name
