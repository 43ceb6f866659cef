"""Step 3: who owns the organisation, up to the last one. An entry is one statement: who, of whom, share."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from audit.record import Actor
from console.charts.scales import ShareBar
from console.parts import Field, Option, State, Tone
from console.places import country_options
from console.portal.pages.application import Entries, EntryLine, Why
from console.portal.queries.told import Held, Told, held
from console.portal.steps.base import NEW, Step, Values, first, merged, needed, only_filled, reference_for
from console.portal.steps.people import birth_date, wrong_date
from console.portal.steps.typed import read_date, read_share, shown_date, shown_share
from console.say import country_name
from console.templatetags.lockgate import share_text
from core.errors import Absent
from core.uuids import uuid7
from kyc.models import IdentityCheck, OwnershipStatement, Party
from kyc.onboarding.holdings import enter_statement, remove_statement
from kyc.onboarding.parties import change_party, enter_party

PERSON, COMPANY, UNKNOWN = "person", "company", "unknown"


def ways() -> tuple[Option, ...]:
    """How an owner holds it: interest types of BODS."""
    return (
        Option("shareholding", _("Shares, directly")),
        Option("votingRights", _("Votes")),
        Option("appointmentOfBoard", _("Right to appoint the board")),
        Option("otherInfluenceOrControl", _("Control in another way")),
    )


class Owners(Step):
    slug = "owners"
    field_of = {"name": "name", "birthDate": "born", "registrationNumber": "number",
                "interestedParty": "name", "share": "share", "interests": "share"}  # fmt: skip

    @property
    def name(self) -> str:
        return _("Who owns it")

    @property
    def save_label(self) -> str:  # type: ignore[override]
        return _("Save owner")

    @property
    def add_label(self) -> str:  # type: ignore[override]
        return _("Add another owner")

    def title(self, told: Told) -> str:
        return _("Who owns %(name)s") % {"name": told.tenant}

    def lead(self, told: Told) -> str:
        return _(
            "Tell us who holds shares or votes, one line an owner, up to the people at the end. Estimates "
            "are fine: give a range. You can stop at any time; nothing is sent before you say so."
        )

    def form_title(self, told: Told, entry: str) -> str:
        number = next((n for n, s in enumerate(told.statements, 1) if s.reference == entry), None)
        return _("Owner %(n)d") % {"n": number or len(told.statements) + 1}

    def state(self, told: Told) -> State:
        share = told.told_percent
        if not told.statements:
            return State(Tone.IDLE, _("nobody yet"))
        figure = {"share": share_text(share.least, share.most)}
        if told.open_of(self.slug):
            return State(Tone.INFO, _("draft, %(share)s told") % figure)
        if share.most >= 100:
            return State(Tone.OK, _("%(share)s told") % figure)
        return State(Tone.WARN, _("%(share)s told") % figure)

    def stored(self, told: Told, entry: str) -> Values:
        if entry == NEW:
            return {}
        statement = statement_named(told, entry)
        of = told.by_id[statement.subject_id].reference
        interest = statement.interests[0]
        share = shown_share(interest["share"]) if interest.get("share") else ""
        values = {"of": of, "how": interest["type"], "share": share}
        if statement.interested_id is None:
            return {**values, "kind": UNKNOWN}
        owner = told.by_id[statement.interested_id]
        return {
            **values,
            "kind": PERSON if owner.schema == Party.Schema.PERSON else COMPANY,
            "name": first(owner, "name"),
            "country": owner.country,
            "born": shown_date(first(owner, "birthDate")),
            "number": first(owner, "registrationNumber"),
        }

    def fields(self, told: Told, values: Values) -> tuple[Field, ...]:
        kind = values.get("kind", PERSON)
        kinds = (
            Option(PERSON, _("A person")),
            Option(COMPANY, _("A company, trust or other body")),
            Option(UNKNOWN, _("We do not know who")),
        )
        found = [Field("kind", _("The owner is"), PERSON, kind="select", options=kinds, whole=True)]
        if kind != UNKNOWN:
            label = _("Full name, as in the passport") if kind == PERSON else _("Name, as in the register")
            found.append(Field("name", label, whole=True, autocomplete="off"))
            where = _("Country of residence") if kind == PERSON else _("Country of its seat")
            found.append(Field("country", where, kind="select", options=country_options()))
            if kind == PERSON:
                found.append(Field("born", _("Born"), placeholder="9 Feb 1984", autocomplete="off"))
            else:
                found.append(Field("number", _("Number in the register"), autocomplete="off"))
        companies = [p for p in told.parties if p.schema != Party.Schema.PERSON]
        if len(companies) > 1:
            options = tuple(Option(p.reference, str(p.caption)) for p in companies)
            found.append(Field("of", _("Owner of"), "self", kind="select", options=options, whole=True))
        found += [
            Field("how", _("How it is held"), "shareholding", kind="select", options=ways()),
            Field("share", _("Share"), kind="number", unit="%", autocomplete="off"),
        ]
        return tuple(found)

    def whys(self, told: Told) -> tuple[Why, ...]:
        return (
            Why(
                _("Who owns it"),
                _(
                    "We must know every person who holds 25 % or more, or who controls the company in "
                    "another way, up to the last one."
                ),
                "31 CFR 1010.230, EU 2024/1624 art. 51",
                "name",
            ),
            Why(
                _("Country of the parent"),
                _(
                    "Training for a group with its head office in some countries needs a closer look before "
                    "it may start. It does not mean no."
                ),
                "BIS policy statement 2025-05-13",
                "country",
            ),
            birth_date(),
            Why(
                _("Share"),
                _("A range such as 57–63 is enough. 0 takes the owner out again."),
                field="share",
            ),
            who_sees_this(),
        )

    def entries(self, told: Told, url: str) -> Entries:
        lines = tuple(self._line(told, statement, url) for statement in _in_order(told))
        share = told.told_percent
        middles = sorted((s.middle for x in told.of_tenant if (s := held(x)) is not None), reverse=True)
        gap = Held(100 - share.most, 100 - share.least)
        note = None
        if lines and gap.most > 0:
            note = State(
                Tone.WARN,
                _("%(gap)s is not accounted for. You can send without it; approval will wait until we know.")
                % {"gap": share_text(round(gap.least, 2), round(gap.most, 2))},
            )
        return Entries(
            _("Owners so far"),
            _("%(share)s of 100 %%") % {"share": share_text(share.least, share.most).removesuffix("\xa0%")},
            lines,
            ShareBar(tuple(middles)) if lines else None,
            note,
            _("Begin with whoever holds most."),
        )

    def _line(self, told: Told, statement: OwnershipStatement, url: str) -> EntryLine:
        share = held(statement)
        where = f"{url}?entry={statement.reference}"
        if statement.interested_id is None:
            name, kind, country = _("Not known"), _("unknown"), ""
        else:
            owner = told.by_id[statement.interested_id]
            person = owner.schema == Party.Schema.PERSON
            name, kind = str(owner.caption), _("person") if person else _("company")
            country = country_name(owner.country)
        if statement.subject_id != told.tenant.subject_id:
            kind = _("%(kind)s, of %(company)s") % {
                "kind": kind, "company": told.by_id[statement.subject_id].caption
            }  # fmt: skip
        return EntryLine(
            name, kind, country, self._state_of(told, statement), where,
            share.least if share else None, share.most if share else None,
        )  # fmt: skip

    def _state_of(self, told: Told, statement: OwnershipStatement) -> State:
        draft = told.open_of(self.slug).get(statement.reference)
        if draft is not None:
            return State(Tone.WARN, _("Look again")) if draft.get("errors") else State(Tone.INFO, _("Draft"))
        if statement.interested_id is None:
            return State(Tone.WARN, _("Owner asked"))
        owner = told.by_id[statement.interested_id]
        if owner.schema == Party.Schema.PERSON:
            good = told.results.get(owner.pk) == IdentityCheck.Result.GOOD
            return State(Tone.OK, _("Proved")) if good else State(Tone.INFO, _("Told"))
        owned = any(s.subject_id == owner.pk for s in told.statements)
        return State(Tone.OK, _("Told")) if owned else State(Tone.WARN, _("Owner asked"))

    def check(self, told: Told, entry: str, values: Values) -> dict[str, str]:
        kind = values.get("kind", PERSON)
        wrong: dict[str, str] = {}
        if kind != UNKNOWN:
            wrong |= needed(values, "name", "country", *(["born"] if kind == PERSON else []))
            wrong |= wrong_date(values, "born") if kind == PERSON else {}
        if not values.get("share", "").strip():
            return wrong | (needed(values, "share") if self._is_share(values) else {})
        try:
            share = read_share(values["share"])
        except ValueError as error:
            return wrong | {"share": str(error)}
        too_much = self._too_much(told, entry, values, share)
        return wrong | ({"share": too_much} if too_much else {})

    @staticmethod
    def _is_share(values: Values) -> bool:
        return values.get("how", "shareholding") in ("shareholding", "votingRights")

    def _too_much(self, told: Told, entry: str, values: Values, share: dict[str, float]) -> str:
        """Why the shares in one company cannot all be true; empty where they can."""
        of = values.get("of", "self")
        how = values.get("how", "shareholding")
        others = [
            found
            for s in told.statements
            if s.reference != entry
            and told.by_id[s.subject_id].reference == of
            and s.interests[0]["type"] == how
            and (found := held(s)) is not None
        ]
        least = share.get("exact", share.get("minimum", 0.0))
        if sum(o.least for o in others) + least <= 100:
            return ""
        listed = [share_text(o.least, o.most) for o in others] + [
            share_text(least, share.get("exact", share.get("maximum", least)))
        ]
        words = _("%(first)s and %(last)s are more than 100 %%.") % {
            "first": ", ".join(listed[:-1]), "last": listed[-1]
        }  # fmt: skip
        before = self.stored(told, entry).get("share", "") if entry != NEW else ""
        return f"{words} {_('Before this you had %(was)s %%.') % {'was': before}}" if before else words

    def take(self, told: Told, entry: str, values: Values, *, user: User, by: Actor) -> None:
        before = statement_named(told, entry) if entry != NEW else None
        share = read_share(values["share"]) if values.get("share", "").strip() else None
        if before is not None:
            reason = _("changed in the portal")
            if share == {"exact": 0.0}:
                reason = _("taken out in the portal")
            remove_statement(before, reason=reason, user=user, by=by)
            if share == {"exact": 0.0}:
                return
        owner = self._owner(told, before, values, user=user, by=by)
        how = values.get("how", "shareholding")
        interest: dict[str, Any] = {"type": how, "directOrIndirect": "direct"}
        if share is not None:
            interest["share"] = share
        if how != "shareholding":
            interest["beneficialOwnershipOrControl"] = True
        enter_statement(
            told.tenant,
            reference=f"{values.get('of', 'self')}-{owner or UNKNOWN}-{str(uuid7())[-6:]}",
            subject=values.get("of", "self"),
            interested=owner,
            interests=[interest],
            user=user,
            by=by,
        )

    def _owner(
        self, told: Told, before: OwnershipStatement | None, values: Values, *, user: User, by: Actor
    ) -> str | None:
        """The owner's reference: the one of the entry, one of that name, or a new party."""
        kind = values.get("kind", PERSON)
        if kind == UNKNOWN:
            return None
        schema = Party.Schema.PERSON if kind == PERSON else Party.Schema.COMPANY
        typed = {"name": values["name"]}
        if kind == PERSON:
            typed["birthDate"] = read_date(values["born"])
        else:
            typed |= {"registrationNumber": values.get("number", ""), "jurisdiction": values["country"]}
        party = told.by_id.get(before.interested_id) if before and before.interested_id else None
        if party is None or party.schema != schema:
            named = values["name"].strip().casefold()
            party = next(
                (p for p in told.parties if p.schema == schema and str(p.caption).casefold() == named), None
            )
        if party is not None:
            roles = [*party.roles, *(["owner"] if "owner" not in party.roles else [])]
            properties = merged(party, typed)
            changed = (party.properties, party.country, list(party.roles)) != (
                properties, values["country"], roles,
            )  # fmt: skip
            if changed:
                change_party(
                    party, properties=properties, country=values["country"], roles=roles, user=user, by=by
                )
            return party.reference
        return enter_party(
            told.tenant,
            reference=reference_for(told, values["name"]),
            schema=schema,
            properties=only_filled(typed),
            country=values["country"],
            roles=["owner"],
            user=user,
            by=by,
        ).reference


def statement_named(told: Told, reference: str) -> OwnershipStatement:
    """A statement in force. Raises Absent."""
    for statement in told.statements:
        if statement.reference == reference:
            return statement
    raise Absent("No such owner.")


def _in_order(told: Told) -> list[OwnershipStatement]:
    """Owners of the tenant first, then those above them."""
    above = [s for s in told.statements if s.subject_id != told.tenant.subject_id]
    return [*told.of_tenant, *above]


def who_sees_this() -> Why:
    return Why(
        _("Who sees this"),
        _(
            "The provider's reviewers. An authority only on a legal basis that stands in the log. Names and "
            "numbers are encrypted for each person, so that they can be destroyed one by one."
        ),
    )
