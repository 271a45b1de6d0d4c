"""Text messages by GOV.UK Notify. Its client is an optional extra: pip install 'infusion-clinic[sms]'.

The template at Notify is one variable and nothing else, `((words))`: what is sent is written and checked here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reminders.channels import Received, Report
from reminders.channels.providers import Setting
from reminders.transport import NotDelivered

# Final states of a notification; the others mean that it is still on its way.
DELIVERED = frozenset({"delivered"})
FAILED = {
    "permanent-failure": "The number does not exist.",
    "temporary-failure": "The telephone could not be reached for three days.",
    "technical-failure": "The provider could not send it.",
}
TOO_MANY = 429


class NotifyProvider:
    """One client a process, with its connection kept."""

    def __init__(self, setting: Setting) -> None:
        from notifications_python_client.notifications import NotificationsAPIClient

        self._client: Any = NotificationsAPIClient(setting.key, base_url=setting.address, timeout=10)
        self._template = setting.template

    def send(self, number: str, words: str, reference: str) -> str:
        from notifications_python_client.errors import HTTPError

        try:
            answer = self._client.send_sms_notification(
                phone_number=number,
                template_id=self._template,
                personalisation={"words": words},
                reference=reference,
            )
        except HTTPError as error:
            raise _refused(error.status_code) from error
        except OSError as error:  # every fault of the connection; whether it took the message nobody knows
            raise NotDelivered("The connection to the provider of texts broke off.", is_certain=False) from error
        return str(answer["id"])

    def reports(self, provider_ids: Iterable[str]) -> list[Report]:
        found = []
        for provider_id in provider_ids:
            status = str(self._ask(lambda key=provider_id: self._client.get_notification_by_id(key)).get("status", ""))
            if status in DELIVERED:
                found.append(Report(provider_id, is_delivered=True))
            elif status in FAILED:
                found.append(Report(provider_id, is_delivered=False, words=FAILED[status]))
        return found

    def received(self) -> list[Received]:
        texts = self._ask(self._client.get_received_texts).get("received_text_messages", [])
        return [Received(str(text["id"]), str(text["user_number"]), str(text["content"])) for text in texts]

    @staticmethod
    def _ask(question: Any) -> dict[str, Any]:
        """The answer, or nothing where there is none now: it is asked again."""
        from notifications_python_client.errors import HTTPError

        try:
            return dict(question())
        except (HTTPError, OSError):
            return {}


def _refused(status: int) -> NotDelivered:
    """A 400 is about this message; 401, 403 and 429 about us, and then nobody's goes; 5xx passes."""
    words = f"The provider of texts refused the message ({status})."
    if status in {401, 403, TOO_MANY}:
        return NotDelivered(words, is_line_down=True)
    return NotDelivered(words, is_for_good=400 <= status < 500, is_certain=status < 500)
