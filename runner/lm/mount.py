"""A model in place of the network, under a client that believes it speaks HTTP."""

import httpx2

from runner.core.chat import ChatModel
from runner.lm.error import StalledError
from runner.lm.route import Desk, Exchange


def mount(model: ChatModel, *, token: str = "") -> httpx2.MockTransport:
    """Return a transport that answers every request as a server of the model would.

    Args:
        model: What answers.
        token: What callers must send as their key; "" to ask for none.
    """
    desk = Desk(model, token=token)

    def handle(request: httpx2.Request) -> httpx2.Response:
        exchange = Exchange(
            method=request.method,
            path=request.url.path,
            authorization=request.headers.get("Authorization", ""),
            body=request.content,
        )
        try:
            reply = desk.answer(exchange)
        except StalledError as err:
            raise httpx2.ReadTimeout(str(err), request=request) from err
        headers = {"Content-Type": reply.kind, **reply.headers}
        return httpx2.Response(reply.status, headers=headers, content=reply.body)

    return httpx2.MockTransport(handle)
