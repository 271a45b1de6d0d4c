"""Seed the work of beat, so that an administrator sees it among the periodic work and can set its interval.

What comes in is read by the worker for all else, so that a slow mailbox keeps nobody from being told.
"""

from django.db import migrations

WORK = (
    {
        "name": "Messages: send what is due",
        "task": "reminders.sweep",
        "every": (10, "seconds"),
        "queue": "mail",
        # One that waited for longer is pointless: the next is already there.
        "expire_seconds": 10,
        "description": "Writes the messages of booked, moved and cancelled visits and sends what is due. "
        "Bookings also wake a worker at once; this finds what was missed while Redis or the workers were down.",
    },
    {
        "name": "Text messages: ask the provider",
        "task": "reminders.poll_texts",
        "every": (5, "minutes"),
        "queue": "housekeeping",
        "expire_seconds": 300,
        "description": "Takes up STOP, START and other answers, and what became of the text messages sent lately.",
    },
    {
        "name": "Mailbox: answers, and mail that came back",
        "task": "reminders.poll_mailbox",
        "every": (1, "minutes"),
        "queue": "housekeeping",
        "expire_seconds": 60,
        "description": "Reads the mailbox of INBOUND_IMAP_URL: answers of calendars go on record, mail that came back "
        "marks its address, what somebody wrote is on the worklist. Does nothing where no mailbox is set.",
    },
    {
        "name": "Mailbox: forget old mail",
        "task": "reminders.forget_mail",
        "every": (1, "days"),
        "queue": "housekeeping",
        "expire_seconds": 86400,
        "description": "Deletes mail that was dealt with more than INBOUND_KEEP_DAYS ago from the mailbox, and what was "
        "kept of its words.",
    },
)


def seed(apps, schema_editor):
    intervals = apps.get_model("django_celery_beat", "IntervalSchedule")
    tasks = apps.get_model("django_celery_beat", "PeriodicTask")
    for work in WORK:
        every, period = work["every"]
        interval, _ = intervals.objects.get_or_create(every=every, period=period)
        more = {name: value for name, value in work.items() if name not in {"name", "every"}}
        tasks.objects.get_or_create(name=work["name"], defaults={"interval": interval, **more})


def unseed(apps, schema_editor):
    names = [work["name"] for work in WORK]
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0002_shipped_texts"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
