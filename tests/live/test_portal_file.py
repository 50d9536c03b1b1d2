"""The file of a pulled account: what an update writes, and what it leaves to people."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.live.portal_file import BadPortalFile, FileChanges, new_text, updated_text

HEADER = "# HubSpot account 1 at https://api.hubapi.com, pulled on 2026-01-15 by hubspot-mock 1"
LATER = "# HubSpot account 1 at https://api.hubapi.com, pulled on 2026-02-01 by hubspot-mock 1"

Seeds = dict[str, list[dict[str, Any]]]

PORTAL: dict[str, Any] = {"id": 4711, "currency": "EUR"}
SEEDS: Seeds = {
    "properties": [
        {"object_type": "contacts", "name": "plan", "label": "Plan", "type": "enumeration", "options": ["s", "l"]},
        {"object_type": "contacts", "name": "score", "type": "number"},
        {"object_type": "deals", "name": "plan", "description": "Which plan"},
    ],
    "labels": [{"from_type": "contacts", "to_type": "deals", "label": "Buyer", "id": 7, "inverse_id": 8}],
}


def written(seeds: Seeds | None = None, portal: dict[str, Any] | None = None) -> str:
    return new_text(PORTAL if portal is None else portal, seeds or SEEDS, name="ours", header=HEADER)


def updated(text: str, seeds: Seeds | None = None, portal: dict[str, Any] | None = None) -> tuple[str, FileChanges]:
    return updated_text(text, PORTAL if portal is None else portal, seeds or SEEDS, header=LATER)


def without(name: str, object_type: str = "contacts") -> Seeds:
    kept = [seed for seed in SEEDS["properties"] if (seed["object_type"], seed["name"]) != (object_type, name)]
    return SEEDS | {"properties": kept}


def with_changed(name: str, **changes: Any) -> Seeds:
    rows = [seed | changes if seed["name"] == name else seed for seed in SEEDS["properties"]]
    return SEEDS | {"properties": rows}


def test_a_file_says_where_it_is_from_and_has_its_tables_in_order() -> None:
    text = written()
    assert text.splitlines()[0] == HEADER
    table = tomllib.loads(text)
    assert table["portal"] == PORTAL
    assert {kind: rows for kind, rows in table["seed"].items() if rows} == SEEDS


def test_an_update_without_a_change_leaves_every_byte() -> None:
    text = written().replace("[portal]", "# ours\n[portal]") + "\n[[apps]]\nname = 'x' # mine\ntoken = 'y'\n\n# end"
    same, changes = updated(text)
    assert same == text + "\n"
    assert not changes


def test_an_update_changes_one_line_of_a_table_and_the_date() -> None:
    text = written()
    now, changes = updated(text, with_changed("score", type="string"))
    assert changes.changed == ["seed.properties contacts score"]
    before, after = text.splitlines(), now.splitlines()
    differing = [line for line in after if line not in before]
    assert differing[0] == LATER
    assert [line.partition(" # pulled")[0] for line in differing[1:]] == ["[[seed.properties]]", 'type = "string"']
    assert updated(now, with_changed("score", type="string"))[0] == now


def test_new_tables_come_between_their_neighbours_and_old_ones_go() -> None:
    seeds = without("score") | {"lists": [{"name": "All", "object_type": "contacts"}]}
    seeds["properties"] = [*seeds["properties"], {"object_type": "contacts", "name": "region"}]
    now, changes = updated(written(), seeds)
    assert (changes.added, changes.removed) == (
        ["seed.properties contacts region", "seed.lists contacts All"],
        ["seed.properties contacts score"],
    )
    assert now == written(seeds).replace(HEADER, LATER)


def test_a_table_that_has_another_place_now_is_moved_with_its_comments() -> None:
    def pipelines(**default: object) -> Seeds:
        own = {"object_type": "deals", "id": "700000001", "label": "Own", "stages": [{"id": "1", "label": "One"}]}
        return {"pipelines": [own, {"object_type": "deals", "id": "default", **default}]}

    text = written(pipelines(label="Sales")).replace('label = "Sales"', 'label = "Sales" # ours')
    now, changes = updated(text, pipelines(archived=True))
    assert changes.changed == ['seed.pipelines deals default "Sales"']
    assert [one["id"] for one in tomllib.loads(now)["seed"]["pipelines"]] == ["default", "700000001"]
    assert now.count("# ours") == 1


def test_comments_and_keys_that_no_pull_writes_are_kept_in_a_table_that_changes() -> None:
    text = written().replace('type = "number"\n', '# out of ten\ntype = "number" # not text\nmaximum = 10\n')
    text = text.replace('currency = "EUR"\n', 'currency = "EUR" # as in the contract\nsearch_lag_seconds = 3\n')
    now, changes = updated(text, with_changed("score", type="string", label="Score"), {"id": 4711, "currency": "CHF"})
    assert changes.changed == ["portal", "seed.properties contacts score"]
    assert '\nlabel = "Score"\n# out of ten\ntype = "string" # not text\nmaximum = 10\n' in now
    assert 'currency = "CHF" # as in the contract\nsearch_lag_seconds = 3\n' in now


def test_a_table_with_parts_written_by_hand_stays_when_the_account_has_it_no_longer() -> None:
    text = written().replace('type = "number"\n', 'type = "number"\nmaximum = 10\n')
    now, changes = updated(text, without("score"))
    assert now == text
    assert changes.kept == ["seed.properties contacts score: has parts written by hand; the account no longer has it"]


def test_a_value_that_was_changed_by_hand_stays() -> None:
    text = written().replace('label = "Plan"', 'label = "Our plan"')
    now, changes = updated(text, with_changed("plan", label="Tariff", hidden=True))
    assert 'label = "Our plan"' in now
    assert changes.kept[0].startswith("seed.properties contacts plan: changed by hand; the account has { object_type")
    assert changes.changed == ["seed.properties deals plan"]


def test_a_table_of_ones_own_stays_whatever_the_account_has() -> None:
    own = '\n[[seed.properties]]\nobject_type = "0-1"\nname = "region"\noptions = [\n  "[n]", # "north\n]\n'
    seeds = SEEDS | {"properties": [*SEEDS["properties"], {"object_type": "contacts", "name": "region", "label": "R"}]}
    now, changes = updated(written() + own, seeds)
    assert now == written() + own
    theirs = '{ object_type = "contacts", name = "region", label = "R" }'
    assert changes.kept == [f"seed.properties 0-1 region: not marked as pulled; the account has {theirs}"]


def test_a_comment_above_a_table_that_goes_stays() -> None:
    text = written().replace("[[seed.properties]] # pulled", "# about this\n[[seed.properties]] # pulled")
    assert text.count("# about this") == 3
    now, _ = updated(text, {})
    assert now.count("# about this") == 3
    nothing, _ = updated(text, {"properties": []}, {})
    assert nothing.count("# about this") == 3
    assert tomllib.loads(nothing) == {"name": "ours"}


def test_what_was_not_read_stays() -> None:
    now, changes = updated_text(written(), PORTAL, {}, header=LATER, was_read=lambda kind, _: kind != "properties")
    assert changes.removed == ["seed.labels contacts deals Buyer"]
    assert len(tomllib.loads(now)["seed"]["properties"]) == 3


def test_sub_tables_of_a_table_stay_with_it() -> None:
    seeds: Seeds = {"object_types": [{"name": "cars", "id": "2-5"}]}
    text = written(seeds, {}) + '\n[[seed.object_types.properties]]\nname = "plate"\n'
    more: Seeds = {"object_types": [*seeds["object_types"], {"name": "boats", "id": "2-6"}]}
    now, _ = updated(text, more, {})
    cars, boats = tomllib.loads(now)["seed"]["object_types"]
    assert (cars["properties"], "properties" in boats) == ([{"name": "plate"}], False)


def test_line_ends_are_kept() -> None:
    text = written().replace("\n", "\r\n")
    now, _ = updated(text, without("score"))
    assert "\n" not in now.replace("\r\n", "")


def test_text_that_is_no_toml_is_refused() -> None:
    with pytest.raises(BadPortalFile, match="line 2"):
        updated("name = 'x'\nname = 'y'\n")


@pytest.mark.parametrize(
    "text",
    [
        'seed = { properties = [{ object_type = "contacts", name = "x" }] }\n',
        '[seed]\nproperties = [{ object_type = "contacts", name = "x" }]\n',
        'seed.properties = [{ object_type = "contacts", name = "x" }]\n',
        "portal.id = 5\n",
        "portal = { id = 5 }\n",
    ],
)
def test_a_file_whose_tables_cannot_be_added_to_is_refused_with_the_form_that_can(text: str) -> None:
    with pytest.raises(BadPortalFile, match=r"write each as a table of its own, such as \[portal\]"):
        updated(f"name = 'x'\n{text}")


HAND_MADE = [
    "# a comment\n",
    "\n",
    '[[apps]]\nname = "[[x]]" # [[seed.properties]]\ntoken = """\n[portal]\n# no "comment"\n"""\n',
    "[clock] # [\npace = '''\n[[seed.labels]]'''\n",
    "[[faults]]\nimport = { row_errors = { 3 = ['INVALID_EMAIL'] } } # }\n",
    '[[seed.properties]]\nobject_type = "tickets"\nname = "mine"\noptions = [\n  # ]\n  "a", "]" ,\n]\n',
    "[[seed.records.contacts]]\nemail = 'ada@example.com'\n[[seed.records.contacts]]\nemail = 'b@example.com'\n",
]


