"""Settings of the project. The environment is read once, typed, in `clinic.environment`; nothing here asks it again."""

import logging
import os
from pathlib import Path

from csp.constants import NONE, SELF

from clinic import environment

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = environment.read(os.environ)

SECRET_KEY = ENVIRONMENT.secret_key
DEBUG = False  # never: an error page with variables would show a patient
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
PUBLIC_URL = ENVIRONMENT.public_url
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if ENVIRONMENT.is_production else []

INSTALLED_APPS = [
    "clinic",
    "units",
    "patients",
    "doseplans",
    "scheduling",
    "reminders",
    "desk",
    "portal",
    "api",
    "clinic.admin_config.ClinicAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "axes",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "phonenumber_field",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages are a tenth as long so. Secrets in them do not show in their length (BREACH): Django adds bytes at random,
    # and its token against forged requests is masked anew each time.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "units.middleware.HtmxSignInMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "units.middleware.SessionLimitsMiddleware",
    # Every page asks for a sign-in unless its view says `login_not_required`.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "clinic.request_log.RequestLogMiddleware",
    "units.middleware.ActorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "desk.context.frame",
            ],
        },
    },
]

# --- PostgreSQL -------------------------------------------------------------------------------------------------
# Web and workers connect as a role that owns no table; migrations run with the owner's DATABASE_URL.
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": ENVIRONMENT.database.name,
        "USER": ENVIRONMENT.database.user,
        "PASSWORD": ENVIRONMENT.database.password,
        "HOST": ENVIRONMENT.database.host,
        "PORT": ENVIRONMENT.database.port,
        # A new connection per request costs four to seven times the request: keep it, and look before using it.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            # Statements are planned once a connection: planning is most of what a booking waits for.
            "server_side_binding": True,
            "prepare_threshold": 5,
            # Nobody waits longer for a page; a statement gone astray must not hold a core, or a day's lock, for good.
            **({"options": "-c statement_timeout=20s"} if ENVIRONMENT.is_web else {}),
            **ENVIRONMENT.database.options,
        },
    }
}
DATABASE_APP_ROLE = ENVIRONMENT.app_role
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- Redis and Celery: only ever a convenience --------------------------------------------------------------------
CELERY_BROKER_URL = ENVIRONMENT.redis_url
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # nothing is kept: else beat adds work of its own to clear it away
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_ROUTES = {
    # What comes in may wait for what goes out, and a mailbox that answers slowly must not keep anybody from being told.
    "reminders.poll_*": {"queue": "housekeeping"},
    "reminders.forget_*": {"queue": "housekeeping"},
    "reminders.*": {"queue": "mail"},
    "planning.*": {"queue": "planning"},
    "doseplans.import_*": {"queue": "planning"},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
# A refused broker costs 0.6 s a publish by default and a hung one far more: give up at once, the sweep follows.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.4,
    "socket_timeout": 0.4 if ENVIRONMENT.is_web else 30,
    "retry_on_timeout": False,
    "visibility_timeout": 600,
}

# --- Mail ---------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = ENVIRONMENT.email.host
EMAIL_PORT = ENVIRONMENT.email.port
EMAIL_HOST_USER = ENVIRONMENT.email.user
EMAIL_HOST_PASSWORD = ENVIRONMENT.email.password
EMAIL_USE_TLS = ENVIRONMENT.email.use_tls
EMAIL_USE_SSL = ENVIRONMENT.email.use_ssl
EMAIL_TIMEOUT = 10

# Answers to invites and mail that came back; None: there is no mailbox to look into.
INBOUND_MAILBOX = ENVIRONMENT.mailbox
# The name under which our own mail server writes Authentication-Results; empty: nobody vouches for a sender.
INBOUND_AUTHSERV_ID = ENVIRONMENT.mailbox_authserv_id
INBOUND_TIMEOUT = 20
INBOUND_LARGEST_OCTETS = 2 * 1024 * 1024  # local policy: of anything larger only the header is fetched
INBOUND_KEEP_DAYS = 30  # local policy: handled mail stays in the mailbox, and what somebody wrote on record
DEFAULT_FROM_EMAIL = ENVIRONMENT.from_email
SERVER_EMAIL = ENVIRONMENT.from_email

