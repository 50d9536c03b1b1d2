"""What is raised for a scenario that cannot be used."""


class ScenarioError(ValueError):
    """A scenario that cannot be used.

    `source` is the file (or what else the scenario came from), `key` the way to the faulty value ("portal.tier",
    "apps[0].token"; "" for the whole), `fault` what is wrong with it, in plain words.
    """

    def __init__(self, source: str, fault: str, *, key: str = "") -> None:
        self.source = source
        self.key = key
        self.fault = fault
        super().__init__(": ".join(part for part in (source, key, fault) if part))

    def found_in(self, source: str) -> "ScenarioError":
        """Returns the same mistake with where the scenario came from, for what is found after it was read."""
        return ScenarioError(source, self.fault, key=self.key)
