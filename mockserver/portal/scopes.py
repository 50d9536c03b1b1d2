"""The scopes that an operation requires, and the refusal of an app without them."""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from mockserver.portal.identity import ALL_SCOPES, App
from mockserver.refusals.authentication import SCOPES_MISSING
from mockserver.refusals.rule import Rejection

if TYPE_CHECKING:
    from mockserver.crm.definitions import Definitions


# Scopes that do not follow crm.objects.<name>.<verb>, by the object type's name and the verb.
# spec: the scopes of the objects API; inferred: which scope belongs to which type.
_ACTIVITIES: Final = ("calls", "communications", "emails", "meetings", "notes", "postal_mail", "tasks")
_ODD_SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_ACTIVITIES, ("crm.objects.{name}.{verb}", "crm.objects.contacts.{verb}")),
    "tickets": ("tickets", "crm.objects.tickets.{verb}"),
    "products": ("crm.objects.products.{verb}", "e-commerce"),
    "line_items": ("crm.objects.line_items.{verb}", "e-commerce"),
    "goal_targets": ("crm.objects.goals.{verb}",),
    "commerce_payments": ("crm.objects.commercepayments.{verb}",),
}
_TEMPLATE: Final = r"(crm\.objects|crm\.schemas)\.\{(\w+)\}\.(\w+)"


def required_scopes(templates: Iterable[str], params: Mapping[str, str], definitions: "Definitions") -> tuple[str, ...]:
    """Returns the scopes of which an app needs one.

    A template such as `crm.objects.{objectType}.read` stands for the scopes of the object type in the path. If there is
    no such type, no scope is required: the operation then refuses the type itself.
    """
    found: dict[str, None] = {}
    for template in templates:
        parts = re.fullmatch(_TEMPLATE, template)
        if parts is None:
            found[template] = None
            continue
        object_type = definitions.object_type(params.get(parts[2], ""))
        if object_type is None:
            return ()
        name = "custom" if object_type.is_custom else object_type.name
        for scope in _ODD_SCOPES.get(name, ("crm.objects.{name}.{verb}",)):
            found[scope.format(name=name, verb=parts[3]).replace("crm.objects", parts[1])] = None
    return tuple(found)


def check_scopes(app: App, templates: Iterable[str], params: Mapping[str, str], definitions: "Definitions") -> None:
    """Raises HubSpot's 403 for an app without any of the operation's scopes."""
    if app.scopes is ALL_SCOPES:
        return
    required = required_scopes(templates, params, definitions)
    if not required or not app.scopes.isdisjoint((*required, "*")):
        return
    raise Rejection(
        SCOPES_MISSING,
        got=f"the app {app.name!r} with {', '.join(sorted(app.scopes)) or 'none'}",
        expected=f"an app with {' or '.join(required)}",
        details={
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": list(required)},
                }
            ],
        },
    )


# The scopes reported for an unrestricted app.
EVERY_SCOPE: Final = (
    "oauth",
    "crm.import",
    "crm.lists.read",
    "crm.lists.write",
    *(
        f"crm.objects.{name}.{verb}"
        for name in ("companies", "contacts", "custom", "deals", "leads", "line_items", "marketing_events", "quotes")
        for verb in ("read", "write")
    ),
    "crm.objects.owners.read",
    *(
        f"crm.schemas.{name}.{verb}"
        for name in ("companies", "contacts", "custom", "deals")
        for verb in ("read", "write")
    ),
    "e-commerce",
    "tickets",
)
