"""The admin of message texts, and of messages to look at."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from patients.admin import patient_link
from reminders.forms import MessageTextForm
from reminders.models import Message, MessageText
from reminders.selectors import ChosenText
from reminders.services import publish_text
from reminders.services.previews import preview, preview_html, preview_letter
from reminders.services.texts import difference, version_before
from units.actors import Actor
from units.admin_base import LookOnlyAdmin, ScopedAdmin, actor_in, is_installer
from units.admin_filters import AsWritten
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
    object_history_template = "admin/reminders/messagetext/history.html"
    list_display = ["purpose", "variant", "language", "unit", "version", "subject", "is_said"]
    list_filter = ["purpose", "variant", ("language", AsWritten), "unit", "is_active"]
    list_select_related = ["unit"]
    search_fields = ["subject", "body"]
    search_help_text = _("Words of the subject or of the text.")
    readonly_fields = ["version", "sample"]
    fieldsets = [
        (None, {"fields": ["unit", "purpose", "variant", "language", "version", "is_active"]}),
        (_("Words"), {"fields": ["subject", "body"]}),
        (_("As a patient reads it"), {"fields": ["sample"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["unit", "purpose", "variant", "language", *self.readonly_fields] if obj else list(self.readonly_fields)

    def belongs(self, actor: Actor, act: Act, obj: MessageText) -> bool:
        """A text for all units is anybody's to read; its state concerns every unit, so changing it needs all."""
        if obj.unit_id is not None or act != Act.SET_UP_MESSAGES:
            return super().belongs(actor, act, obj)
        units = Unit.objects.filter(is_active=True).values_list("pk", flat=True)
        return all(actor.may(act, unit_id) for unit_id in units)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, None if obj is not None and obj.unit_id is None else obj)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With `outdone`: whether a later version is in use in its place."""
        later = MessageText.objects.filter(
            **{name: OuterRef(name) for name in ("purpose", "variant", "language")},
            is_active=True,
            version__gt=OuterRef("version"),
        )
        own = later.annotate(whose=Coalesce("unit_id", 0)).filter(whose=Coalesce(OuterRef("unit_id"), 0))
        return super().get_queryset(request).annotate(outdone=Exists(own))

    @admin.display(description=_("in use"), boolean=True)
    def is_said(self, text: MessageText) -> bool:
        return text.is_active and not getattr(text, "outdone", False)

    @admin.display(description=_("a sample visit"))
    def sample(self, text: MessageText) -> str:
        unit = text.unit or Unit.objects.filter(is_active=True).order_by("pk").first()
        if unit is None or not text.purpose:
            return "—"
        shown = preview(unit, text.purpose, _words_of(text), text.variant)
        lines = format_html_join("", "{}<br>", ((line,) for line in shown.body.split("\n")))
        return format_html("<strong>{}</strong><br><br>{}", shown.subject, lines)

    def save_model(self, request: HttpRequest, obj: MessageText, form: Any, change: bool) -> None:
        if change and not {"subject", "body"} & set(form.changed_data):
            super().save_model(request, obj, form, change)
            return
        published = publish_text(
            actor_in(request),
            unit=obj.unit,
            purpose=obj.purpose,
            variant=obj.variant,
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
        """The words typed into the form, on a sample visit, before they are used: as text, mail page, or letter."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        existing = self.get_queryset(request).filter(pk=request.POST.get("text") or None).first()
        form = self.get_form(request, existing)(request.POST or None, instance=existing)
        typed: MessageText | None = form.instance if request.method == "POST" and form.is_valid() else None
        units = Unit.objects.filter(is_active=True).order_by("pk")
        if not is_installer(request):
            units = units.filter(pk__in=actor_in(request).units_for(Act.SET_UP_MESSAGES))
        unit = (typed.unit if typed else None) or units.first()
        wanted = request.POST.get("as", "")
        if typed and unit and wanted in {"html", "letter"}:
            return _shown_as(wanted, unit, typed, is_large_print="is_large_print" in request.POST)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Preview"),
            "form": form,
            "is_usable": typed is not None,
            "unit": unit,
            "shown": preview(unit, typed.purpose, _words_of(typed), typed.variant) if typed and unit else None,
            "posted": [pair for pair in request.POST.items() if pair[0] not in {"csrfmiddlewaretoken", "as"}],
        }
        return TemplateResponse(request, "admin/reminders/messagetext/preview.html", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who did what, and below it what this version says otherwise than the one before."""
        text = self.get_object(request, unquote(object_id))
        before = version_before(text) if text is not None else None
        more = {"before": before, "difference": difference(before, text) if before and text else []}
        return super().history_view(request, object_id, {**(extra_context or {}), **more})


def _words_of(text: MessageText) -> ChosenText:
    return ChosenText(None, text.language, text.version or 0, text.subject, text.body)


def _shown_as(wanted: str, unit: Unit, typed: MessageText, *, is_large_print: bool) -> HttpResponse:
    if wanted == "letter":
        raw = preview_letter(unit, typed.purpose, _words_of(typed), is_large_print=is_large_print)
        return HttpResponse(raw, content_type="application/pdf")
    page = HttpResponse(preview_html(unit, typed.purpose, _words_of(typed), is_large_print=is_large_print))
    # A mail carries its styles inline; nothing else of it may run or load.
    page._csp_replace = {"default-src": [NONE], "style-src": ["'unsafe-inline'"], "sandbox": [True]}  # type: ignore[attr-defined]
    return page


@admin.register(Message)
class MessageAdmin(LookOnlyAdmin):
    """What was sent, to whom, when, and why not. Nothing is changed here: messages follow the visit."""

    unit_lookup = "patient__unit_id"
    list_display = ["due_at", "purpose", "patient", "recipient_name", "channel", "state", "why", "sent_at"]
    list_filter = ["state", "purpose", "channel"]
    search_fields = ["recipient_name", "address", "patient__family_name", "patient__hospital_number", "=uid"]
    search_help_text = _("Who gets it, their address, the patient's surname or hospital number, or the invite's UID.")
    date_hierarchy = "due_at"
    ordering = ["-due_at", "-pk"]
    list_select_related = ["patient"]
    fieldsets = [
        (None, {"fields": ["purpose", "state", "why", "recipient_name", "address", "channel", "language"]}),
        (_("When"), {"fields": ["created_at", "due_at", "sent_at", "attempts", "lease_until", "is_possibly_out"]}),
        (_("What it says"), {"fields": ["subject", "body_text", "is_large_print", "text"]}),
        (_("Calendar"), {"fields": ["uid", "ical_sequence", "dtstamp", "mime_message_id", "dated_at"]}),
    ]

    def desk_links(self, request: HttpRequest, record: Message) -> list[tuple[Any, str]]:
        message = (_("Open the message"), reverse("desk:message", args=[record.public_id]))
        return [message, *patient_link(record.patient)]
