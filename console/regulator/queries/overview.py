"""The examiner's first page: what you may see, and its proof."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import disclosure
from accounts.models import User
from audit import reading
from audit.models import Checkpoint, Export
from console.operator.queries.exports import export_page
from console.operator.queries.log import checkpoints_page
from console.parts import State, Tone
from console.regulator.pages.overview import OverviewPage, ScopePart, Verify
from console.regulator.queries.reach import Reach, as_provider
from console.regulator.queries.search import search
from console.regulator.queries.verify import verify_form
from console.say import grouped, shown
from kyc.models import Tenant

CHECKPOINTS = 6
FOUND = 8


def overview_page(user: User, reach: Reach, *, verified: Verify | None = None) -> OverviewPage:
    now = timezone.now()
    newest = disclosure.exports_of(user, limit=20)
    export = newest[0] if newest else None
    basis = "; ".join(reach.legal_bases)
    return OverviewPage(
        now=now,
        title=_("What you may see, and its proof"),
        meta=_(
            "%(who)s · access by %(basis)s, since %(day)s · what you open is logged and shown to the provider"
        )
        % {"who": user.organisation, "basis": basis, "day": shown(reach.since, "date", now)},
        scope=_scope(reach),
        search=search(reach, "", limit=FOUND),
        checkpoints=checkpoints_page(
            reverse("regulator:checkpoints"), limit=CHECKPOINTS, note=kept_words(newest)
        ),
        export=export_page(export, "regulator", may_stop=False) if export else None,
        verify=verified or verify_form(),
        new_export_url=reverse("regulator:export_new"),
    )


def _scope(reach: Reach) -> tuple[ScopePart, ...]:
    with as_provider():
        mine, everyone = reach.tenants().count(), Tenant.objects.count()
    sizes = {scope: reading.scope_size(scope) for scope in reach.scopes}
    others = everyone - mine
    count = ngettext("%(n)s tenant", "%(n)s tenants", mine) % {"n": grouped(mine)}
    seen = _("%(count)s (%(scope)s): their parties, ownership, decisions, grants and use.") % {
        "count": count,
        "scope": reach.words(),
    }
    numbered = _("Your scope is numbered 1 to %(n)s under a proved head: count that none is left out.") % {
        "n": grouped(max(sizes.values(), default=0))
    }
    unseen = " ".join(
        (ngettext("%(n)s other tenant.", "%(n)s other tenants.", others) % {"n": grouped(others)}, numbered)
    )
    if not others:
        unseen = _("Nothing of the log. ") + numbered
    return (
        ScopePart(State(Tone.OK, _("You see")), seen),
        ScopePart(
            State(Tone.INFO, _("You see covered")),
            _(
                "Birth dates and numbers of documents. The log commits to them; an export on your legal "
                "basis holds those whose key lives, each provable."
            ),
        ),
        ScopePart(State(Tone.IDLE, _("You do not see")), unseen),
    )


def kept_words(exports: list[Export]) -> str:
    """That the tree of today still begins with the one of the recipient's last bundle."""
    kept = next((row for row in exports if row.tree_size is not None), None)
    newest = Checkpoint.objects.order_by("-size").first()
    if kept is None or newest is None or kept.tree_size is None:
        return ""
    before = Checkpoint.objects.filter(size=kept.tree_size).first()
    if before is None:
        return ""
    words = {"size": grouped(before.size), "at": shown(before.at, "day time")}
    if not reading.contains(newest, before):
        return (
            _("Your last bundle kept checkpoint %(size)s of %(at)s. TODAY'S TREE DOES NOT CONTAIN IT.")
            % words
        )
    return (
        _("Your last bundle kept checkpoint %(size)s of %(at)s. Today's tree contains it unchanged.") % words
    )
