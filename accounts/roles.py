"""Roles as one table: role x act. Nothing is allowed that does not stand here."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """FATF and ASVS ask for separated duties: administrators hold no approving role."""

    REVIEWER = "reviewer"
    APPROVER = "approver"
    ADMINISTRATOR = "administrator"
    DATA_PROTECTION_OFFICER = "data-protection officer"
    APPLICANT = "applicant"
    EXAMINER = "examiner"
    SERVICE = "service"


class Act(StrEnum):
    """Everything that a person or a token may be allowed to do; tokens carry these as scopes."""

    SEE_TENANTS = "tenants:read"
    ENTER_TENANTS = "tenants:write"
    DECIDE_ALERTS = "alerts:decide"
    CONFIRM_MATCHES = "alerts:confirm"
    APPROVE_TENANTS = "tenants:approve"
    SEE_REQUESTS = "requests:read"
    APPROVE_REQUESTS = "requests:approve"
    SEE_GRANTS = "grants:read"
    REVOKE_GRANTS = "grants:revoke"
    REPORT_USAGE = "usage:write"
    ENTER_SITES = "sites:write"
    SEE_LISTS = "lists:read"
    IMPORT_LISTS = "lists:write"
    APPROVE_LISTS = "lists:approve"
    SEE_LOG = "log:read"
    EXPORT_LOG = "log:export"
    MANAGE_PEOPLE = "people:write"
    ERASE_DATA = "people:erase"
    APPLY = "own:apply"
    ASK_FOR_GPUS = "own:request"
    SEE_OWN = "own:read"
    EXAMINE = "examine:read"
    EXAMINE_EXPORT = "examine:export"
    MATCH = "match:read"


#: Each act in words that follow "the right to": refusals and pages name it so.
LABELS: dict[Act, str] = {
    Act.SEE_TENANTS: "see tenants",
    Act.ENTER_TENANTS: "enter tenants",
    Act.DECIDE_ALERTS: "decide alerts",
    Act.CONFIRM_MATCHES: "confirm what another person proposed about an alert",
    Act.APPROVE_TENANTS: "approve tenants",
    Act.SEE_REQUESTS: "see requests",
    Act.APPROVE_REQUESTS: "approve requests",
    Act.SEE_GRANTS: "see grants",
    Act.REVOKE_GRANTS: "revoke grants",
    Act.REPORT_USAGE: "report usage",
    Act.ENTER_SITES: "enter sites",
    Act.SEE_LISTS: "see lists",
    Act.IMPORT_LISTS: "import lists",
    Act.APPROVE_LISTS: "approve lists and thresholds",
    Act.SEE_LOG: "see the log",
    Act.EXPORT_LOG: "export the log",
    Act.MANAGE_PEOPLE: "manage people",
    Act.ERASE_DATA: "erase personal data",
    Act.APPLY: "apply as a tenant",
    Act.ASK_FOR_GPUS: "ask for accelerators",
    Act.SEE_OWN: "see its own account",
    Act.EXAMINE: "examine what is disclosed",
    Act.EXAMINE_EXPORT: "export what is disclosed",
    Act.MATCH: "match names against lists",
}


def lacking(*acts: Act) -> str:
    """Why somebody is refused who holds none of `acts`: "this needs the right to decide alerts"."""
    return f"this needs the right to {' or to '.join(LABELS[act] for act in acts)}"


def lacks(*acts: Act) -> str:
    """The same as a sentence."""
    words = lacking(*acts)
    return f"{words[0].upper()}{words[1:]}."


class Kind(StrEnum):
    """The three audiences; an organisation is of one kind and its people may hold only its roles."""

    PROVIDER = "provider"
    TENANT = "tenant"
    REGULATOR = "regulator"


_READ = {Act.SEE_TENANTS, Act.SEE_REQUESTS, Act.SEE_GRANTS, Act.SEE_LISTS, Act.SEE_LOG, Act.MATCH}

TABLE: dict[Role, frozenset[Act]] = {
    Role.REVIEWER: frozenset(
        _READ | {Act.ENTER_TENANTS, Act.DECIDE_ALERTS, Act.CONFIRM_MATCHES, Act.IMPORT_LISTS}
    ),
    Role.APPROVER: frozenset(
        _READ
        | {
            Act.CONFIRM_MATCHES,
            Act.APPROVE_TENANTS,
            Act.APPROVE_REQUESTS,
            Act.REVOKE_GRANTS,
            Act.APPROVE_LISTS,
            Act.EXPORT_LOG,
        }
    ),
    Role.ADMINISTRATOR: frozenset(
        _READ | {Act.MANAGE_PEOPLE, Act.ENTER_SITES, Act.IMPORT_LISTS, Act.EXPORT_LOG}
    ),
    Role.DATA_PROTECTION_OFFICER: frozenset({Act.SEE_TENANTS, Act.SEE_LOG, Act.ERASE_DATA, Act.EXPORT_LOG}),
    Role.APPLICANT: frozenset({Act.APPLY, Act.ASK_FOR_GPUS, Act.SEE_OWN}),
    Role.EXAMINER: frozenset({Act.EXAMINE, Act.EXAMINE_EXPORT}),
    Role.SERVICE: frozenset({Act.REPORT_USAGE, Act.SEE_GRANTS, Act.MATCH}),
}

OF_KIND: dict[Kind, frozenset[Role]] = {
    Kind.PROVIDER: frozenset(
        {
            Role.REVIEWER,
            Role.APPROVER,
            Role.ADMINISTRATOR,
            Role.DATA_PROTECTION_OFFICER,
            Role.SERVICE,
        }
    ),
    Kind.TENANT: frozenset({Role.APPLICANT}),
    Kind.REGULATOR: frozenset({Role.EXAMINER}),
}

#: No person holds two roles of one row: who manages people must not approve.
EXCLUSIVE: tuple[frozenset[Role], ...] = (frozenset({Role.ADMINISTRATOR, Role.APPROVER}),)


def acts_of(roles: set[Role]) -> frozenset[Act]:
    """Every act that the roles allow together."""
    return frozenset().union(*(TABLE[role] for role in roles))
