from django.apps import AppConfig


class DoseplansConfig(AppConfig):
    name = "doseplans"
    verbose_name = "Dose plans"
