"""UUIDs made from names (RFC 9562, version 5), as bytes: a response holds many of them."""

from __future__ import annotations

from hashlib import sha1


def name_uuid(space: bytes, name: str) -> bytes:
    """Return the 16 bytes of the UUID that *name* has in the name space *space*."""
    # The standard asks for SHA-1, which here protects nothing.
    made = bytearray(sha1(space + name.encode(), usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50
    made[8] = made[8] & 0x3F | 0x80
    return bytes(made)


def written(uuid: bytes) -> str:
    """Return a UUID as it is written."""
    digits = uuid.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
