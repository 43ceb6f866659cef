"""The checking side as a library: a cluster's gateway, scheduler plugin or agent asks `Client.check`.

It works while the platform is away: keys are kept, and the last status list is used until it expires
or has been out of reach for longer than allowed; then everything is refused.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enforcement import grant_token, status
from enforcement.grant_token import LEEWAY, GrantClaims
from enforcement.jwks import from_jwks
from enforcement.sources import Store, Unreachable
from enforcement.verdict import Reason, Refused

#: Verified tokens that are remembered at once.
CACHE_SIZE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What is asked for under a grant. What is None is not asked for, and not compared."""

    count: int | None = None
    accelerator: str | None = None
    project: str | None = None
    site: str | None = None
    hours: float | None = None

    def refusal(self, claims: GrantClaims) -> Refused | None:
        """Why the grant does not cover this, or None."""
        if self.count is not None and self.count > claims.count:
            return Refused(
                Reason.TOO_MANY, f"{self.count} accelerators are wanted, {claims.count} are granted."
            )
        if self.accelerator is not None and _model(self.accelerator) != _model(claims.accelerator):
            return Refused(Reason.OTHER_ACCELERATOR, f"The grant is for {claims.accelerator}.")
        if self.project is not None and self.project != claims.project:
            return Refused(Reason.OTHER_PROJECT, "The grant is for another project.")
        if self.site is not None and self.site != claims.site:
            return Refused(Reason.OTHER_SITE, "The grant is for another site.")
        if self.hours is not None and self.hours > claims.max_hours:
            return Refused(Reason.TOO_LONG_A_JOB, f"A job may last {claims.max_hours:g} hours at most.")
        return None


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes. `status_issued_at` is the age of the revocation data (Unix seconds; None: none was asked for);
    `warning` says why it could not be renewed just now, if so."""

    claims: GrantClaims
    status_issued_at: int | None = None
    warning: str | None = None


class KeySet:
    """Verification keys by `kid`: read from `load`, renewed hourly and when an unknown `kid` turns up."""

    def __init__(
        self,
        load: Callable[[], str],
        *,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        renew_after: float = 3600,
        retry_after: float = 10,
    ) -> None:
        self._load, self._store, self._clock = load, store or Store(), clock
        self._renew_after, self._retry_after = renew_after, retry_after
        self._keys: dict[str, Ed25519PublicKey] = {}
        self._tried_at = float("-inf")
        self.generation = 0

    def current(self) -> Mapping[str, Ed25519PublicKey]:
        """The keys as known; empty where none could ever be read."""
        if not self._keys or self._clock() - self._tried_at >= self._renew_after:
            self.renew()
        return self._keys

    def renew(self) -> bool:
        """Read the keys again, at most every `retry_after` seconds; True if they changed."""
        now = self._clock()
        if 0 <= now - self._tried_at < self._retry_after:
            return False
        self._tried_at = now
        try:
            text = self._load()
            keys = from_jwks(text)
        except (Unreachable, ValueError):
            kept = None if self._keys else self._store.get("jwks")
            try:
                self._keys = from_jwks(kept or "")
            except ValueError:
                return False
        else:
            if keys == self._keys:
                return False
            self._store.put("jwks", text)
            self._keys = keys
        self.generation += 1
        return True


class StatusLists:
    """The newest verified list of each URI, renewed after its `ttl`, never replaced by an older one."""

    def __init__(
        self,
        fetch: Callable[[str], str],
        keys: KeySet,
        *,
        store: Store | None = None,
        clock: Callable[[], float] = time.time,
        max_silence: float = 300,
        retry_after: float = 2,
    ) -> None:
        """`max_silence`: seconds for which a list is used after it could last be fetched.

        `retry_after`: seconds for which a failed fetch is not repeated, so that a platform that hangs
        does not make every check wait.
        """
        self._fetch, self._keys, self._store, self._clock = fetch, keys, store or Store(), clock
        self._max_silence, self._retry_after = max_silence, retry_after
        self._held: dict[str, tuple[status.StatusList, float]] = {}
        self._failed: dict[str, tuple[Refused, float]] = {}

    def current(self, uri: str, *, renew: bool = False) -> tuple[status.StatusList, str | None] | Refused:
        """The list to use now and a warning, or why there is none. `renew`: even within the `ttl`."""
        now = self._clock()
        held = self._held.get(uri) or self._kept(uri, now)
        warning = None
        if held is None or renew or not 0 <= now - held[1] < held[0].ttl:
            failure = None if renew else self._failure(uri, now)
            fetched = failure or self._fetched(uri, now, seen=held[0].issued_at if held else 0)
            if isinstance(fetched, Refused):
                if held is None:
                    return fetched
                warning = fetched.text
            else:
                held = self._held[uri] = (fetched, now)
        lists, fetched_at = held
        if now >= lists.expires_at:
            return Refused(Reason.STATUS_EXPIRED, f"The status list has expired. {warning or ''}".strip())
        # A clock that was set back must not lengthen the silence.
        if not -LEEWAY <= now - fetched_at <= self._max_silence:
            return Refused(Reason.STATUS_UNAVAILABLE, f"No status list for too long. {warning or ''}".strip())
        return lists, warning

    def _failure(self, uri: str, now: float) -> Refused | None:
        refused, at = self._failed.get(uri, (None, now))
        return refused if 0 <= now - at < self._retry_after else None

    def _fetched(self, uri: str, now: float, *, seen: int) -> status.StatusList | Refused:
        try:
            token = self._fetch(uri)
        except Unreachable as error:
            verified: status.StatusList | Refused = Refused(
                Reason.STATUS_UNAVAILABLE, f"The status list cannot be read: {error}."
            )
        else:
            verified = self._verified(token, uri, now, seen)
        if isinstance(verified, Refused):
            self._failed[uri] = (verified, now)
        else:
            self._failed.pop(uri, None)
            self._store.put(uri, token)
        return verified

    def _kept(self, uri: str, now: float) -> tuple[status.StatusList, float] | None:
        """The list kept from before a restart, as old as its issue; it also says what was seen."""
        token = self._store.get(uri)
        verified = self._verified(token, uri, now, 0) if token else None
        if not isinstance(verified, status.StatusList):
            return None
        held = self._held[uri] = (verified, float(verified.issued_at))
        return held

    def _verified(self, token: str, uri: str, now: float, seen: int) -> status.StatusList | Refused:
        verified = status.verify(token, self._keys.current(), uri=uri, now=now, seen=seen)
        if isinstance(verified, Refused) and verified.reason is Reason.UNKNOWN_KEY and self._keys.renew():
            verified = status.verify(token, self._keys.current(), uri=uri, now=now, seen=seen)
        return verified


class Client:
    """Checks grants for one audience. Safe to share between threads."""

    def __init__(
        self,
        audience: str,
        keys: KeySet,
        statuses: StatusLists | None,
        *,
        issuer: str | None = None,
        site: str | None = None,
        clock: Callable[[], float] = time.time,
        leeway: int = LEEWAY,
        cache_seconds: float = 5,
    ) -> None:
        """`statuses=None` leaves revocation unchecked, for looking at a token by hand only.

        `cache_seconds`: for how long a verified signature is not verified again. Time, binding, status
        and what is wanted are judged at every call, so the cache delays no revocation.
        """
        self.audience, self._keys, self._statuses = audience, keys, statuses
        self._issuer, self._site = issuer, site
        self._clock, self.leeway, self._cache_seconds = clock, leeway, cache_seconds
        self._genuine: OrderedDict[bytes, tuple[GrantClaims, float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, token: str, want: Want | None = None, *, renew_status: bool = False) -> Allowed | Refused:
        """May this run now? `renew_status` asks for the newest status list even within its `ttl`."""
        want = want or Want()
        with self._lock:
            claims = self._authentic(token)
            if isinstance(claims, Refused):
                return claims
            refused = (
                grant_token.refusal_here(
                    claims,
                    audience=self.audience,
                    now=self._clock(),
                    leeway=self.leeway,
                    issuer=self._issuer,
                    answers_to={"project": want.project} if want.project is not None else None,
                )
                or Want(site=self._site).refusal(claims)
                or want.refusal(claims)
            )
            if refused is not None:
                return refused
            if self._statuses is None:
                return Allowed(claims)
            current = self._statuses.current(claims.status_uri, renew=renew_status)
            if isinstance(current, Refused):
                return current
            lists, warning = current
            return lists.refusal(claims.status_index) or Allowed(claims, lists.issued_at, warning)

    @property
    def remembered(self) -> int:
        """How many verified tokens are held, at most CACHE_SIZE."""
        return len(self._genuine)

    def _authentic(self, token: str) -> GrantClaims | Refused:
        keys, now = self._keys.current(), self._clock()
        if not keys:
            return Refused(Reason.KEYS_UNAVAILABLE, "The platform's keys could not be read.")
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        known = self._genuine.get(digest)
        if (
            known is not None
            and known[2] == self._keys.generation
            and 0 <= now - known[1] < self._cache_seconds
        ):
            return known[0]
        claims = grant_token.authenticate(token, keys)
        if isinstance(claims, Refused) and claims.reason is Reason.UNKNOWN_KEY and self._keys.renew():
            claims = grant_token.authenticate(token, self._keys.current())
        if isinstance(claims, GrantClaims):
            self._genuine[digest] = (claims, now, self._keys.generation)
            self._genuine.move_to_end(digest)
            while len(self._genuine) > CACHE_SIZE:
                self._genuine.popitem(last=False)
        return claims


def _model(name: str) -> str:
    """An accelerator's name as it is compared: case, spaces, hyphens and trade words do not count."""
    words = [
        word
        for word in re.split(r"[\s\-_]+", name.casefold())
        if word not in {"tensor", "core", "gpu", "instinct", "accelerator"}
    ]
    return "".join(words)
