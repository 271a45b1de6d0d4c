"""Words that somebody was sent never change: kept by the database, whoever writes.

Only whether they are in use may change. The refusal carries the name `message_text_used_is_fixed`, as a constraint's
would. Nothing can slip in between the look and the change: a message that begins to point at the text needs a share of
its row, which the change holds.
"""

import pgtrigger

REFUSAL = "message_text_used_is_fixed"


def used_words_are_fixed() -> pgtrigger.Trigger:
    """On a message text: once a message was made of it, it stays as it is."""
    return pgtrigger.Trigger(
        name=REFUSAL,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'is_active' = to_jsonb(OLD) - 'is_active' THEN
                RETURN NEW;
            END IF;
            IF EXISTS (SELECT FROM reminders_message WHERE text_id = OLD.id) THEN
                RAISE EXCEPTION 'Words that somebody was sent never change. Publish a new version.'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{REFUSAL}';
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,
    )
