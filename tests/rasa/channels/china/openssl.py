"""Hashes and ciphers by the program `openssl`: another implementation than the product's libraries."""

from __future__ import annotations

import subprocess


def sha1(data: bytes) -> str:
    return _openssl(["dgst", "-sha1", "-r"], data).split()[0].decode()


def sha256(data: bytes) -> str:
    return _openssl(["dgst", "-sha256", "-r"], data).split()[0].decode()


def hmac_sha256(key: str, data: bytes) -> bytes:
    return _openssl(["dgst", "-sha256", "-hmac", key, "-binary"], data)


def aes_cbc(key: bytes, iv: bytes, data: bytes, *, decrypt: bool = False) -> bytes:
    """AES-256 without padding: the length must be a multiple of 16 bytes."""
    arguments = ["enc", "-aes-256-cbc", "-K", key.hex(), "-iv", iv.hex(), "-nopad", *(["-d"] if decrypt else [])]
    return _openssl(arguments, data)


def pad(data: bytes, block: int) -> bytes:
    count = block - len(data) % block
    return data + bytes([count]) * count


def _openssl(arguments: list[str], data: bytes) -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout
