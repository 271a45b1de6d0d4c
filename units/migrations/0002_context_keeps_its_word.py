"""Who acted and why (`pghistory_context`) can be completed while a request runs and never afterwards.

pghistory updates its own context row as a request goes on, so UPDATE cannot be refused outright; an hour is longer
than any request or import.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION units_context_is_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'who acted and why is append-only';
END $$;
CREATE TRIGGER context_is_settled BEFORE UPDATE ON pghistory_context
    FOR EACH ROW WHEN (OLD.created_at < now() - interval '1 hour')
    EXECUTE FUNCTION units_context_is_settled();
CREATE TRIGGER context_is_kept BEFORE DELETE ON pghistory_context
    FOR EACH ROW EXECUTE FUNCTION units_context_is_settled();
"""
DROP = """
DROP TRIGGER context_is_settled ON pghistory_context;
DROP TRIGGER context_is_kept ON pghistory_context;
DROP FUNCTION units_context_is_settled();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("units", "0001_initial"),
    ]

    operations = [migrations.RunSQL(CREATE, DROP)]
