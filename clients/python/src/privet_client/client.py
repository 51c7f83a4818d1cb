"""The calls of a service, typed by the OpenAPI document."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import httpx

from .errors import PrivetError
from .event_stream import Token, bearer

if TYPE_CHECKING:
    from . import models


class Privet:
    """Calls Privet. Every call fails with a `PrivetError` if the answer is an error, or with an `httpx.TransportError`.

        async with Privet("http://127.0.0.1:8080", lambda: token) as privet:
            answer = await privet.decide({"checks": [{"viewer": …, "subject": …, "action": "view_profile"}]})
    """

    def __init__(self, url: str, token: Token, *, timeout: float = 10.0) -> None:
        """`token` is asked for every call. `timeout` is in seconds."""
        self._token = token
        self._http = httpx.AsyncClient(base_url=url.rstrip("/"), timeout=timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Sends any request. `more` is what `httpx.AsyncClient.request` takes, such as `json` and `params`."""
        headers = {**(headers or {}), "Authorization": await bearer(self._token)}
        response = await self._http.request(method, path, headers=headers, **more)
        if response.is_error:
            raise PrivetError(response)
        return response

    async def _post(self, path: str, body: object) -> Any:
        return (await self.send("POST", f"/api/v1/privacy/{path}", json=body)).json()

    async def decide(self, body: models.DecideRequest) -> models.DecideResponse:
        """Decides up to 1,000 checks."""
        return cast("models.DecideResponse", await self._post("decisions", body))

    async def filter(self, body: models.FilterRequest) -> models.FilterResponse:
        """Filters up to 10,000 subjects or viewers."""
        return cast("models.FilterResponse", await self._post("filter", body))

    async def enforce_profile(self, body: models.EnforceProfileRequest) -> models.EnforceProfileResponse:
        """Cuts profiles to what the viewer may see."""
        return cast("models.EnforceProfileResponse", await self._post("enforce/profile", body))

    async def enforce_receipts(self, body: models.EnforceReceiptsRequest) -> models.EnforceReceiptsResponse:
        """Turns `read` into `delivered` for recipients who hide it."""
        return cast("models.EnforceReceiptsResponse", await self._post("enforce/receipts", body))

    async def enforce_typing(self, body: models.EnforceTypingRequest) -> models.EnforceTypingResponse:
        """Tells which recipients may see that somebody types."""
        return cast("models.EnforceTypingResponse", await self._post("enforce/typing", body))

    async def enforce_group_additions(
        self, body: models.EnforceGroupAdditionsRequest
    ) -> models.EnforceGroupAdditionsResponse:
        """Tells whom the actor may add to a group."""
        return cast("models.EnforceGroupAdditionsResponse", await self._post("enforce/group-additions", body))

    async def enforce_message_expiry(
        self, body: models.EnforceMessageExpiryRequest
    ) -> models.EnforceMessageExpiryResponse:
        """Tells how long messages of each sender last."""
        return cast("models.EnforceMessageExpiryResponse", await self._post("enforce/message-expiry", body))
