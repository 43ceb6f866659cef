"""How sign-in departs from the library's defaults: nobody signs up, second factors lie encrypted."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest

from core.keyring import seal, unseal

_PURPOSE = "second factor"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # people are invited

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Who has just given the password sets up a first second factor without giving it once more."""
        user = self.request.user
        if app == "allauth.mfa" and not is_mfa_enabled(user):
            given = [record["at"] for record in get_authentication_records(self.request, user)]
            if given and time.time() - given[-1] < app_settings.REAUTHENTICATION_TIMEOUT:
                return False
        return super().is_reauthentication_required(app=app, **kwargs)


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return seal(text, _PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, _PURPOSE)

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)
