from django.apps import AppConfig


class RemindersConfig(AppConfig):
    name = "reminders"
    verbose_name = "Messages"

    def ready(self) -> None:
        """A unit's texts are held against what no message may say."""
        from units.forms import refuse_words

        def rule(text: str, address: str) -> list[str]:
            from reminders.services.texts import indiscreet_in_unit

            return indiscreet_in_unit(text, address=address)

        refuse_words(rule)
