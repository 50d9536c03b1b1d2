"""The examples are projects of their own: tests/pytest_plugin/test_examples.py runs each in its own folder."""

collect_ignore_glob = ["*"]
