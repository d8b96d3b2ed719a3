"""How are small objects read and written for good on S3-compatible storage? One bucket and prefix, conditional writes, bounds.

A write names what it expects to be there: nothing (``If-None-Match``) or one version of it (``If-Match``). Errors are OSError
without the storage's own words, which may quote addresses and requests.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from safeconduct.terms.faults import Fault, Refused

try:
    import obstore
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
    from obstore.store import S3Store
except ImportError:  # the extra "s3" is not installed; ``opened`` says so
    obstore = None  # type: ignore[assignment]

CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 20
RETRIES: Final = 2


class Bucket:
    """Objects below one prefix."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def get(self, path: str, limit: int) -> tuple[bytes, str]:
        """An object and its version. Raises FileNotFoundError, ValueError when it is longer than ``limit`` bytes, OSError."""
        with _told("read", path):
            found = obstore.get(self._store, path)
            if found.meta["size"] > limit:
                raise ValueError(f"the object is longer than the {limit} bytes it may have")
            return bytes(found.bytes()), str(found.meta["e_tag"] or "")

    def create(self, path: str, data: bytes) -> str | None:
        """Write an object where there is none; its version, None when there is one. Raises OSError."""
        with _told("written", path):
            try:
                return str(obstore.put(self._store, path, data, mode="create", use_multipart=False)["e_tag"])
            except AlreadyExistsError:
                return None

    def replace(self, path: str, data: bytes, version: str) -> str | None:
        """Write an object over exactly that version of it; the new version, None when another one is there. Raises OSError."""
        with _told("written", path):
            try:
                return str(obstore.put(self._store, path, data, mode={"e_tag": version}, use_multipart=False)["e_tag"])
            except PreconditionError:
                return None

    def drop(self, prefix: str) -> None:
        """Delete everything below a prefix. Raises OSError."""
        with _told("deleted", prefix):
            for page in obstore.list(self._store, prefix):
                obstore.delete(self._store, [each["path"] for each in page])


def opened(bucket: str, prefix: str, *, endpoint: str, region: str, key_id: str, secret: str) -> Bucket:
    """A bucket, below a prefix; nothing is asked of it yet. Raises Refused without the extra ``s3``."""
    if obstore is None:
        raise Refused(Fault("extra_missing", "the log is to lie on S3, and the extra s3 is not installed", bucket, _MEND))
    return Bucket(
        S3Store(
            bucket,
            prefix=prefix or None,
            endpoint=endpoint or None,
            region=region,
            access_key_id=key_id,
            secret_access_key=secret,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=ANSWER_SECONDS),
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=ANSWER_SECONDS)},
        )
    )


_MEND: Final = "install safeconduct[s3]"


@contextlib.contextmanager
def _told(done: str, path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise FileNotFoundError(2, "there is no such object or bucket", path) from None
    except BaseError as fault:
        raise OSError(5, f"the object cannot be {done} ({type(fault).__name__})", path) from None
