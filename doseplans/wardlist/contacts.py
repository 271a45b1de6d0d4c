"""How to reach a patient, and who looks after them. Bad details are asked about: the person is still a patient."""

from dataclasses import replace

from doseplans.wardlist.carers import read_carer
from doseplans.wardlist.cells import folded, is_formula
from doseplans.wardlist.columns import Meaning
from doseplans.wardlist.emails import read_email, read_emails
from doseplans.wardlist.names import oddity
from doseplans.wardlist.rows import Contact, ListedCarer
from doseplans.wardlist.sheet_row import SheetRow
from doseplans.wardlist.telephones import read_telephone

LONGEST_CARER_NAME = 120
LONGEST_RELATIONSHIP = 60

CHANNELS = {
    "email": "email", "mail": "email", "emails": "email", "byemail": "email",
    "text": "text", "sms": "text", "texts": "text", "textmessage": "text", "txt": "text", "bytext": "text",
    "letter": "letter", "post": "letter", "byletter": "letter", "letters": "letter", "bypost": "letter",
    "phone": "phone", "telephone": "phone", "call": "phone", "ring": "phone", "tel": "phone", "phonecall": "phone",
    "byphone": "phone", "mobile": "phone", "landline": "phone",
}  # fmt: skip


def read_contact(row: SheetRow, *, language: str) -> Contact:
    """The patient's own contact details, how they want to be told, and the carer."""
    phone = _telephone(row, Meaning.PHONE)
    email = _email(row, Meaning.EMAIL)
    channel = _channel(row, email=email, phone=phone)
    carer = _carer(row)
    _tell_unreachable(row, phone=phone, email=email, channel=channel, carer=carer)
    is_said = bool(row.value(Meaning.CHANNEL))
    return Contact(phone, email, channel, is_said, language, carer)


def _telephone(row: SheetRow, meaning: Meaning) -> str:
    text = row.value(meaning)
    if not text:
        return ""
    read = read_telephone(text)
    if read is None:
        row.ask(
            meaning,
            "telephone-wrong",
            "This is not a telephone number that can be rung.",
            "Correct it; say yes to import the patient without it and keep the words in the comments.",
        )
        row.keep_in_comments(meaning, text)
        return ""
    if read.rest:
        row.note(
            meaning,
            "telephone-with-words",
            f"More than one number stands here: {read.number} is used.",
            "Nothing: the whole text is kept in the comments.",
        )
        row.keep_in_comments(meaning, text)
    return read.number


def _email(row: SheetRow, meaning: Meaning) -> str:
    text = row.value(meaning)
    if not text:
        return ""
    addresses = [] if is_formula(text) else read_emails(text)
    if not addresses:
        row.ask(
            meaning,
            "email-wrong",
            "This is not an e-mail address: nothing would arrive.",
            "Correct it; say yes to import the patient without it and keep the words in the comments.",
        )
        row.keep_in_comments(meaning, text)
        return ""
    if read_email(text) is None:
        row.ask(
            meaning,
            "email-several",
            f"More than one address stands here: {addresses[0]} would be used.",
            "Say yes if that is right, the text is kept in the comments; else leave only the address that is meant.",
        )
        row.keep_in_comments(meaning, text)
    return addresses[0]


def _channel(row: SheetRow, *, email: str, phone: str) -> str:
    text = row.value(Meaning.CHANNEL)
    channel = CHANNELS.get(folded(text))
    if channel:
        return channel
    fallback = "email" if email else "phone" if phone else "letter"
    if text:
        row.ask(
            Meaning.CHANNEL,
            "channel-unknown",
            "This is not a way of contact the unit uses.",
            f"Write email, text, letter or phone; say yes to use {fallback}.",
        )
    else:
        row.note(
            Meaning.CHANNEL,
            "channel-missing",
            f"It is not said how the patient wants to be told: {fallback} is used.",
            "Ask the patient at the next contact.",
        )
    return fallback


def _carer(row: SheetRow) -> ListedCarer | None:
    text = row.words(Meaning.CARER, most=LONGEST_CARER_NAME + LONGEST_RELATIONSHIP)
    phone = _telephone(row, Meaning.CARER_PHONE)
    email = _email(row, Meaning.CARER_EMAIL)
    relationship = row.words(Meaning.CARER_RELATIONSHIP, most=LONGEST_RELATIONSHIP)
    if not text:
        if not (phone or email):
            return None
        row.note(
            Meaning.CARER,
            "carer-unnamed",
            "There is a way to reach a carer, but no name.",
            "Nothing: they are kept as “Carer”. Ask for the name at the next contact.",
        )
        return ListedCarer("Carer", relationship, phone, email)
    carer = read_carer(text)
    if oddity(carer.name) and not is_formula(text):
        row.ask(
            Meaning.CARER,
            "odd-name",
            f"This does not look like a carer's name. {oddity(carer.name)}",
            "Correct it; say yes to keep it exactly as typed, as plain text.",
        )
    return replace(
        carer,
        name=carer.name[:LONGEST_CARER_NAME],
        relationship=(relationship or carer.relationship)[:LONGEST_RELATIONSHIP],
        phone=phone,
        email=email,
    )


def _tell_unreachable(row: SheetRow, *, phone: str, email: str, channel: str, carer: ListedCarer | None) -> None:
    lacking = {"email": not email, "text": not phone, "phone": not phone}.get(channel, False)
    if not lacking:
        return
    through = " The carer can be reached; the patient must agree before invites go to them." if carer else ""
    row.note(
        Meaning.CHANNEL,
        "channel-without-address",
        f"The patient wants to be told by {channel}, but the list gives no way to.{through}",
        "Ask for it at the next contact; until then it is done by hand.",
    )
