"""The contacts over HTTP, with Django."""

import contacts
from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], HUBSPOT_TOKEN="the token of the settings")


def get_contact(request: HttpRequest, email: str) -> JsonResponse:
    """Returns the name of a contact."""
    found = async_to_sync(contacts.find)(settings.HUBSPOT_TOKEN, email)
    return JsonResponse({}, status=404) if found is None else JsonResponse({"name": found["firstname"]})


urlpatterns = [path("contacts/<email>", get_contact)]
