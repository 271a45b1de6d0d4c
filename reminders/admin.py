"""The admin of message texts, and of messages to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from reminders.forms import MessageTextForm
from reminders.models import Message, MessageText
from reminders.services import preview_of, publish_text
from units.actors import Actor
from units.admin_base import LookOnlyAdmin, ScopedAdmin, actor_in, is_installer
from units.errors import ClinicError
from units.models import Unit
from units.policy import Act


@admin.register(MessageText)
class MessageTextAdmin(ScopedAdmin):
    """The words of messages. A change of wording is a new version; the old one stays, with its history."""

    form = MessageTextForm
    has_common_rows = True
    installer_may = True
    deletable = False
    change_form_template = "admin/reminders/messagetext/change_form.html"
    list_display = ["purpose", "language", "unit", "version", "subject", "is_active"]
    list_filter = ["purpose", "language", "unit", "is_active"]
    search_fields = ["subject", "body"]
    readonly_fields = ["version", "sample"]
    fieldsets = [
        (None, {"fields": ["unit", "purpose", "language", "version", "is_active"]}),
        (_("Words"), {"fields": ["subject", "body"]}),
        (_("As a patient reads it"), {"fields": ["sample"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["unit", "purpose", "language", *self.readonly_fields] if obj else list(self.readonly_fields)

    def belongs(self, actor: Actor, act: Act, obj: MessageText) -> bool:
        """A text for all units is anybody's to read; its state concerns every unit, so changing it needs all."""
        if obj.unit_id is not None or act != Act.SET_UP_MESSAGES:
            return super().belongs(actor, act, obj)
        units = Unit.objects.filter(is_active=True).values_list("pk", flat=True)
        return all(actor.may(act, unit_id) for unit_id in units)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, None if obj is not None and obj.unit_id is None else obj)

    @admin.display(description=_("a sample visit"))
    def sample(self, text: MessageText) -> str:
        unit = text.unit or Unit.objects.filter(is_active=True).order_by("pk").first()
        if unit is None or not text.purpose:
            return "—"
        subject, body = preview_of(unit, text.purpose, text.language, text.subject, text.body)
        lines = format_html_join("", "{}<br>", ((line,) for line in body.split("\n")))
        return format_html("<strong>{}</strong><br><br>{}", subject, lines)

    def save_model(self, request: HttpRequest, obj: MessageText, form: Any, change: bool) -> None:
        if change and not {"subject", "body"} & set(form.changed_data):
            super().save_model(request, obj, form, change)
            return
        published = publish_text(
            actor_in(request),
            unit=obj.unit,
            purpose=obj.purpose,
            language=obj.language,
            subject=obj.subject,
            body=obj.body,
            is_everywhere_allowed=is_installer(request),
        )
        obj.pk, obj.version, obj.is_active = published.pk, published.version, published.is_active

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ClinicError as refusal:
            messages.error(request, refusal.sentence)
            return self.response_post_save_change(request, MessageText())

    def get_urls(self) -> list[URLPattern]:
        preview = path("preview/", self.admin_site.admin_view(self.preview_view), name="reminders_messagetext_preview")
        return [preview, *super().get_urls()]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The words typed into the form, on a sample visit, before they are used."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        existing = self.get_queryset(request).filter(pk=request.POST.get("text") or None).first()
        form = self.get_form(request, existing)(request.POST or None, instance=existing)
        typed: MessageText | None = form.instance if request.method == "POST" and form.is_valid() else None
        units = Unit.objects.filter(is_active=True).order_by("pk")
        if not is_installer(request):
            units = units.filter(pk__in=actor_in(request).units_for(Act.SET_UP_MESSAGES))
        unit = (typed.unit if typed else None) or units.first()
        subject, body = (
            preview_of(unit, typed.purpose, typed.language, typed.subject, typed.body) if typed and unit else ("", "")
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview"),
            "form": form,
            "is_usable": typed is not None,
            "unit": unit,
            "subject": subject,
            "body": body,
        }
        return TemplateResponse(request, "admin/reminders/messagetext/preview.html", context)


@admin.register(Message)
class MessageAdmin(LookOnlyAdmin):
    """What was sent, to whom, when, and why not. Nothing is changed here: messages follow the visit."""

    unit_lookup = "patient__unit_id"
    list_display = ["due_at", "purpose", "recipient_name", "state", "why", "sent_at", "attempts"]
    list_filter = ["state", "purpose", "channel"]
    search_fields = ["recipient_name", "address", "uid"]
    date_hierarchy = "due_at"
    list_select_related = ["patient"]
    fieldsets = [
        (None, {"fields": ["purpose", "state", "why", "recipient_name", "address", "channel", "language"]}),
        (_("When"), {"fields": ["created_at", "due_at", "sent_at", "attempts", "lease_until", "is_possibly_out"]}),
        (_("What it says"), {"fields": ["subject", "body_text", "is_large_print", "text"]}),
        (_("Calendar"), {"fields": ["uid", "ical_sequence", "dtstamp", "mime_message_id", "dated_at"]}),
    ]
