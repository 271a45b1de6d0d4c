"""What the environment says, read once and typed. No Django here: the supervisor and the settings both ask it."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
# Written by `make run` for commands a person starts beside it; only its owner may read it.
CONNECTION_FILE = "services.json"
START_IT = "The clinic's database does not answer. Start the clinic with make run, then run this command again."

MINIMUM_SECRET = 50
DATABASE_OPTIONS = frozenset(
    {
        "options",
        "sslmode",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "channel_binding",
        "target_session_attrs",
        "application_name",
        "connect_timeout",
    }
)
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?")
SMS_PROVIDERS = frozenset({"console", "database", "notify", "notify+http"})
MAILBOX_SCHEMES = {"imap": 143, "imap+tls": 143, "imaps": 993}
MAIL_SCHEMES = {"smtp": 25, "smtp+tls": 587, "smtps": 465, "smtp+ssl": 465}


class BadEnvironment(SystemExit):
    """The process must not start like this; `problems` are sentences, one for each wrong or missing value.

    A SystemExit, because whatever was started (web, worker, command) ends with these sentences and no traceback.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("The clinic cannot start:\n" + "\n".join(f"- {problem}" for problem in problems))


@dataclass(frozen=True)
class DatabaseUrl:
    """Where PostgreSQL is, and as whom to connect."""

    name: str
    user: str
    password: str = field(repr=False)
    host: str
    port: int
    options: Mapping[str, str]


@dataclass(frozen=True)
class EmailUrl:
    """The SMTP server that takes our mail."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = False
    use_ssl: bool = False


@dataclass(frozen=True)
class SmsUrl:
    """Who takes our text messages: "" for nobody, the console, a table of the database, or GOV.UK Notify."""

    provider: str = ""
    address: str = ""
    key: str = field(default="", repr=False)
    template: str = ""


@dataclass(frozen=True)
class MailboxUrl:
    """The IMAP mailbox that takes what patients answer, and mail of ours that came back."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    use_tls: bool = False
    use_ssl: bool = False


@dataclass(frozen=True)
class Environment:
    """All that is configured from outside."""

    env: str
    is_production: bool
    secret_key: str = field(repr=False)
    database: DatabaseUrl
    redis_url: str = field(repr=False)
    email: EmailUrl
    sms: SmsUrl
    mailbox: MailboxUrl | None
    mailbox_authserv_id: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    from_email: str
    app_role: str
    data_dir: Path
    downtime_dir: Path
    patient_languages: tuple[str, ...]
    letter_fonts: str
    has_demo: bool  # whether `make run` puts the demo unit into an empty database
    is_web: bool  # a web process, which never waits for the broker


def read(variables: Mapping[str, str]) -> Environment:
    """The environment as the clinic understands it. Empty counts as unset.

    In development what is unset comes from the running `make run` of this clone, else from values with which
    commands that need no service (check, makemigrations) work.

    Raises: BadEnvironment with every problem at once.
    """
    given = {name: value.strip() for name, value in variables.items() if value.strip()}
    problems: list[str] = []
    env = given.get("CLINIC_ENV", "development")
    if env not in {"development", "production"}:
        problems.append(f"CLINIC_ENV is {env!r}; it must be development or production.")
    is_production = env == "production"
    data_dir = BASE_DIR / given.get("CLINIC_DATA_DIR", ".local")
    if is_production:
        problems += _missing_in_production(given)
    elif "DATABASE_URL" not in given:
        given = running_services(data_dir) | given
    port = _port(given, problems)
    public_url = _public_url(given, port, is_production, problems)
    environment = Environment(
        env=env,
        is_production=is_production,
        secret_key=_secret_key(given, is_production, problems),
        database=_database(given, problems),
        redis_url=_redis(given, problems),
        email=_email(given, problems),
        sms=_sms(given, problems),
        mailbox=_mailbox(given, problems),
        mailbox_authserv_id=given.get("INBOUND_AUTHSERV_ID", ""),
        port=port,
        public_url=public_url,
        allowed_hosts=_allowed_hosts(given, is_production, problems),
        from_email=_from_email(given, problems),
        app_role=given.get("CLINIC_APP_ROLE", "" if is_production else "clinic_app"),
        data_dir=data_dir,
        downtime_dir=BASE_DIR / given.get("CLINIC_DOWNTIME_DIR", data_dir / "downtime"),
        patient_languages=_patient_languages(given, problems),
        letter_fonts=_letter_fonts(given, problems),
        has_demo=_has_demo(given, problems),
        is_web=given.get("CLINIC_PROCESS") == "web",
    )
    if problems:
        raise BadEnvironment(problems)
    return environment