# --- Text messages and letters ------------------------------------------------------------------------------------
SMS = ENVIRONMENT.sms
LETTER_FONTS = ENVIRONMENT.letter_fonts  # a folder of fonts for scripts that Inter lacks, "" for none

# --- Who is who ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "units.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "units.backends.RoleBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
AXES_FAILURE_LIMIT = 5
AXES_USERNAME_FORM_FIELD = "username"  # the sign-in form's name for the address
AXES_USERNAME_CALLABLE = "units.sign_in.address_tried"
AXES_CLIENT_IP_CALLABLE = "units.sign_in.client_address"
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False  # its tables name the people of every unit; a lock ends by itself
# The address a proxy saw is believed where there is one proxy of our own in front, and nowhere else.
BEHIND_PROXY = ENVIRONMENT.is_production

# --- Browser-side safety --------------------------------------------------------------------------------------------
IS_HTTPS = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # one long shift, whatever is done in it (units.sign_in)
SESSION_IDLE_SECONDS = 30 * 60  # unused for so long, a sign-in ends. Local policy
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # toasts name patients: not in a cookie
# A port per clone: cookies do not know ports, so the name tells two clones apart on one machine.
SESSION_COOKIE_NAME = "clinic_session" if IS_HTTPS else f"clinic_session_{ENVIRONMENT.port}"
CSRF_COOKIE_NAME = "clinic_csrf" if IS_HTTPS else f"clinic_csrf_{ENVIRONMENT.port}"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.is_production else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "clinic.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {"camera": [], "geolocation": [], "microphone": [], "payment": [], "usb": []}

# --- Language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
# What patients may be written to in; staff pages speak English. A language needs its catalogue in locale/.
PATIENT_LANGUAGES = ENVIRONMENT.patient_languages
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "clinic.formats"
TIME_ZONE = "UTC"  # stored time; each unit has its own zone for what people read
PHONENUMBER_DEFAULT_REGION = "GB"
PHONENUMBER_DEFAULT_FORMAT = "NATIONAL"

# --- Files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = ENVIRONMENT.data_dir / "staticfiles"
WHITENOISE_USE_FINDERS = not ENVIRONMENT.is_production and not STATIC_ROOT.exists()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "clinic.static_files.HashedModules"
            if STATIC_ROOT.exists()
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
# A ward's list of two thousand rows may ask about many of them, and each yes is a field.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DOWNTIME_DIR = ENVIRONMENT.downtime_dir  # lists of the coming day, for when the screens are dark

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.ActPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "api.schema.ProblemSchema",
    "EXCEPTION_HANDLER": "api.problems.exception_handler",
    "PAGE_SIZE": 50,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Infusion clinic",
    "DESCRIPTION": "Doses to book, slots, visits and the day board of a day-care unit.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": False,  # nothing is both asked and answered
    "ENFORCE_NON_BLANK_FIELDS": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "AnswerChannel": "scheduling.models.AppointmentResponse.Channel",
        "AppointmentStatus": "scheduling.models.Appointment.Status",
        "AuthorisationStatus": "patients.models.Authorisation.Status",
        "Channel": "patients.models.Channel",
        "CheckKind": "patients.models.Check.Kind",
        "ConsentKind": "patients.models.Consent.Kind",
        "DoseKind": "doseplans.models.ProtocolStep.Kind",
        "EventKind": "scheduling.models.AppointmentEvent.Kind",
        "FlagKind": "patients.models.Flag.Kind",
        "ResourceKind": "scheduling.models.Resource.Kind",
    },
}

# --- History --------------------------------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = None
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")

# --- Logs: events and keys, never a patient -------------------------------------------------------------------------
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # one line a request is enough
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "clinic.logs.Formatter", "json": ENVIRONMENT.is_production}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django_structlog": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
    },
}
