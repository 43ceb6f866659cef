"""Browsers over committed rows: for pages of the log, whose leaves only committed events have."""

from __future__ import annotations

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from accounts.models import User
from core.scope import staff_transaction
from tests.console.operator.conftest import SignIn


@pytest.fixture
def sign_in_committed(committed_db: None) -> SignIn:
    """A browser of somebody who gave password and second factor."""

    def sign_in(user: User) -> Client:
        with staff_transaction():
            if not user.authenticator_set.exists():
                TOTP.activate(user, generate_totp_secret())
        client = Client(raise_request_exception=True)
        client.force_login(user)
        return client

    return sign_in
