"""Several values in one cell or property, separated by `;`."""

from mockserver.crm.values.problems import Converter, ValueProblem, shown
from mockserver.error_types import ErrorType


def several(read_one: Converter, nothing: ErrorType) -> Converter:
    """Returns the converter of a list of values, from the converter of one. Doubles are kept once.

    A `;` before the first value stays in front: it says that the values are to be added to those that the record has
    [docs: knowledge base, format import files], which `appended` does. A cell of semicolons only is a `nothing`.
    """

    def read(text: str) -> str | ValueProblem:
        text = text.strip()
        found: dict[str, None] = {}
        for part in text.split(";"):
            if part and not part.isspace():
                value = read_one(part)
                if isinstance(value, ValueProblem):
                    return value
                found[value] = None
        if not found:
            return ValueProblem(nothing, f"{shown(text)} names no value.", "values separated by ;")
        joined = ";".join(found)
        return f";{joined}" if text[0] == ";" else joined

    return read


def appended(old: str, new: str) -> str:
    """Returns what a property of several values holds after `new` is written over `old`.

    `new` replaces; with a `;` in front it is added, without doubles, in the order of arrival.
    """
    if not new.startswith(";"):
        return new
    values = dict.fromkeys((*old.split(";"), *new.split(";")))
    values.pop("", None)
    return ";".join(values)
