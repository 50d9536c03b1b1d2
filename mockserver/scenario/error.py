"""What is raised for a scenario that cannot be used, and how it says what is wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a value, in plain words, and the parts of it as far as there are such parts."""

    text: str
    expected: str | None = None
    got: str | None = None
    meant: str | None = None

    def __str__(self) -> str:
        return self.text


def misfit(expected: str, got: str, meant: str | None = None) -> Mistake:
    """Returns the mistake of a value that is another than was expected."""
    text = f"expected {expected}; got {got}" + (f"; did you mean {meant!r}?" if meant else "")
    return Mistake(text, expected, got, meant)


class ScenarioError(ValueError):
    """A scenario that cannot be used.

    `source` is the file (or what else the scenario came from), `key` the way to the faulty value ("portal.tier",
    "apps[0].token"; "" for the whole), `mistake` what is wrong with it, and `fault` the same in plain words.
    """

    def __init__(self, source: str, mistake: Mistake | str, *, key: str = "") -> None:
        self.source = source
        self.key = key
        self.mistake = mistake if isinstance(mistake, Mistake) else Mistake(mistake)
        self.fault = self.mistake.text
        super().__init__(": ".join(part for part in (source, key, self.fault) if part))

    def found_in(self, source: str) -> "ScenarioError":
        """Returns the same mistake with where the scenario came from, for what is found after it was read."""
        return ScenarioError(source, self.mistake, key=self.key)
