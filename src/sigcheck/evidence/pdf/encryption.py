"""Encrypted documents (ISO 32000-2, 7.6), through pyHanko's security handlers, imported late."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msgspec import Struct

from sigcheck.errors import FAULTS, DamagedError, EncryptedError, PasswordNeededError
from sigcheck.evidence.pdf.objects import Dict, HexString, Name, Obj, PdfString, Stream
from sigcheck.evidence.pdf.view import View

_VALIDATION, _KEY, _END = 32, 40, 48
"""Where the two salts of /U and /O stand, each of eight bytes."""
_MAX_PASSWORD = 127


def file_key(password: str, entries: dict[str, bytes]) -> bytes | None:
    """Return the file's key for a user's or the owner's password; None for a wrong one.

    `entries` are /U, /UE, /O and /OE as written.
    """
    secret = password.encode()[:_MAX_PASSWORD]
    user = entries.get("U", b"")[:_END]
    for stored, sealed, more in (
        (user, entries.get("UE", b""), b""),
        (entries.get("O", b"")[:_END], entries.get("OE", b""), user),
    ):
        if len(stored) != _END or len(sealed) != _VALIDATION:
            continue
        check = sha256(secret + stored[_VALIDATION:_KEY] + more).digest()
        if compare_digest(check, stored[:_VALIDATION]):
            return _unseal(sha256(secret + stored[_KEY:] + more).digest(), sealed)
    return None


def _unseal(key: bytes, sealed: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


# --- Encrypted documents (ISO 32000-2, 7.6), through pyHanko's security handlers, imported lazily

_R5 = 5
_LEGACY = (2, 3, 4)
"""Revisions whose key is made of /P (7.6.4.3.2, algorithm 2, step e)."""
_MAX_NAME = 40
"""Characters shown of a security handler's name."""
_MAX_DEPTH = 8
"""Levels of an encryption dictionary: /CF, one filter, its /Recipients."""


