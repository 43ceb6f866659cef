"""Settings. Importing this file starts nothing: servers are `config/services.py`'s matter."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from whitenoise.compress import Compressor

from core.files import write_whole

BASE_DIR = Path(__file__).resolve().parent.parent
LOCAL_DIR = Path(os.environ.get("LOCKGATE_LOCAL_DIR", BASE_DIR / ".local"))

#: `local` makes missing keys under .local/; `production` refuses to start without them.
LOCKGATE_ENV = os.environ.get("LOCKGATE_ENV", "local")
PRODUCTION = LOCKGATE_ENV == "production"
DEBUG = False


def _required(name: str, local: str) -> str:
    value = os.environ.get(name, "")
    if value:
        return value
    if PRODUCTION:
        raise SystemExit(f"{name} is not set; with LOCKGATE_ENV=production nothing is made up.")
    return local


def _local_secret() -> str:
    """A key of this installation, made once under .local/ and never committed."""
    path = LOCAL_DIR / "secret_key"
    if not path.exists():
        write_whole(path, secrets.token_urlsafe(48).encode(), replace=False)
    return path.read_text().strip()


SECRET_KEY = os.environ.get("LOCKGATE_SECRET_KEY") or (
    _required("LOCKGATE_SECRET_KEY", "") if PRODUCTION else _local_secret()
)
LOCKGATE_KEYRING = _required("LOCKGATE_KEYRING", str(LOCAL_DIR / "keyring.json"))
ALLOWED_HOSTS = os.environ.get("LOCKGATE_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("LOCKGATE_TRUSTED_ORIGINS", "").split(",") if o]

#: Where the provider is established: rules of the EU and the UK bind it there.
LOCKGATE_PROVIDER_COUNTRIES = os.environ.get("LOCKGATE_PROVIDER_COUNTRIES", "US").split(",")
LOCKGATE_PROVIDER_NAME = os.environ.get("LOCKGATE_PROVIDER_NAME", "Northquay")
#: Sources that are looked at by themselves: names with commas, or `all`. Empty: nothing is downloaded.
LOCKGATE_LISTS = os.environ.get("LOCKGATE_LISTS", "")
#: `us_ofac_sdn=12,un_sc=48`: hours without a look that saw nothing newer, after which no grant is issued.
LOCKGATE_LIST_LIMITS = os.environ.get("LOCKGATE_LIST_LIMITS", "")
LOCKGATE_LIST_MIRROR = os.environ.get("LOCKGATE_LIST_MIRROR", "")
#: Hosts beside the publishers' own that a download of a list may be redirected to.
LOCKGATE_LIST_HOSTS = [h for h in os.environ.get("LOCKGATE_LIST_HOSTS", "").split(",") if h]
#: Parties that are screened whole each day, to check that re-screening found everything.
LOCKGATE_SAMPLE = int(os.environ.get("LOCKGATE_SAMPLE", "500"))
# Seconds in which a reviewer takes a clearing back; who works slowly needs more (WCAG 2.2.1).
LOCKGATE_UNDO_SECONDS = int(os.environ.get("LOCKGATE_UNDO_SECONDS", "10"))
LOCKGATE_ORIGIN = os.environ.get("LOCKGATE_ORIGIN", "lockgate.local/log")
LOCKGATE_BASE_URL = os.environ.get("LOCKGATE_BASE_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "config",
    "core",
    "audit",
    "accounts",
    "kyc",
    "access",
    "console",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "django_cotton",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_include_bootstrap",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "accounts.middleware.SlashMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "accounts.middleware.ScopeMiddleware",
    "accounts.middleware.DomainErrorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

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
                "csp.context_processors.nonce",
                "console.context.frame",
            ],
        },
    },
]
COTTON_DIR = "components"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5-responsive.html"


def _database(url: str, **extra: object) -> dict[str, object]:
    """A libpq address (socket folders in `?host=`) as Django's settings. Empty: no server known yet."""
    parts = conninfo_to_dict(url) if url else {}
    return {
        "ENGINE": "core.postgres",
        "NAME": parts.pop("dbname", "lockgate"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": {**parts, "application_name": "lockgate"},
        "CONN_MAX_AGE": int(os.environ.get("LOCKGATE_CONN_MAX_AGE", "60")),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,  # DRF would roll back refusals that were recorded
        **extra,
    }


DATABASES = {
    "default": _database(os.environ.get("DATABASE_URL", "")),
    "owner": _database(
        os.environ.get("LOCKGATE_OWNER_DATABASE_URL", os.environ.get("DATABASE_URL", "")),
        APPLY_SCOPE=False,
        CONN_MAX_AGE=0,
    ),
}
DATABASE_ROUTERS = ["core.postgres.router.OwnerMigrates"]
LOCKGATE_APP_ROLE = "lockgate_app"
LOCKGATE_STAFF_ROLE = "lockgate_staff"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:16379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lockgate",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# kombu looks for unacknowledged messages only every interval x throttle, limit at a time.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 2,
    "unacked_restore_limit": 100,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(LOCAL_DIR / "celerybeat-schedule")

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reauthenticate": "10/m/user"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Lockgate"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s, as RFC 6238 section 5.2 allows: typing and a clock take time
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.tokens.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "accounts.openapi.Schema",
    "DEFAULT_PAGINATION_CLASS": "accounts.pagination.ByCursor",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "accounts.problems.handle",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.ScopedRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {},
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lockgate",
    "DESCRIPTION": "Know-your-customer and access control for AI data centers.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "TenantState": "kyc.models.Tenant.State",
        "ApplicationState": "kyc.models.Application.State",
        "AlertState": "kyc.models.Alert.State",
        "RequestState": "access.models.AllocationRequest.State",
    },
    "PREPROCESSING_HOOKS": ["accounts.openapi.for_programs"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.openapi.with_problems",
    ],
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = LOCAL_DIR / "static"
FONT_DIR = Path(os.environ.get("LOCKGATE_FONT_DIR", LOCAL_DIR / "fonts"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "console.packages.UsedFilesFinder",
    "console.fonts.PackedFontFinder",
]
# Source maps are most of the bytes and nobody downloads them: compressing them costs seconds.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": LOCAL_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOCKGATE_LOG_LEVEL", "INFO")},
    "loggers": {"django.db.backends": {"level": "WARNING"}, "fontTools": {"level": "WARNING"}},
}
