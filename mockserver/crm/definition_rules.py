"""The checks of definitions: the names, types and options that a new property, object type or label can have.

Each check raises a `DefinitionError` that says what is wrong. Each API turns it into its own refusal.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from msgspec.structs import replace

from mockserver.crm.schema import Option, PropertyDefinition
from mockserver.refusals.rule import nearest

MAX_PROPERTY_NAME = 100  # docs: properties guide
_PROPERTY_NAME: Final = r"[a-z][a-z0-9_]*"  # docs: properties guide; every name in the catalog fits
_OBJECT_NAME: Final = r"[A-Za-z][A-Za-z0-9_]*"  # docs: schemas guide, "name"
_LABEL_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"  # docs: associations guide: no hyphen, no digit first

# docs: properties guide, "Property type and fieldType values"; phone_number: spec. Calculated ones go with every type.
FIELD_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "bool": ("booleancheckbox",),
    "date": ("date",),
    "datetime": ("date",),
    "enumeration": ("booleancheckbox", "checkbox", "radio", "select"),
    "json": ("text",),
    "number": ("number",),
    "object_coordinates": ("text",),
    "phone_number": ("phonenumber",),
    "string": ("file", "html", "phonenumber", "text", "textarea"),
}
_YES_AND_NO: Final = (
    Option(label="Yes", value="true", display_order=0),
    Option(label="No", value="false", display_order=1),
)


class DefinitionError(ValueError):
    """A definition that HubSpot would refuse. `field` is the name of the faulty field, in HubSpot's camelCase."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}")


def checked_property(definition: PropertyDefinition) -> PropertyDefinition:
    """Returns the definition as it is kept: with a label, and with the options of a yes-or-no property.

    Raises:
        DefinitionError: for a name, type, field type or list of options that no property can have.

    """
    check_property_name(definition.name)
    if definition.type not in FIELD_TYPES:
        raise DefinitionError("type", _not_one_of(definition.type, FIELD_TYPES))
    field_types = FIELD_TYPES[definition.type]
    if definition.field_type not in field_types and not definition.field_type.startswith("calculation_"):
        raise DefinitionError(
            "fieldType", f"of type {definition.type}, {_not_one_of(definition.field_type, field_types)}"
        )
    values: set[str] = set()
    for option in definition.options:
        if option.value in values:
            raise DefinitionError("options", f"the value {option.value!r} is there twice")
        values.add(option.value)
    changes: dict[str, object] = {}
    if not definition.label:
        changes["label"] = definition.name
    if definition.type == "bool" and not definition.options:
        changes["options"] = _YES_AND_NO
    return replace(definition, **changes) if changes else definition


def check_property_name(name: str) -> None:
    """Raises `DefinitionError` for a name that no property can have."""
    if not re.fullmatch(_PROPERTY_NAME, name):
        raise DefinitionError(
            "name", f"{name!r} must begin with a lower-case letter and hold only lower-case letters, digits and _"
        )
    if len(name) > MAX_PROPERTY_NAME:
        raise DefinitionError(
            "name", f"{name[:20]!r}… has {len(name)} characters; at most {MAX_PROPERTY_NAME} are allowed"
        )


def check_object_type_name(name: str) -> None:
    """Raises `DefinitionError` for a name that no custom object type can have."""
    if not re.fullmatch(_OBJECT_NAME, name):
        raise DefinitionError("name", f"{name!r} must begin with a letter and hold only letters, digits and _")


def check_label(label: str, name: str) -> None:
    """Raises `DefinitionError` for a label, or an internal name of one, that no association type can have."""
    if not label.strip():
        raise DefinitionError("label", "is empty")
    if not re.fullmatch(_LABEL_NAME, name):
        raise DefinitionError("name", f"{name!r} must hold only letters, digits and _, and not begin with a digit")


def label_name(label: str) -> str:
    """Returns the internal name of a label that was given none."""
    name = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")
    return f"_{name}" if not name or name[0].isdigit() else name


def check_known(field: str, names: Collection[str], known: Collection[str], kind: str) -> None:
    """Raises `DefinitionError` for the first of `names` that is not one of `known`."""
    for name in names:
        if name not in known:
            meant = nearest(name, list(known))
            raise DefinitionError(
                field, f"there is no {kind} {name!r}" + (f"; did you mean {meant!r}?" if meant else "")
            )


def _not_one_of(value: str, allowed: Collection[str]) -> str:
    return f"{value!r} is not one of {', '.join(allowed)}"