class CryptFilter(Protocol):
    """The part of pyHanko's crypt filters that is used here."""

    def derive_object_key(self, idnum: int, generation: int) -> bytes:
        """Return the key for one object."""
        ...

    def decrypt(self, key: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext."""
        ...


class HandlerDecryptor(Struct, frozen=True):
    """Decrypts with an authenticated security handler."""

    strings: CryptFilter
    streams: CryptFilter
    named: Callable[[str], CryptFilter | None]
    note: Callable[[str, int | None, str], None]

    def decrypt(self, value: Obj, num: int, gen: int) -> Obj:
        """Return an indirect object's value in the clear; what fails stays as it is."""
        if isinstance(value, Stream):
            if value.dict.get("Type") == "XRef":
                return value
            self._container(value.dict, num, gen)
            self._prepare(value, num, gen)
            return value
        if isinstance(value, PdfString):
            return self._string(value, num, gen)
        self._container(value, num, gen)
        return value

    def stream_data(self, dictionary: Dict, data: bytes, num: int, gen: int) -> bytes | None:
        """Return a stream's data in the clear, None where they do not decrypt."""
        crypt = self._filter_named(dictionary.get("Filter"), dictionary.get("DecodeParms"))
        return data if crypt is None else _decrypted(crypt, data, num, gen)

    def undecryptable(self, value: Obj, num: int, gen: int) -> bool:
        """Say whether a string in a value does not decrypt."""
        pending: list[Obj] = [value]
        strings: list[bytes] = []
        while pending:
            item = pending.pop()
            if isinstance(item, Dict):
                clear = "Contents" if is_signature_like(item) else None
                pending.extend([inner for key, inner in item.items() if key != clear])
            elif isinstance(item, list):
                pending.extend(item)
            elif isinstance(item, PdfString) and item:
                strings.append(bytes(item))
        return any(_decrypted(self.strings, text, num, gen) is None for text in strings)

    def _container(self, value: Obj, num: int, gen: int) -> None:
        """Decrypt strings in place, at any depth the parser let through."""
        pending: list[Obj] = [value]
        while pending:
            item = pending.pop()
            if isinstance(item, Dict):
                clear = "Contents" if is_signature_like(item) else None
                for key, inner in item.items():
                    if isinstance(inner, PdfString) and key != clear:
                        item[key] = self._string(inner, num, gen)
                pending.extend(item.values())
            elif isinstance(item, list):
                for index, inner in enumerate(item):
                    if isinstance(inner, PdfString):
                        item[index] = self._string(inner, num, gen)
                pending.extend(item)

    def _string(self, value: PdfString, num: int, gen: int) -> PdfString:
        plain = self._apply(self.strings, bytes(value), num, gen)
        return HexString(plain) if value.is_hex else PdfString(plain)

    def _prepare(self, stream: Stream, num: int, gen: int) -> None:
        """Let the stream decrypt itself before its filters are undone (7.6.6)."""
        crypt = self._filter_for(stream)
        if crypt is not None:
            stream.decrypt = lambda data: self._apply(crypt, data, num, gen)

    def _filter_for(self, stream: Stream) -> CryptFilter | None:
        first = stream.resolve(stream.dict.get("Filter"))
        parms = stream.resolve(stream.dict.get("DecodeParms"))
        if isinstance(first, list):
            first = stream.resolve(first[0]) if first else None
            parms = stream.resolve(parms[0]) if isinstance(parms, list) and parms else None
        return self._filter_named(first, parms)

    def _filter_named(self, first: Obj, parms: Obj) -> CryptFilter | None:
        """Return the crypt filter of a stream by its first filter and its parameters."""
        if isinstance(first, list):
            first = first[0] if first else None
            parms = parms[0] if isinstance(parms, list) and parms else None
        if first != "Crypt":
            return self.streams
        wanted = parms.get("Name") if isinstance(parms, Dict) else None
        return self.named(wanted) if isinstance(wanted, str) else None

    def _apply(self, crypt: CryptFilter, data: bytes, num: int, gen: int) -> bytes:
        plain = _decrypted(crypt, data, num, gen)
        if plain is None:
            self.note("decryption-failed", None, str(num))
            return data
        return plain


class _Permissions(int):
    """/P as written: the key of revisions 2 to 4 takes all its bits, the reserved ones as well."""

    def as_uint32(self) -> int:
        """Return the 32 bits as an unsigned integer, as pyHanko's own flags do."""
        return int(self) & 0xFFFFFFFF


def _refusals() -> tuple[type[Exception], ...]:
    """Return what pyHanko raises on hostile or foreign encryption; it is imported only for that."""
    from pyhanko.pdf_utils.misc import PdfError

    return (*FAULTS, PdfError)


def _decrypted(crypt: CryptFilter, data: bytes, num: int, gen: int) -> bytes | None:
    try:
        return crypt.decrypt(crypt.derive_object_key(num, gen), data)
    except _refusals():  # on hostile bytes
        return None


def is_signature_like(value: Dict) -> bool:
    """Say whether /Contents here is a signature value, which is never encrypted (7.6.2)."""
    return "ByteRange" in value or value.get("Type") in ("Sig", "DocTimeStamp")


def open_encryption(
    view: View, password: str | None, note: Callable[[str, int | None, str], None]
) -> HandlerDecryptor:
    """Authenticate with the empty user password, then with the one given.

    Raises PasswordNeededError; EncryptedError where no password can help; DamagedError for an
    encryption dictionary nobody can read.
    """
    from pyhanko.pdf_utils.crypt import SecurityHandler

    written = view.dict(view.trailer.get("Encrypt"))
    kind = view.get(written.get("Filter"))
    if kind == "Adobe.PubSec":  # 7.6.5: for the holders of certificates
        raise EncryptedError(code="DOC-ENCRYPTED-FOR-KEYS")
    if isinstance(kind, Name) and kind != "Standard":
        raise EncryptedError(str(kind)[:_MAX_NAME])
    try:
        handler: Any = SecurityHandler.build(_foreign(view, written, _MAX_DEPTH))
    except _refusals() as error:
        raise DamagedError(f"encryption dictionary: {type(error).__name__}") from error
    written_flags = view.get(written.get("P"))
    if isinstance(written_flags, int) and written.get("R") in _LEGACY:
        handler.perms = _Permissions(written_flags)
    unlock = _unlock_r5 if written.get("R") == _R5 else _unlock
    if not any(unlock(handler, view, attempt) for attempt in dict.fromkeys(("", password or ""))):
        raise PasswordNeededError(code="DOC-PASSWORD-WRONG" if password else None)

    def named(name: str) -> CryptFilter | None:
        return None if name == "Identity" else _named(handler, name)

    return HandlerDecryptor(handler.get_string_filter(), handler.get_stream_filter(), named, note)


def _unlock(handler: Any, view: View, password: str) -> bool:
    from pyhanko.pdf_utils.crypt import AuthStatus

    identifier = view.get((view.list(view.trailer.get("ID")) or [PdfString()])[0])
    id1 = bytes(identifier) if isinstance(identifier, PdfString) else b""
    try:
        return bool(handler.authenticate(password, id1).status != AuthStatus.FAILED)
    except _refusals():  # on hostile entries
        return False


def _unlock_r5(handler: Any, view: View, password: str) -> bool:
    written = view.dict(view.trailer.get("Encrypt"))
    entries = {key: view.get(written.get(key)) for key in ("U", "UE", "O", "OE")}
    strings = {key: bytes(v) for key, v in entries.items() if isinstance(v, PdfString)}
    key = file_key(password, strings)
    if key is None:
        return False
    # The filters of revision 6 take the key as it is; only finding it is another matter.
    handler._shared_key, handler._auth_failed = key, False  # noqa: SLF001 - no public way in
    return True


def _named(handler: Any, name: str) -> CryptFilter | None:
    try:
        return handler.get_stream_filter("/" + name)  # type: ignore[no-any-return]
    except _refusals():  # an unknown name: the stream stays as it is
        return None


def _foreign(view: View, value: Obj, depth: int) -> Any:
    """Spell the encryption dictionary in pyHanko's own objects."""
    from pyhanko.pdf_utils import generic

    made: Any = generic  # its constructors carry no types
    value = view.get(value)
    if isinstance(value, Dict) and depth:
        result = made.DictionaryObject()
        for key, inner in value.items():
            result[made.NameObject("/" + key)] = _foreign(view, inner, depth - 1)
    elif isinstance(value, list) and depth:
        result = made.ArrayObject(_foreign(view, inner, depth - 1) for inner in value)
    elif isinstance(value, Name):
        result = made.NameObject("/" + value)
    elif isinstance(value, PdfString):
        result = made.ByteStringObject(bytes(value))
    elif isinstance(value, bool):
        result = made.BooleanObject(value)
    else:
        result = made.NumberObject(value) if isinstance(value, int) else made.NullObject()
    return result
