"""The JavaScript of the page: its types, as its comments state them, and its size."""

import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "mockserver" / "page"
MOST_BYTES = 150_000


@pytest.mark.npm
def test_the_types_of_the_page_fit(node: str) -> None:
    tests = Path(__file__).parents[1]
    compiler = tests / "node_modules" / "typescript" / "bin" / "tsc"
    command = [node, str(compiler), "--project", str(Path(__file__).with_name("tsconfig.json"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_is_small() -> None:
    files = [path for path in PAGE.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MOST_BYTES


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    for path in PAGE.iterdir():
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in {word.strip("\"'`")[:2] for word in text.split("import(")[1:]}
        assert "http://" not in text, path.name
        assert "https://" not in text, path.name
