"""What can go wrong between a client and Privet, and what of it is worth another attempt."""

from __future__ import annotations

import datetime
import email.utils
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from .models import FieldProblem


class PrivetError(Exception):
    """An answer of Privet, or of a proxy before it, that is an error."""

    def __init__(self, response: httpx.Response) -> None:
        """`response` must have been read."""
        problem = _members(response)
        self.status: int = response.status_code
        code, detail, errors = problem.get("code"), problem.get("detail"), problem.get("errors")
        #: The code of the problem, such as `CURSOR_EXPIRED`; None if the answer had none.
        self.code: str | None = code if isinstance(code, str) else None
        self.detail: str = detail if isinstance(detail, str) else response.reason_phrase
        #: The errors by field.
        self.errors: list[FieldProblem] = errors if isinstance(errors, list) else []
        #: How many seconds `Retry-After` asks to wait; None if it is missing.
        self.retry_after: float | None = _retry_after(response.headers.get("Retry-After"))
        super().__init__(f"{self.status} {self.code or ''}: {self.detail}")

    @property
    def is_erased(self) -> bool:
        """Whether the token's user was erased."""
        return self.status == 401 and self.detail == "Account has been deleted"


class ProtocolError(Exception):
    """An answer that is not what the contract promises."""


class StreamEnded(Exception):
    """A stream of events that ended or was not one. It is resumed."""


def is_temporary(error: Exception) -> bool:
    """Whether the same request may succeed later. A 401 may, with another token."""
    if isinstance(error, (ProtocolError, TypeError, httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return False
    if not isinstance(error, PrivetError):
        return True
    return not error.is_erased and (error.status >= 500 or error.status in (401, 408, 425, 429))


def _members(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(field: str | None) -> float | None:
    """RFC 9110: seconds, or a date."""
    if field is None:
        return None
    if field.isascii() and field.isdigit():
        return float(field)
    try:
        wait = email.utils.parsedate_to_datetime(field) - datetime.datetime.now(datetime.timezone.utc)
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())
