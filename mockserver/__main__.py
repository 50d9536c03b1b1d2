"""`python -m mockserver` is `hubspot-mock`."""

from mockserver.cli import main

main()
