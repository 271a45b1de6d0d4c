"""Seed the work of beat, so that an administrator sees it among the periodic work and can set its interval."""

from django.db import migrations

WORK = (
    {
        "name": "Ward lists: erase those nobody decided about",
        "task": "doseplans.forget_ward_lists",
        "every": (1, "hours"),
        "expire_seconds": 3600,
        "description": "Files uploaded for import hold patients' details; what nobody imports or discards goes.",
    },
    {
        "name": "Ward lists: imports that nobody finished",
        "task": "doseplans.import_sweep",
        "every": (10, "seconds"),
        "queue": "planning",
        "expire_seconds": 10,
        "description": "Long lists that no nudge brought to a worker are imported, and imports whose worker died "
        "are ended: nothing of them is saved.",
    },
)
DAILY = {
    "name": "Worklist: yearly returns to the registry",
    "task": "doseplans.open_registry_returns",
    "description": "Opens an item for each plan whose last return, or first dose, is a year ago.",
}


def seed(apps, schema_editor):
    intervals = apps.get_model("django_celery_beat", "IntervalSchedule")
    tasks = apps.get_model("django_celery_beat", "PeriodicTask")
    for work in WORK:
        every, period = work["every"]
        interval, _ = intervals.objects.get_or_create(every=every, period=period)
        more = {name: value for name, value in work.items() if name not in {"name", "every"}}
        tasks.objects.get_or_create(name=work["name"], defaults={"interval": interval, **more})
    daily, _ = apps.get_model("django_celery_beat", "CrontabSchedule").objects.get_or_create(
        minute="20", hour="5", day_of_week="*", day_of_month="*", month_of_year="*", timezone="UTC"
    )
    tasks.objects.get_or_create(name=DAILY["name"], defaults={"crontab": daily, **DAILY})


def unseed(apps, schema_editor):
    names = [work["name"] for work in (*WORK, DAILY)]
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(name__in=names).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("doseplans", "0002_ship_tofersen"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(seed, unseed)]
