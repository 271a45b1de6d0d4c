"""A table of medicines against clotting that was put in use never changes: kept by the database, whoever writes.

Only its state may go on, from in use to retired, because that says whether it counts, not what it says. The refusal
carries the name `antithrombotic_used_is_fixed`, as a constraint's would. A change of a row waits for a table that is
just being put in use before it looks, so that neither can pass the other by.
"""

import pgtrigger

REFUSAL = "antithrombotic_used_is_fixed"

_RAISE = f"""
    RAISE EXCEPTION 'A table of medicines against clotting that was put in use never changes. Make a new version.'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{REFUSAL}';
"""


def used_table_is_fixed() -> pgtrigger.Trigger:
    """On the table's own row: what it says stands, and it never becomes a draft again."""
    return pgtrigger.Trigger(
        name=REFUSAL,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF OLD.status = 'draft' THEN
                IF TG_OP = 'DELETE' THEN
                    RETURN OLD;
                END IF;
                RETURN NEW;
            END IF;
            IF TG_OP = 'UPDATE' AND NEW.status <> 'draft'
                AND to_jsonb(NEW) - 'status' = to_jsonb(OLD) - 'status' THEN
                RETURN NEW;
            END IF;
            {_RAISE}
        """,
    )


def row_of_used_table_is_fixed() -> pgtrigger.Trigger:
    """On the rows of a table: none is added, changed, moved elsewhere or taken away."""
    return pgtrigger.Trigger(
        name="antithrombotic_row_is_fixed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("affected", "bigint[]")],
        func=f"""
            affected := CASE TG_OP
                WHEN 'INSERT' THEN ARRAY[NEW.table_id]
                WHEN 'DELETE' THEN ARRAY[OLD.table_id]
                ELSE ARRAY[OLD.table_id, NEW.table_id]
            END;
            PERFORM FROM patients_antithrombotictable WHERE id = ANY(affected) ORDER BY id FOR SHARE;
            IF EXISTS (
                SELECT FROM patients_antithrombotictable WHERE id = ANY(affected) AND status <> 'draft'
            ) THEN
                {_RAISE}
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,
    )
