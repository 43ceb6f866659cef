"""What every check answers: a frozen value with a stable reason, never a bare bool."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something was refused. Members are only added; their values are read by other programs."""

    # the token itself
    MALFORMED = "malformed"
    TOO_LONG = "too_long"
    WRONG_TYPE = "wrong_type"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    INVALID_CLAIM = "invalid_claim"
    UNKNOWN_CRITICAL_CLAIM = "unknown_critical_claim"
    UNSUPPORTED_VERSION = "unsupported_version"
    # where and when it is used
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_ISSUER = "wrong_issuer"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    LIFETIME_TOO_LONG = "lifetime_too_long"
    NOT_CONFIRMED = "not_confirmed"
    # what is wanted under it
    TOO_MANY = "too_many"
    OTHER_ACCELERATOR = "other_accelerator"
    OTHER_TENANT = "other_tenant"
    OTHER_PROJECT = "other_project"
    OTHER_SITE = "other_site"
    TOO_LONG_A_JOB = "too_long_a_job"
    # its status
    REVOKED = "revoked"
    STATUS_UNAVAILABLE = "status_unavailable"
    STATUS_EXPIRED = "status_expired"
    STATUS_OLDER = "status_older"
    STATUS_OTHER_LIST = "status_other_list"
    STATUS_MALFORMED = "status_malformed"
    STATUS_OUT_OF_RANGE = "status_out_of_range"
    # the verifier's own means
    KEYS_UNAVAILABLE = "keys_unavailable"


@dataclass(frozen=True, slots=True)
class Refused:
    """No. `reason` is for programs, `text` one sentence for people; neither repeats the token."""

    reason: Reason
    text: str
