"""The keyring: every secret of an installation, and the few operations that need them.

Pure: no Django, no settings, no clock. `core.keyring` decides where a keyring is read from.

One document holds the key-encryption keys (AES-256, by id, one active), the key of the blind indexes,
the key that signs the log's checkpoints and the keys that sign grants (both Ed25519). A retired
key-encryption key stays until everything under it is re-wrapped; of a retired grant key only the
public half stays, until the last grant it signed has expired.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from core.errors import Misconfigured
from core.files import write_whole

FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12
_WRAP_VERSION = b"\x01"


class Undecryptable(Exception):
    """Authenticated decryption failed: another key, another place, or damaged bytes."""


def framed(*parts: bytes) -> bytes:
    """Join `parts` so that no two different lists give the same bytes (4-byte big-endian lengths)."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def subkey(secret: bytes, *context: bytes, length: int = KEY_BYTES) -> bytes:
    """Derive `length` bytes from a uniformly random secret (RFC 5869, expand only, SHA-256)."""
    return HKDFExpand(algorithm=SHA256(), length=length, info=framed(*context)).derive(secret)


def encrypt(key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    """AES-256-GCM: nonce ‖ ciphertext ‖ tag, valid only beside the same `bound_to`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to)


def decrypt(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The inverse of `encrypt`. Raises Undecryptable."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise Undecryptable("the value does not decrypt at this place") from error


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key under a key-encryption key; `kek_id` says which."""

    kek_id: str
    blob: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class GrantKey:
    """A key that signs grants, or the public half of one that did until `retired_at` (Unix seconds)."""

    kid: str
    public: Ed25519PublicKey = field(repr=False)
    private: Ed25519PrivateKey | None = field(default=None, repr=False)
    retired_at: int | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys of one installation. Immutable: a rotation returns a new keyring to save."""

    keks: Mapping[str, bytes] = field(repr=False)
    active_kek: str
    blind_index_key: bytes = field(repr=False)
    log_key: Ed25519PrivateKey = field(repr=False)
    grant_keys: Mapping[str, GrantKey] = field(repr=False)
    active_grant_key: str

    def __post_init__(self) -> None:
        if any(len(key) != KEY_BYTES for key in (*self.keks.values(), self.blind_index_key)):
            raise Misconfigured("The keyring holds a symmetric key that is not 32 bytes long.")
        if self.active_kek not in self.keks:
            raise Misconfigured("The keyring's active key-encryption key is not among its keys.")
        if any(not kek_id or "." in kek_id or len(kek_id) > 64 for kek_id in self.keks):
            raise Misconfigured("A key-encryption key's id is empty, has a dot or is longer than 64.")
        active = self.grant_keys.get(self.active_grant_key)
        if active is None or active.private is None:
            raise Misconfigured("The keyring's active grant key has no private half.")

    # -- making and rotating ---------------------------------------------------------------------

    @classmethod
    def generate(cls) -> Keyring:
        """A new keyring with fresh random keys."""
        kek_id, grant_key = _new_id("kek"), _new_grant_key()
        return cls(
            keks={kek_id: secrets.token_bytes(KEY_BYTES)},
            active_kek=kek_id,
            blind_index_key=secrets.token_bytes(KEY_BYTES),
            log_key=Ed25519PrivateKey.generate(),
            grant_keys={grant_key.kid: grant_key},
            active_grant_key=grant_key.kid,
        )

    def with_new_kek(self) -> Keyring:
        """Rotation, step one: a new active key-encryption key; older ones still unwrap."""
        kek_id = _new_id("kek")
        return replace(self, keks={**self.keks, kek_id: secrets.token_bytes(KEY_BYTES)}, active_kek=kek_id)

    def without_kek(self, kek_id: str) -> Keyring:
        """Rotation, last step, once nothing is wrapped or sealed under `kek_id`. Old backups die with it."""
        if kek_id == self.active_kek:
            raise Misconfigured("The active key-encryption key cannot be dropped.")
        return replace(self, keks={k: v for k, v in self.keks.items() if k != kek_id})

    def with_new_grant_key(self, *, now: int) -> Keyring:
        """A new active grant key; of the one before, only the public half stays. `now` in Unix seconds."""
        old, new = self.grant_keys[self.active_grant_key], _new_grant_key()
        retired = replace(old, private=None, retired_at=now)
        return replace(
            self, grant_keys={**self.grant_keys, old.kid: retired, new.kid: new}, active_grant_key=new.kid
        )

    # -- data keys -------------------------------------------------------------------------------

    def wrap(self, data_key: bytes, *, bound_to: bytes) -> Wrapped:
        """Wrap a data key under the active key-encryption key; it unwraps only beside `bound_to`."""
        kek = subkey(self.keks[self.active_kek], b"wrap")
        return Wrapped(self.active_kek, _WRAP_VERSION + encrypt(kek, data_key, bound_to))

    def unwrap(self, wrapped: Wrapped, *, bound_to: bytes) -> bytes:
        """Raises Undecryptable, or Misconfigured when the key-encryption key is not in the keyring."""
        kek = subkey(self._kek(wrapped.kek_id), b"wrap")
        if wrapped.blob[:1] != _WRAP_VERSION:
            raise Undecryptable("unknown form of a wrapped data key")
        return decrypt(kek, wrapped.blob[1:], bound_to)

    def rewrap(self, wrapped: Wrapped, *, bound_to: bytes) -> Wrapped:
        """The same data key under the active key-encryption key: rotation touches keys, not data."""
        return self.wrap(self.unwrap(wrapped, bound_to=bound_to), bound_to=bound_to)

    # -- small secrets and look-ups --------------------------------------------------------------

    def seal(self, text: str, purpose: str) -> str:
        """Encrypt a small secret that belongs to no subject (a TOTP seed); text out, for any column."""
        key = subkey(self.keks[self.active_kek], b"seal", purpose.encode())
        body = encrypt(key, text.encode(), purpose.encode())
        return f"v1.{self.active_kek}.{_b64(body)}"

    def unseal(self, sealed: str, purpose: str) -> str:
        """The inverse of `seal` with the same purpose. Raises Undecryptable or Misconfigured."""
        version, kek_id, body = [*sealed.split("."), "", ""][:3]
        if version != "v1" or sealed.count(".") != 2:
            raise Undecryptable("unknown form of a sealed secret")
        key = subkey(self._kek(kek_id), b"seal", purpose.encode())
        try:
            raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        except (binascii.Error, ValueError) as error:
            raise Undecryptable("a sealed secret is not base64url") from error
        return decrypt(key, raw, purpose.encode()).decode()

    def blind_index(self, domain: str, normalised: str) -> bytes:
        """HMAC-SHA-256 of a normalised value; equal values agree only within one `domain`."""
        return hmac.digest(self.blind_index_key, framed(domain.encode(), normalised.encode()), "sha256")

    # -- signing ---------------------------------------------------------------------------------

    @property
    def grant_signer(self) -> tuple[str, Ed25519PrivateKey]:
        """(kid, private key) of the active grant key."""
        private = self.grant_keys[self.active_grant_key].private
        assert private is not None  # checked when the keyring was built
        return self.active_grant_key, private

    def grant_public_keys(self, *, now: int, keep: int = 25 * 3600) -> dict[str, Ed25519PublicKey]:
        """Public keys by kid that verifiers need at `now` (Unix seconds): the active one, and retired
        ones for `keep` seconds, longer than any grant lives."""
        return {
            kid: key.public
            for kid, key in self.grant_keys.items()
            if key.retired_at is None or now < key.retired_at + keep
        }

    def _kek(self, kek_id: str) -> bytes:
        try:
            return self.keks[kek_id]
        except KeyError:
            raise Misconfigured(f"The keyring has no key-encryption key {kek_id!r}.") from None

    # -- reading and writing ---------------------------------------------------------------------

    def to_json(self) -> str:
        """The document that `from_json` reads. It holds every secret in the clear."""
        grants = {
            kid: {"private": _b64(key.private.private_bytes_raw())}
            if key.private is not None
            else {"public": _b64(key.public.public_bytes_raw()), "retired_at": key.retired_at}
            for kid, key in self.grant_keys.items()
        }
        document = {
            "version": FORMAT,
            "key_encryption": {
                "active": self.active_kek,
                "keys": {kek_id: _b64(key) for kek_id, key in self.keks.items()},
            },
            "blind_index": _b64(self.blind_index_key),
            "log_signing": _b64(self.log_key.private_bytes_raw()),
            "grant_signing": {"active": self.active_grant_key, "keys": grants},
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Keyring:
        """Raises Misconfigured; the message never repeats a part of the document."""
        try:
            document = json.loads(text)
            if document["version"] != FORMAT:
                raise Misconfigured("The keyring's version is not one that this release reads.")
            encryption, grants = document["key_encryption"], document["grant_signing"]
            return cls(
                keks={str(kek_id): _unb64(key) for kek_id, key in encryption["keys"].items()},
                active_kek=encryption["active"],
                blind_index_key=_unb64(document["blind_index"]),
                log_key=Ed25519PrivateKey.from_private_bytes(_unb64(document["log_signing"])),
                grant_keys={str(kid): _grant_key(kid, entry) for kid, entry in grants["keys"].items()},
                active_grant_key=grants["active"],
            )
        except Misconfigured:
            raise
        except (ValueError, KeyError, TypeError, AttributeError):
            # `from None`: the cause's text could quote the document.
            raise Misconfigured("The keyring is not a document that this release reads.") from None

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """Read a keyring file. Raises Misconfigured when it is absent, damaged or readable by everyone."""
        try:
            with path.open(encoding="utf-8") as file:
                if os.fstat(file.fileno()).st_mode & stat.S_IROTH:
                    raise Misconfigured(
                        f"The keyring {path} is readable by every user; set its mode to 0600."
                    )
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            raise Misconfigured(f"The keyring {path} cannot be read ({type(error).__name__}).") from error
        return cls.from_json(text)

    def save(self, path: Path, *, replace_existing: bool = True) -> bool:
        """Write the keyring whole or not at all, mode 0600.

        With `replace_existing=False` a file that is already there wins and False is returned, so that
        two processes which start at once end with one keyring.
        """
        return write_whole(path, self.to_json().encode(), replace=replace_existing)


def thumbprint(public: Ed25519PublicKey) -> str:
    """The key's JWK thumbprint (RFC 7638 over the RFC 8037 members), used as its `kid`."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _b64(public.public_bytes_raw())}
    return _b64(hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest())


def _new_grant_key() -> GrantKey:
    private = Ed25519PrivateKey.generate()
    return GrantKey(thumbprint(private.public_key()), private.public_key(), private)


def _grant_key(kid: str, entry: dict[str, Any]) -> GrantKey:
    if "private" in entry:
        private = Ed25519PrivateKey.from_private_bytes(_unb64(entry["private"]))
        return GrantKey(kid, private.public_key(), private)
    public = Ed25519PublicKey.from_public_bytes(_unb64(entry["public"]))
    return GrantKey(kid, public, retired_at=int(entry["retired_at"]))


def _new_id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(4)}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
