"""What comes in is read by the worker for all else, so that a slow mailbox keeps nobody from being told."""

from django.db import migrations

INCOMING = ("reminders.poll_mailbox", "reminders.poll_texts", "reminders.forget_mail")


def move(apps, queue):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(task__in=INCOMING).update(queue=queue)


def to_housekeeping(apps, schema_editor):
    move(apps, "housekeeping")


def to_mail(apps, schema_editor):
    move(apps, "mail")


class Migration(migrations.Migration):
    dependencies = [
        ("django_celery_beat", "0019_alter_periodictasks_options"),
        ("reminders", "0006_incoming_mail"),
    ]

    operations = [migrations.RunPython(to_housekeeping, to_mail)]
