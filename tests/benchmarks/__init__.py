"""Benchmarks, run apart: `python -m tests.benchmarks`. Each figure is a ratio against a baseline of the same run."""
