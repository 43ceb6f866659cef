"""A token is looked up with its person, roles and organisation in one statement, and only while it lives."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import tokens
from accounts.access import scope_of
from accounts.models import ApiToken, Organisation, User
from accounts.roles import Role
from core.scope import STAFF, acting_in
from tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued():
    with acting_in(STAFF):
        user = builders.person("aldous", Role.REVIEWER, Role.APPROVER)
        return tokens.issue(user=user, name="test", scopes=["match:read"], by=builders.actor(user))


def test_one_statement_gives_all_that_a_request_asks_of_its_token(issued):
    written, text = issued
    with CaptureQueriesContext(connection) as asked:
        found = tokens.find(text)
        scope = scope_of(found.user)
        roles = found.user.roles
    assert len(asked) == 1
    assert (scope, roles) == (STAFF, {Role.REVIEWER, Role.APPROVER})
    for model, here, there in (
        (ApiToken, found, ApiToken.objects.get(pk=written.pk)),
        (User, found.user, User.objects.get(pk=written.user_id)),
        (Organisation, found.user.organisation, written.user.organisation),
    ):
        for field in model._meta.concrete_fields:
            mine, theirs = getattr(here, field.attname), getattr(there, field.attname)
            assert bytes(mine) == bytes(theirs) if field.name == "digest" else mine == theirs, field.name


def revoked(token, user):
    token.revoked_at = timezone.now()


def run_out(token, user):
    token.expires_at = timezone.now() - timedelta(seconds=1)


def left(token, user):
    user.is_active = False


@pytest.mark.parametrize("end", [revoked, run_out, left])
def test_a_token_that_ended_is_not_found(issued, end):
    token, text = issued
    assert tokens.find(text) == token
    with acting_in(STAFF):
        end(token, token.user)
        token.save()
        token.user.save()
    assert tokens.find(text) is None


def test_another_text_is_no_token(issued):
    _, text = issued
    assert tokens.find(text[:-1]) is None and tokens.find("") is None and tokens.find("lg_") is None


def test_a_role_that_was_taken_away_counts_at_the_next_request(issued):
    token, text = issued
    with acting_in(STAFF):
        token.user.role_grants.all().delete()
    assert tokens.find(text).user.acts == frozenset()
