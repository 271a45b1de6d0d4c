"""The admin as this project runs it; named in INSTALLED_APPS in place of `django.contrib.admin`."""

from django.contrib.admin.apps import AdminConfig


class ClinicAdminConfig(AdminConfig):
    default_site = "clinic.admin_site.ClinicAdminSite"

    def ready(self) -> None:
        super().ready()
        # These modules need the apps' models.
        from django.contrib import admin
        from django.contrib.admin.templatetags import admin_list
        from django_celery_beat.models import PeriodicTask

        from clinic.admin_periodic import PeriodicWorkAdmin
        from clinic.admin_site import yes_or_no

        admin.site.unregister(PeriodicTask)
        admin.site.register(PeriodicTask, PeriodicWorkAdmin)

        # The admin asks this one function for every truth it shows, in lists and on pages, and offers no other way.
        admin_list._boolean_icon = yes_or_no  # type: ignore[attr-defined]
