"""Why a grant was revoked, and through which door each reason may come. Pure."""

from __future__ import annotations

from enum import StrEnum


class Because(StrEnum):
    """One reason a revocation; stored with it. Members are only added."""

    OPERATOR = "operator"
    MISUSE = "misuse"
    KEY_COMPROMISED = "key_compromised"
    TENANT_HELD = "tenant_held"
    TENANT_SUSPENDED = "tenant_suspended"
    TENANT_DENIED = "tenant_denied"
    RULES = "rules"
    REQUEST_WITHDRAWN = "request_withdrawn"


#: What a person may give; the others follow from a state and are the platform's own.
BY_PERSON = frozenset({Because.OPERATOR, Because.MISUSE, Because.KEY_COMPROMISED})
#: A held tenant is released when its match was none: its requests wait approved. All else ends them, but
#: for a stricter decision, which sends them back to be approved.
KEEPS_APPROVAL = frozenset({Because.TENANT_HELD, Because.KEY_COMPROMISED})

#: What the tenant reads. A match under review is never disclosed.
FOR_TENANT = {
    Because.OPERATOR: "The provider has revoked this grant.",
    Because.MISUSE: "The provider has revoked this grant because of how it was used.",
    Because.KEY_COMPROMISED: "The key that signed this grant is used no more; a new grant takes its place.",
    Because.TENANT_HELD: "Your account is being reviewed.",
    Because.TENANT_SUSPENDED: "Your account is suspended.",
    Because.TENANT_DENIED: "Your account is closed.",
    Because.RULES: "The facts that this grant rests on have changed.",
    Because.REQUEST_WITHDRAWN: "You have withdrawn the request.",
}