@given(
    between=st.lists(st.sampled_from(HAND_MADE), min_size=9, max_size=9),
    first=st.sets(st.integers(0, 2)),
    then=st.sets(st.integers(0, 2)),
    label=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_whatever_people_write_between_tables_stays(
    between: list[str], first: set[int], then: set[int], label: str
) -> None:
    def some(places: set[int]) -> Seeds:
        return {"properties": [SEEDS["properties"][place] | {"label": label} for place in sorted(places)]}

    seen: set[str] = set()
    for number, text in enumerate(between):  # one [clock] is all that TOML takes
        between[number] = "" if text in seen and text.startswith("[clock]") else text
        seen.add(text)
    tables = written(some(first)).split("\n\n")
    text = "".join(f"{table}\n{own}" for table, own in zip(tables, between, strict=False))
    now, _ = updated(text, some(then))
    for own in between[: len(tables)]:
        assert now.count(own) >= text.count(own) if own.strip() else True
    before, after = tomllib.loads(text), tomllib.loads(now)
    mine = [row for row in before.get("seed", {}).get("properties", []) if row["name"] == "mine"]
    pulled = [row for row in after.get("seed", {}).get("properties", []) if row["name"] != "mine"]
    assert [row for row in after.get("seed", {}).get("properties", []) if row["name"] == "mine"] == mine
    assert sorted(pulled, key=str) == sorted(some(then)["properties"], key=str)
    for key in ("apps", "faults", "clock"):
        assert after.get(key) == before.get(key)
