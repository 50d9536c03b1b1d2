"""The way of a POST through the modules stays short; `python -m tests.post_modules` lists them."""

from tests.post_modules import modules_of_post

MOST_MODULES = 28


def test_a_post_of_an_import_runs_through_few_modules():
    modules = modules_of_post()
    assert len(modules) <= MOST_MODULES, sorted(modules)
