"""Imports that a worker carries out, and the look for those that nobody took up or finished."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


NAME = "Ward lists: imports that nobody finished"


def seed(apps, schema_editor):
    interval = apps.get_model("django_celery_beat", "IntervalSchedule")
    task = apps.get_model("django_celery_beat", "PeriodicTask")
    every, _ = interval.objects.get_or_create(every=10, period="seconds")
    task.objects.get_or_create(
        name=NAME,
        defaults={
            "task": "doseplans.import_sweep",
            "interval": every,
            "queue": "planning",
            "expire_seconds": 10,
            "description": "Long lists that no nudge brought to a worker are imported, and imports whose worker died "
            "are ended: nothing of them is saved.",
        },
    )


def unseed(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("doseplans", "0005_registry_returns"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("stage", models.CharField(blank=True, max_length=60, verbose_name="stage")),
                ("percent", models.PositiveSmallIntegerField(default=0, verbose_name="part done")),
                ("queued_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("claim", models.UUIDField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("asked_by_name", models.CharField(max_length=120)),
                ("outcome", models.CharField(blank=True, max_length=300, verbose_name="outcome")),
                ("accepted", models.JSONField(blank=True, default=list)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="doseplans.wardlistupload"
                    ),
                ),
            ],
            options={
                "verbose_name": "import of a ward list",
                "verbose_name_plural": "imports of ward lists",
                "ordering": ["-queued_at", "-pk"],
                "indexes": [
                    models.Index(
                        models.F("queued_at"),
                        condition=models.Q(("state__in", ["queued", "running"])),
                        name="import_run_live",
                    ),
                    models.Index(
                        models.F("upload"),
                        models.OrderBy(models.F("queued_at"), descending=True),
                        name="import_run_by_upload",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=("upload",),
                        name="import_run_one_live_a_list",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state__in", ["queued", "running"])),
                            models.Q(("ended_at__isnull", False), ("state__in", ["done", "cancelled", "failed"])),
                            _connector="OR",
                        ),
                        name="import_run_ended_has_instant",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            models.Q(
                                ("claim__isnull", False), ("lease_until__isnull", False), ("started_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="import_run_running_has_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("percent__lte", 100)), name="import_run_percent_possible"
                    ),
                ],
            },
        ),
        migrations.RunPython(seed, unseed),
    ]
