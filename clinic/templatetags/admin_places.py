"""What the templates of the admin ask about the list they are in.

{% place opts as here %}      its name, sentence and button: {{ here.name }}
{% desk_links record as links %}  where at the desk the record is worked on: (words, address) each
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import template
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered

from clinic.admin_places import Place

if TYPE_CHECKING:
    from django.db.models.options import Options

    from clinic.admin_site import ClinicAdminSite

register = template.Library()


@register.simple_tag
def place(opts: Options[Any]) -> Place:
    """The place of a model's list."""
    return cast("ClinicAdminSite", admin.site).place_of(opts)


@register.simple_tag(takes_context=True)
def desk_links(context: template.Context, record: Any) -> list[Any]:
    """Where the record is worked on; nothing for one that is only set up here."""
    try:
        page = admin.site.get_model_admin(type(record))
    except NotRegistered:
        return []
    ask = getattr(page, "desk_links", None)
    return list(ask(context["request"], record)) if ask is not None else []
