from django.apps import AppConfig


class ClinicConfig(AppConfig):
    name = "clinic"
    verbose_name = "Clinic"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from clinic import checks, logs  # noqa: F401  registers the system checks
        from clinic.privileges import grant_app_role

        logs.configure()
        post_migrate.connect(grant_app_role, dispatch_uid="clinic.privileges")
