"""`hubspot-mock demo`: what a newcomer sees first."""

import json
import re

from tests.cli.processes import mockserver


def test_the_demo_tells_an_import_from_its_post_to_its_records() -> None:
    run = mockserver("demo")
    assert (run.returncode, run.stderr) == (0, ""), run.stderr
    sections = dict(re.findall(r"^(\w[^\n]*)\n((?:  [^\n]*\n)+)", run.stdout, re.MULTILINE))
    parts = {title.split(":")[0]: body.splitlines() for title, body in sections.items()}
    states = [line.split() for line in parts["States"]]
    assert [state for _, state in states] == ["STARTED", "PROCESSING", "DONE"]
    assert sorted(at for at, _ in states) == [at for at, _ in states]
    counters = dict(line.split() for line in parts["Counters"])
    assert (counters["TOTAL_ROWS"], counters["CREATED_OBJECTS"], counters["ERRORS"]) == ("200", "195", "5")
    assert len(parts["Errors"]) == 5
    assert [json.loads(line)["hs_object_id"] for line in parts["Two of the contacts"]] == [
        "210000000001",
        "210000000002",
    ]
    assert run.stdout.endswith("Start your own with: hubspot-mock serve\n")
