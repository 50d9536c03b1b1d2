"""Requests that no client should send, in large numbers: `python -m tests.fuzz NAME --count N --seed S`.

A fuzzer is a function of a random generator, and gives the bytes of one request. The same seed gives the same requests.
"""