def running_services(data_dir: Path) -> dict[str, str]:
    """The variables that `make run` of this clone wrote down for commands beside it; empty when it does not run."""
    try:
        found = json.loads((data_dir / CONNECTION_FILE).read_text(encoding="utf-8"))
        return {str(name): str(value) for name, value in found["environment"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _missing_in_production(given: Mapping[str, str]) -> list[str]:
    wanted = {
        "SECRET_KEY": f"a random text of at least {MINIMUM_SECRET} characters that nobody else knows",
        "DATABASE_URL": "where PostgreSQL is, for example postgresql://clinic_app:password@host:5432/clinic",
        "REDIS_URL": "where Redis is, for example redis://:password@host:6379/0",
        "EMAIL_URL": "the SMTP server, for example smtp+tls://user:password@host:587",
        "CLINIC_PUBLIC_URL": "the address people type, for example https://clinic.example.org",
        "CLINIC_ALLOWED_HOSTS": "the host names it answers to, separated by commas",
        "CLINIC_FROM_EMAIL": "the sender of every mail, for example clinic@example.org",
    }
    return [f"{name} is not set. Give it {what}." for name, what in wanted.items() if name not in given]


def _secret_key(given: Mapping[str, str], is_production: bool, problems: list[str]) -> str:
    key = given.get("SECRET_KEY", "")
    if not key and not is_production:
        return secrets.token_urlsafe(MINIMUM_SECRET)  # good for one process; make run hands out a lasting one
    if key and is_production and (len(key) < MINIMUM_SECRET or len(set(key)) < 10):
        problems.append(
            f"SECRET_KEY is too easy to guess. Use at least {MINIMUM_SECRET} random characters, for example from "
            f"python3 -c 'import secrets; print(secrets.token_urlsafe(60))'."
        )
    return key


def _split(name: str, value: str, schemes: frozenset[str], problems: list[str]) -> SplitResult | None:
    """Returns None, with the problem noted, for what is no URL of these schemes. Never repeats a password."""
    try:
        url = urlsplit(value)
        scheme_is_known = url.scheme in schemes
        _ = url.port
    except ValueError:
        problems.append(f"{name} is no valid address; a / or @ inside a password must be written as %2F or %40.")
        return None
    if not scheme_is_known:
        problems.append(f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in sorted(schemes))}.")
        return None
    return url


def _database(given: Mapping[str, str], problems: list[str]) -> DatabaseUrl:
    nowhere = DatabaseUrl("clinic", "clinic_app", "", "127.0.0.1", 1, {})
    value = given.get("DATABASE_URL")
    url = _split("DATABASE_URL", value, frozenset({"postgresql", "postgres"}), problems) if value else None
    if url is None:
        return nowhere  # nothing listens on port 1: commands that need no database work, others are told
    options = dict(parse_qsl(url.query))
    unknown = sorted(set(options) - DATABASE_OPTIONS)
    if unknown:
        known = ", ".join(sorted(DATABASE_OPTIONS))
        problems.append(f"DATABASE_URL has the unknown option {', '.join(unknown)}; these are known: {known}.")
    name = unquote(url.path.lstrip("/"))
    if not name or not url.username:
        problems.append("DATABASE_URL lacks a user or a database; it looks like postgresql://user:password@host/name.")
    return DatabaseUrl(
        name=name,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=unquote(url.hostname or ""),
        port=url.port or 5432,
        options=options,
    )


def _redis(given: Mapping[str, str], problems: list[str]) -> str:
    value = given.get("REDIS_URL")
    if value is None:
        return "redis://127.0.0.1:1/0"
    return value if _split("REDIS_URL", value, frozenset({"redis", "rediss"}), problems) else ""


def _email(given: Mapping[str, str], problems: list[str]) -> EmailUrl:
    value = given.get("EMAIL_URL")
    url = _split("EMAIL_URL", value, frozenset(MAIL_SCHEMES), problems) if value else None
    if url is None:
        return EmailUrl("127.0.0.1", 1)
    if not url.hostname:
        problems.append("EMAIL_URL names no host; it looks like smtp+tls://user:password@host:587.")
    return EmailUrl(
        host=url.hostname or "",
        port=url.port or MAIL_SCHEMES[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        use_tls=url.scheme == "smtp+tls",
        use_ssl=url.scheme in {"smtps", "smtp+ssl"},
    )


def _mailbox(given: Mapping[str, str], problems: list[str]) -> MailboxUrl | None:
    """None where there is none: answers then come by the patient's page and the telephone only."""
    value = given.get("INBOUND_IMAP_URL")
    url = _split("INBOUND_IMAP_URL", value, frozenset(MAILBOX_SCHEMES), problems) if value else None
    if url is None:
        return None
    if not url.hostname or not url.username:
        problems.append(
            "INBOUND_IMAP_URL names no host or no user; it looks like imaps://user:password@host:993/INBOX."
        )
    return MailboxUrl(
        host=url.hostname or "",
        port=url.port or MAILBOX_SCHEMES[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        folder=unquote(url.path.strip("/")) or "INBOX",
        use_tls=url.scheme == "imap+tls",
        use_ssl=url.scheme == "imaps",
    )


def _port(given: Mapping[str, str], problems: list[str]) -> int:
    value = given.get("CLINIC_PORT", "8000")
    if value.isascii() and value.isdigit() and 0 < int(value) < 65536:
        return int(value)
    problems.append(f"CLINIC_PORT is {value!r}; it must be a number from 1 to 65535.")
    return 8000


def _has_demo(given: Mapping[str, str], problems: list[str]) -> bool:
    value = given.get("CLINIC_DEMO", "yes").lower()
    if value not in {"yes", "no"}:
        problems.append(f"CLINIC_DEMO is {value!r}; it must be yes or no.")
    return value == "yes"


def _public_url(given: Mapping[str, str], port: int, is_production: bool, problems: list[str]) -> str:
    value = given.get("CLINIC_PUBLIC_URL", "" if is_production else f"http://127.0.0.1:{port}").rstrip("/")
    if not value:
        return value
    schemes = frozenset({"https"}) if is_production else frozenset({"http", "https"})
    url = _split("CLINIC_PUBLIC_URL", value, schemes, problems)
    if url is not None and (not url.hostname or url.path or url.query or url.fragment):
        problems.append("CLINIC_PUBLIC_URL must be a scheme and a host only, for example https://clinic.example.org.")
    return value


def _allowed_hosts(given: Mapping[str, str], is_production: bool, problems: list[str]) -> tuple[str, ...]:
    value = given.get("CLINIC_ALLOWED_HOSTS", "" if is_production else "localhost,127.0.0.1,[::1]")
    hosts = tuple(host.strip() for host in value.split(",") if host.strip())
    if is_production and "*" in hosts:
        problems.append("CLINIC_ALLOWED_HOSTS must name the hosts; * would answer to any.")
    return hosts


def _from_email(given: Mapping[str, str], problems: list[str]) -> str:
    value = given.get("CLINIC_FROM_EMAIL", "Hospital appointments <clinic@example.org>")
    if "@" not in value or any(character in value for character in "\r\n"):
        problems.append(f"CLINIC_FROM_EMAIL is {value!r}; it must be one mail address.")
    return value


def _sms(given: Mapping[str, str], problems: list[str]) -> SmsUrl:
    value = given.get("SMS_URL")
    url = _split("SMS_URL", value, SMS_PROVIDERS, problems) if value else None
    if url is None:
        return SmsUrl()
    provider, _plus, insecure = url.scheme.partition("+")
    if provider != "notify":
        return SmsUrl(provider)
    template, key = dict(parse_qsl(url.query)).get("template", ""), unquote(url.password or "")
    if not (url.hostname and template and key):
        problems.append(
            "SMS_URL lacks a part; it looks like notify://:API-KEY@api.notifications.service.gov.uk?template=ID."
        )
    where = f"{insecure or 'https'}://{url.hostname or ''}" + (f":{url.port}" if url.port else "")
    return SmsUrl(provider, where, key, template)


def _patient_languages(given: Mapping[str, str], problems: list[str]) -> tuple[str, ...]:
    """The languages that patients may be written to in, English always among them."""
    codes = [code.strip().lower() for code in given.get("CLINIC_PATIENT_LANGUAGES", "en").split(",") if code.strip()]
    wrong = [code for code in codes if not LANGUAGE_CODE.fullmatch(code)]
    if wrong:
        problems.append(f"CLINIC_PATIENT_LANGUAGES has {', '.join(wrong)}; it lists codes such as en,cy,pl.")
    return tuple(dict.fromkeys(["en", *codes]))


def _letter_fonts(given: Mapping[str, str], problems: list[str]) -> str:
    value = given.get("CLINIC_LETTER_FONTS", "")
    if value and not Path(value).is_dir():
        problems.append("CLINIC_LETTER_FONTS is no folder; it holds TrueType fonts for letters in further scripts.")
    return value
