"""Exports: what was asked for, how far it is, and asking for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import access, disclosure
from accounts.models import Organisation, User
from accounts.roles import Act, Kind
from audit import reading, registry
from audit.export import KEPT, label
from audit.models import Export
from audit.record import Actor
from audit.registry import ALL
from console.operator.pages.log import ExportLine, ExportNewPage, ExportPage, ExportsPage, ExportStage
from console.operator.queries.log import moment_of
from console.parts import Dialog, Fact, Failure, Field, Option, Progress, State, Tone
from console.places import country_options
from console.say import country_name, grouped, shown
from core.errors import Absent, InvalidInput
from kyc.models import Tenant

OPEN = (Export.State.ASKED, Export.State.BUILDING)
#: The stages of a build in the builder's own words, in their order.
STAGES = ("collecting proofs", "writing reports", "signing", "verifying")


def exports_page(user: User, space: str) -> ExportsPage:
    """`space`: operator or regulator, whose addresses the page links to."""
    now = timezone.now()
    rows = disclosure.exports_of(user)
    under_way = sum(row.state in OPEN for row in rows)
    words = scope_words(rows)
    may = user.may(Act.EXPORT_LOG) or user.may(Act.EXAMINE_EXPORT)
    title = _("No export yet")
    if rows:
        title = _("%(n)d exports, %(m)d under way") % {"n": len(rows), "m": under_way}
        if len(rows) == 1:
            title = _("1 export, %(m)d under way") % {"m": under_way}
    return ExportsPage(
        now=now,
        title=title,
        meta=_("bundles stay %(n)d days") % {"n": KEPT.days},
        lines=tuple(
            ExportLine(
                str(row.pk),
                label(row),
                row.recipient,
                words[row.scope],
                row.asked_at,
                row.total if row.state == Export.State.READY else None,
                filesizeformat(row.size) if row.size else "",
                state_of(row),
            )
            for row in rows
        ),
        new_url=reverse(f"{space}:export_new") if may else "",
    )


def export_page(export: Export, space: str, *, may_stop: bool) -> ExportPage:
    """One export with its stages. Everything in it comes out of its row."""
    now = timezone.now()
    ready, running = export.state == Export.State.READY, export.state in OPEN
    scope = scope_words([export])[export.scope]
    failure = None
    if export.state == Export.State.FAILED:
        failure = Failure(
            _("The bundle was not built"),
            _("%(error)s. Nothing was given out; ask again, or tell who runs this installation.")
            % {"error": export.error or _("It failed")},
        )
    leave = ""
    if running:
        leave = _("You may leave this page; the bundle stays here for %(n)d days.") % {"n": KEPT.days}
    elif ready and export.ready_at:
        leave = _("It stays here until %(day)s.") % {"day": shown(export.ready_at + KEPT, "day", now)}
    stop = None
    if running and may_stop:
        stop = Dialog(
            "stop", _("Stop…"), _("Stop %(ref)s?") % {"ref": label(export)},
            _("Nothing is given out, and what is built so far is thrown away. It can be asked for again."),
            reverse(f"{space}:export_stop", args=[export.pk]), _("Go on"), _("Stop the export"),
        )  # fmt: skip
    return ExportPage(
        now=now,
        key=str(export.pk),
        ref=label(export),
        title=_("Export for %(who)s") % {"who": export.recipient},
        meta=_("asked %(at)s") % {"at": shown(export.asked_at, "day time", now)},
        stages=_stages(export),
        progress=_progress(export) if running else None,
        facts=_facts(export, scope),
        download_url=reverse(f"{space}:export_download", args=[export.pk]) if ready else "",
        stop=stop,
        failure=failure,
        leave=leave,
    )


def state_of(export: Export) -> State:
    match export.state:
        case Export.State.ASKED:
            return State(Tone.IDLE, _("Waits"))
        case Export.State.BUILDING:
            progress = _progress(export)
            return State(Tone.INFO, f"{progress.percent:.0f} %")
        case Export.State.READY:
            return State(Tone.OK, _("Ready"))
        case Export.State.FAILED:
            return State(Tone.BAD, _("Failed"))
        case Export.State.STOPPED:
            return State(Tone.IDLE, _("Stopped"))
    return State(Tone.IDLE, _("Not kept any more"))


def _at(export: Export) -> int:
    """The place of the stage that is under way; after the last one where the bundle is ready."""
    if export.state in (Export.State.READY, Export.State.EXPIRED):
        return len(STAGES)
    return STAGES.index(export.stage) if export.stage in STAGES else -1


def _progress(export: Export) -> Progress:
    at = _at(export)
    if at < 0:
        return Progress(_("Waits for a worker"), 0, 1)
    if at == 0:
        return Progress(_("Collecting proofs"), export.done, max(export.total, 1))
    names = {1: _("Writing the report"), 2: _("Signing"), 3: _("Verifying as the recipient will")}
    return Progress(names[at], 90 + 3 * (at - 1), 100)


def _stages(export: Export) -> tuple[ExportStage, ...]:
    at = _at(export)
    total = grouped(export.total)
    waits = _("waits")

    def stage(place: int, name: str, now: str, done: str) -> ExportStage:
        if at > place:
            return ExportStage(State(Tone.OK, name), done)
        return (
            ExportStage(State(Tone.INFO, name), now)
            if at == place
            else ExportStage(State(Tone.IDLE, name), waits)
        )

    counted = State(Tone.OK if at >= 0 else Tone.IDLE, _("Events in scope"))
    whole = export.since is None and export.until is None
    gap = _("1 to %(n)s without a gap") if whole else _("%(n)s without a gap")
    return (
        ExportStage(counted, total if at >= 0 else waits),
        ExportStage(
            State(Tone.OK if at >= 0 else Tone.IDLE, _("Scope head proved")),
            gap % {"n": total} if at >= 0 else waits,
        ),
        stage(0, _("Proofs"), _("%(n)s of %(all)s") % {"n": grouped(export.done), "all": total}, total),
        stage(1, _("Report, HTML and PDF"), _("under way"), _("done")),
        stage(2, _("Signature"), _("under way"), "Ed25519"),
        stage(3, _("Verified as the recipient will"), _("under way"), _("valid")),
    )


def _facts(export: Export, scope: str) -> tuple[Fact, ...]:
    found = [Fact(_("Recipient"), export.recipient), Fact(_("Scope"), scope)]
    if export.since or export.until:
        since = shown(export.since, "date") if export.since else _("the beginning")
        until = shown(export.until, "date") if export.until else _("now")
        found.append(Fact(_("Time"), _("%(since)s to %(until)s") % {"since": since, "until": until}))
    found.append(Fact(_("Legal basis"), export.legal_basis or _("none named")))
    personal = _("disclosed where the key lives") if export.with_personal else _("covered, still provable")
    found.append(Fact(_("Personal values"), personal))
    if export.tree_size is not None:
        found.append(Fact(_("Checkpoint"), grouped(export.tree_size)))
        found.append(Fact(_("Size"), filesizeformat(export.size)))
        found.append(Fact("SHA-256", f"{export.digest[:16]}…{export.digest[-8:]}"))
    return tuple(found)


def scope_words(rows: list[Export]) -> Mapping[str, str]:
    """Each scope as people call it, tenants by name in one query. Needs the staff scope for those."""
    return words_for({row.scope for row in rows})


def words_for(scopes: set[str]) -> Mapping[str, str]:
    keys = [scope.partition(":")[2] for scope in scopes if scope.startswith("tenant:")]
    names: dict[str, str] = {}
    if keys:
        found = Organisation.objects.filter(pk__in=keys).values_list("pk", "name")
        names = {str(key): name for key, name in found}
    words = {}
    for scope in scopes:
        kind, _colon, rest = scope.partition(":")
        if kind == ALL:
            words[scope] = _("the whole log")
        elif kind == "jurisdiction":
            words[scope] = country_name(rest)
        else:
            words[scope] = names.get(rest, scope)
    return words


def new_page(
    values: Mapping[str, str], errors: Mapping[str, str] | None = None, failure: Failure | None = None
) -> ExportNewPage:
    wrong = errors or {}
    regulators = Organisation.objects.filter(kind=Kind.REGULATOR).order_by("name")
    options = (Option("", _("ourselves")), *(Option(str(o.pk), o.name) for o in regulators))
    fields = (
        Field("recipient", _("For whom"), kind="select", options=options),
        Field("tenant", _("Only one tenant"), placeholder="T-0101", autocomplete="off",
              hint=_("leave it empty for every tenant")),
        Field("jurisdiction", _("Only one country"), kind="select", options=country_options()),
        Field("since", _("From"), kind="date"),
        Field("until", _("To, this day left out"), kind="date"),
        Field("legal_basis", _("Legal basis"), autocomplete="off",
              hint=_("With one, a regulator also gets the personal values; without, they stay covered.")),
    )  # fmt: skip
    return ExportNewPage(
        fields=tuple(
            replace(
                field,
                value=values.get(field.name, ""),
                errors=(wrong[field.name],) if field.name in wrong else (),
            )
            for field in fields
        ),
        preview=(
            Fact(_("Events"), grouped(reading.scope_size(ALL)), _("of the whole log")),
            Fact(_("For each"), _("its leaf and the path to a signed checkpoint")),
            Fact(_("Of each scope"), _("its proved head: none is left out")),
        ),
        failure=failure,
    )


def ask(values: Mapping[str, str], *, user: User, by: Actor) -> Export:
    """Ask for a bundle. Raises InvalidInput with the page's field, and what the service raises."""
    with access.reading():
        recipient, scope = _recipient(values), _scope(values)
    times = {}
    for name in ("since", "until"):
        try:
            times[name] = moment_of(values.get(name, ""))
        except ValueError:
            raise InvalidInput(name, _("a day is expected")) from None
    # No transaction round it: a refusal that it records must stay.
    return disclosure.export(
        user=user,
        scope=scope,
        recipient=recipient,
        legal_basis=values.get("legal_basis", ""),
        by=by,
        **times,
    )


def _recipient(values: Mapping[str, str]) -> Organisation | None:
    if not values.get("recipient"):
        return None
    try:
        return access.get(Organisation.objects.filter(kind=Kind.REGULATOR), values["recipient"])
    except Absent:
        raise InvalidInput("recipient", _("choose one")) from None


def _scope(values: Mapping[str, str]) -> str:
    tenant, country = values.get("tenant", "").strip(), values.get("jurisdiction", "")
    if tenant and country:
        raise InvalidInput("jurisdiction", _("choose a tenant or a country, not both"))
    if tenant:
        found = registry.find("tenant", tenant)
        if found is None or not Tenant.objects.filter(pk=found).exists():
            raise InvalidInput("tenant", _("no tenant is called so"))
        return f"tenant:{found}"
    return f"jurisdiction:{country}" if country else ALL
