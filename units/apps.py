from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "units"
    verbose_name = "Units and staff"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from units import checks  # noqa: F401  registers the system checks
        from units.sign_in import begin_on_sign_in

        user_logged_in.connect(begin_on_sign_in, dispatch_uid="units.sign_in")
