"""The title of a page about a patient, by its address.

{% load titles %}
{% title_by_address as by_address %}
"""

from __future__ import annotations

from django import template

from desk.looks import Words
from desk.titles import title_of_route

register = template.Library()


@register.simple_tag(takes_context=True)
def title_by_address(context: template.Context) -> Words:
    """Empty where the template of the page says it, and on a page that says why there is none."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if match is None or match.namespace != "desk" or getattr(request, "is_refused", False):
        return ""
    return title_of_route(match.url_name or "")
