"""Asking for accelerators: what can be asked for, and why each thing is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from access.models import AllocationRequest, Cluster, Site
from access.requests import service
from accounts import access
from accounts.models import User
from audit.record import Actor
from console.parts import Failure, Field, Option
from console.places import country_options
from console.portal.pages.application import AskPage, Why
from console.portal.queries.told import own_tenant
from console.portal.steps.typed import read_date, read_whole, shown_date
from console.portal.steps.use import purposes
from console.say import country_name
from console.templatetags.lockgate import grouped
from core.errors import Absent, InvalidInput

#: What the service calls a thing → the field it is typed in.
FIELDS = {"cluster": "site", "starts_on": "starts_on", "remote_access_countries": "users",
          "end_user_country": "end_user", "expected_flop": "flop"}  # fmt: skip


def ask_page(
    values: Mapping[str, str], errors: Mapping[str, str] | None = None, failure: Failure | None = None
) -> AskPage:
    wrong = errors or {}
    fields = tuple(
        replace(
            field,
            value=values.get(field.name, field.value),
            errors=(wrong[field.name],) if field.name in wrong else (),
        )
        for field in _fields()
    )
    return AskPage(
        now=timezone.now(),
        title=_("Ask for accelerators"),
        lead=_(
            "Say what you need, where and for what. The rules decide at once; a person looks where they "
            "say so."
        ),
        fields=fields,
        whys=_whys(),
        sum_text=_sum(values),
        failure=failure,
    )


def submit(values: Mapping[str, str], *, user: User, by: Actor) -> AllocationRequest:
    """Ask. Raises InvalidInput with the field of the page, and what the service raises."""
    count, days = _whole(values, "count"), _whole(values, "days")
    try:
        site = access.get(Site.objects.all(), values.get("site"))
    except Absent:
        raise InvalidInput("site", _("choose a site")) from None
    codes = [code.strip().upper() for code in values.get("users", "").replace(";", ",").split(",")]
    answers: dict[str, object] = {
        "remote_access_countries": [code for code in codes if code] or None,
        "end_user_country": values.get("end_user") or None,
    }
    if values.get("flop", "").strip():
        try:
            answers["expected_flop"] = float(values["flop"])
        except ValueError:
            raise InvalidInput("flop", _("write a number such as 1e24")) from None
    try:
        return service.submit(
            tenant=own_tenant(user),
            site=site,
            accelerator=values.get("accelerator", ""),
            count=count,
            starts_on=_day(values),
            days=days,
            purpose=values.get("purpose", ""),
            answers=answers,
            user=user,
            by=by,
        )
    except InvalidInput as error:
        name = error.field.rpartition(".")[2]
        raise InvalidInput(FIELDS.get(name, name), error.reason) from error


def _fields() -> tuple[Field, ...]:
    clusters = Cluster.objects.select_related("site").order_by("site__name", "name")
    sites: dict[str, str] = {}
    accelerators: dict[str, None] = {}
    for cluster in clusters:
        accelerators[cluster.accelerator] = None
        sites[str(cluster.site_id)] = f"{cluster.site.name}, {country_name(cluster.site.country)}"
    tomorrow = timezone.localdate() + timedelta(days=1)
    return (
        Field("accelerator", _("Accelerator"), next(iter(accelerators), ""), kind="select",
              options=tuple(Option(name, name) for name in accelerators)),
        Field("count", _("How many"), kind="number", autocomplete="off", required=True),
        Field("site", _("Where"), next(iter(sites), ""), kind="select",
              options=tuple(Option(key, name) for key, name in sites.items())),
        Field("starts_on", _("From"), shown_date(tomorrow.isoformat()), autocomplete="off"),
        Field("days", _("Days"), "30", kind="number", autocomplete="off", required=True),
        Field("purpose", _("For what"), "inference", kind="select",
              options=tuple(Option(name, text) for name, text in purposes().items())),
        Field("end_user", _("For whom is the work done: in which country"), kind="select",
              options=country_options()),
        Field("users", _("Where your users sit"), placeholder="SG, MY", autocomplete="off",
              hint=_("Two-letter codes of countries, with commas")),
        Field("flop", _("Operations of the run, if you train"), placeholder="1e24", autocomplete="off",
              hint=_("floating-point operations, an estimate"), whole=True),
    )  # fmt: skip


def _whys() -> tuple[Why, ...]:
    return (
        Why(
            _("For what"),
            _("Some uses need a licence; most do not. It does not change the price."),
            "BIS policy statement 2025-05-13",
            "purpose",
        ),
        Why(
            _("Where users sit"),
            _("The rules look at where the work is used, not only at where the machines stand."),
            "15 CFR 744.23",
            "users",
        ),
        Why(
            _("What you leave out"),
            _("Nothing is guessed. What you do not tell now is asked later, where the rules need it."),
        ),
    )


def _sum(values: Mapping[str, str]) -> str:
    try:
        count, days = read_whole(values["count"]), read_whole(values["days"])
    except (KeyError, ValueError):
        return ""
    return _("%(count)s × %(days)d days are %(hours)s accelerator hours.") % {
        "count": grouped(count), "days": days, "hours": grouped(count * days * 24)
    }  # fmt: skip


def _whole(values: Mapping[str, str], name: str) -> int:
    try:
        return read_whole(values.get(name, ""))
    except ValueError as error:
        raise InvalidInput(name, str(error)) from None


def _day(values: Mapping[str, str]) -> date:
    text = values.get("starts_on", "")
    try:
        return date.fromisoformat(read_date(text, future=True))
    except ValueError:
        raise InvalidInput("starts_on", _("write a day such as 1 Dec 2026")) from None
