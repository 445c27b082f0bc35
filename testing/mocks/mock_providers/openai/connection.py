"""Answers that never come, or not in full: they break the connection under the client."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from mock_providers.cut_connection import cut_connection


class LostAnswer(Response):
    """Resets the connection before any byte of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""
        del send
        await _reset(scope, receive)


class HangingAnswer(Response):
    """Keeps the connection open and silent until the client gives up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer nothing."""
        del scope, send
        await _disconnected(receive)


class CutAnswer(Response):
    """Sends half of the first part of another answer and resets the connection."""

    def __init__(self, whole: Response) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in part."""
        cut = False

        async def send_half(message: Message) -> None:
            nonlocal cut
            if cut:
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            cut = True
            body = message.get("body", b"")
            await send({**message, "body": body[: len(body) // 2], "more_body": True})
            await _reset(scope, receive)

        await self._whole(scope, receive, send_half)


async def _reset(scope: Scope, receive: Receive) -> None:
    await cut_connection(scope)
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
