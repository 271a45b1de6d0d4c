"""What patients are found by: keys that a trigger keeps beside every name."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from units.models import Unit

# The keys that `patients.rules.name_keys` tells of, in SQL: bulk imports and plain SQL write names too.
#
# A spelling that is new is added to patients_namespelling without a lock. Two patients with the same new name at the
# same time write it twice, which does no harm; waiting for each other over many names would end in deadlocks.
#
# Split to arrays, of which the planner expects ten elements: of a set it expects a thousand rows, of two in turn a
# million, and makes room for them each time.
WRITE_NAME_KEYS = r"""
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM patients_namekey WHERE patient_id = NEW.id;
    END IF;
    WITH folded AS (
        SELECT part, replace(replace(replace(replace(
            translate(lower(regexp_replace(normalize(name, NFD), '[\u0300-\u036f]', '', 'g')), 'łøđħı', 'lodhi'),
            'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th') AS name
        FROM (VALUES ('family', NEW.family_name), ('given', NEW.given_name)) AS names (part, name)
    ), tokens AS (
        SELECT unnest(regexp_split_to_array(name, '\s+')) AS token FROM folded
    ), words AS (
        SELECT word FROM (
            SELECT unnest(regexp_split_to_array(token, '[^[:alnum:]]+')) AS word FROM tokens
            UNION
            SELECT regexp_replace(token, '[^[:alnum:]]+', '', 'g') FROM tokens
            UNION
            SELECT regexp_replace(name, '[^[:alnum:]]+', '', 'g') FROM folded
        ) AS found WHERE word <> ''
    ), named AS (
        SELECT
            max(regexp_replace(name, '[^[:alnum:]]+', '', 'g')) FILTER (WHERE part = 'family') AS family,
            max(regexp_replace(split_part(regexp_replace(btrim(name, E' \t\n'), '\s+', ' ', 'g'), ' ', 1),
                '[^[:alnum:]]+', '', 'g')) FILTER (WHERE part = 'given') AS given
        FROM folded
    ), sounds AS (
        SELECT word, CASE WHEN word ~ '^[a-z]+$' THEN
            rpad(left(left(digits, 1) || replace(substr(digits, 2), '0', ''), 4), 4, '0')
            ELSE word END AS sound
        FROM (
            SELECT word, regexp_replace(translate(
                left(word, 1) || translate(substr(word, 2), 'hw', ''),
                'aeiouyhwbfpvcgjkqsxzdtlmnr', '00000000111122222222334556'
            ), '(.)\1+', '\1', 'g') AS digits
            FROM (SELECT word FROM words UNION SELECT family FROM named UNION SELECT given FROM named) AS every
        ) AS coded
    ), spelled AS (
        INSERT INTO patients_namespelling (word, slip, sound)
        SELECT word, slip, sound
        FROM sounds CROSS JOIN LATERAL (
            SELECT word AS slip
            UNION
            SELECT overlay(word PLACING '' FROM n FOR 1)
            FROM generate_series(1, length(word)) AS n WHERE length(word) >= 3
        ) AS slips
        -- OFFSET 0: asked word by word, by the index. A join planned while the table was small reads all of it.
        WHERE word <> '' AND NOT EXISTS (
            SELECT FROM patients_namespelling AS known WHERE known.word = sounds.word OFFSET 0
        )
    ), keys AS (
        SELECT 'word' AS kind, word AS key FROM words
        UNION ALL
        SELECT 'born', family || ' ' || to_char(NEW.birth_date, 'YYYY-MM-DD') FROM named
        UNION ALL
        SELECT 'alike', family_sounds.sound || ' ' || given_sounds.sound
        FROM named
        JOIN sounds AS family_sounds ON family_sounds.word = named.family
        JOIN sounds AS given_sounds ON given_sounds.word = named.given
    )
    INSERT INTO patients_namekey (patient_id, unit_id, kind, key, family_name, given_name, birth_date, searched)
    SELECT NEW.id, NEW.unit_id, kind, key, NEW.family_name, NEW.given_name, NEW.birth_date,
        ' ' || coalesce((SELECT string_agg(word, ' ' ORDER BY word COLLATE "C") FROM words), '')
        || ' =' || to_char(NEW.birth_date, 'YYYY-MM-DD') || ' +' || coalesce(NEW.nhs_number, '')
        || ' #' || upper(NEW.hospital_number)
    FROM keys;
    RETURN NULL;
"""


class NameKey(models.Model):
    """What a patient is found by; written by a trigger, checked and written again by `manage.py name_keys`."""

    class Kind(models.TextChoices):
        WORD = "word", _("Part of the name, found by its beginning")
        ALIKE = "alike", _("How the whole name sounds")
        BORN = "born", _("Surname and date of birth")

    patient = models.ForeignKey("patients.Patient", on_delete=models.CASCADE, related_name="name_keys")
    kind = models.CharField(max_length=5, choices=Kind.choices, default=Kind.WORD)
    key = models.CharField(max_length=340)
    # As the patient has them: of a thousand who bear a name, none has to be looked up to tell who comes first.
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+", db_index=False)
    family_name = models.CharField(max_length=80)
    given_name = models.CharField(max_length=80)
    birth_date = models.DateField()
    # And all else that may have been typed with the name (`patients.rules.searched`).
    searched = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "kind", "key"], name="name_key_once")]
        indexes = [
            models.Index(F("kind"), OpClass("key", "varchar_pattern_ops"), F("unit"), name="name_key_by_beginning")
        ]

    def __str__(self) -> str:
        return self.key


class NameSpelling(models.Model):
    """A word that somebody's name has, or had: where names spelled nearly as it was typed are looked for.

    A row for the word itself (`slip` is the word), and one for what is left of it without each of its letters. As many
    as there are different names, not patients. A word may stand here twice (see `WRITE_NAME_KEYS`).
    """

    word = models.CharField(max_length=170)
    slip = models.CharField(max_length=170)
    sound = models.CharField(max_length=170)

    class Meta:
        indexes = [
            models.Index(fields=["word"], name="name_spelling_by_word"),
            # Rows and not an array: of an array the planner reads the whole table rather than the GIN index.
            models.Index(fields=["slip"], name="name_spelling_by_slip"),
            models.Index(
                OpClass("sound", "varchar_pattern_ops"), condition=Q(slip=F("word")), name="name_spelling_by_sound"
            ),
        ]

    def __str__(self) -> str:
        return self.word
