"""The admin as this project runs it; named in INSTALLED_APPS in place of `django.contrib.admin`."""

from django.contrib.admin.apps import AdminConfig


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.admin_site.ClinicAdminSite"

    def ready(self) -> None:
        super().ready()
        # These modules need the apps' models.
        from django.contrib import admin
        from django.contrib.admin.templatetags import admin_list
        from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

        from clinic.admin_periodic import IntervalAdmin, PeriodicWorkAdmin, TimeAdmin
        from clinic.admin_site import yes_or_no

        in_words = ((PeriodicTask, PeriodicWorkAdmin), (IntervalSchedule, IntervalAdmin), (CrontabSchedule, TimeAdmin))
        for model, pages in in_words:
            admin.site.unregister(model)
            admin.site.register(model, pages)

        # The admin asks this one function for every truth it shows, in lists and on pages, and offers no other way.
        admin_list._boolean_icon = yes_or_no  # type: ignore[attr-defined]
