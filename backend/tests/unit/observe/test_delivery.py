"""Notices arrive: as signed webhooks, by e-mail and chat, and a way that does not work harms nobody."""

from __future__ import annotations

import asyncio
import base64
import email
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from backend.tests.house import served
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from accessa.domain.errors import UsageError
from accessa.observe.alerts.catalogue import load_catalogue
from accessa.observe.alerts.channels import notifications, open_channels
from accessa.observe.alerts.delivery import Delivery
from accessa.observe.alerts.lifecycle import Instance
from accessa.observe.alerts.messages import Message, message_of
from accessa.observe.alerts.notices import Notice
from accessa.settings import AlertSettings
from accessa.stack.ports import any_free_port
from accessa.telemetry.metrics import ALERT_DELIVERIES

# Apprise asks the standard library for a module that goes with Python 3.13.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
SECRET = f"whsec_{base64.b64encode(b'a key of the tests of 32 bytes!!').decode()}"
RUNBOOKS = "http://localhost:3000/runbooks/"
RULE = next(rule for rule in load_catalogue() if rule.name == "ProviderOutOfMoney")


@dataclass
class Receiver:
    """Keeps what is posted to it; refuses as often as it is told to."""

    url: str = ""
    refusals: int = 0
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def post(self, request: Request) -> Response:
        """Take a request."""
        self.received.append((dict(request.headers), await request.body()))
        self.refusals -= 1
        return Response(status_code=503 if self.refusals >= 0 else 204)

    async def until(self, count: int) -> None:
        """Wait until so many requests came."""
        async with asyncio.timeout(20):
            while len(self.received) < count:
                await asyncio.sleep(0.01)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server on loopback that takes any POST."""
    kept = Receiver()
    with served(Starlette(routes=[Route("/{path:path}", kept.post, methods=["POST"])])) as url:
        kept.url = url
        yield kept


@pytest.fixture
def message() -> Message:
    """A notice of one instance that fires and one that is over."""
    labels = (("code", "PARSE_NO_CREDIT"), ("provider", "llamaparse"))
    fires = Instance(RULE, labels, 0, 1.0, 0)
    over = Instance(RULE, (("code", "EMBED_NO_CREDIT"), ("provider", "openai")), 0, 1.0, 0)
    return message_of(Notice((fires,), (over,)), 60_000, RUNBOOKS)


async def _sending(settings: AlertSettings, *messages: Message) -> AsyncIterator[Delivery]:
    delivery = Delivery(open_channels(settings), pauses=(0.01, 0.01))
    delivery.start()
    for one in messages:
        delivery.send(one)
    yield delivery
    await delivery.stop()


async def test_a_webhook_is_signed_and_says_everything(receiver: Receiver, message: Message) -> None:
    """Whoever has the secret can check whose it is; summary, causes, command and runbook are in it."""
    settings = AlertSettings(webhook_url=receiver.url, webhook_secret=SecretStr(SECRET))
    async for _ in _sending(settings, message):
        await receiver.until(1)
    headers, body = receiver.received[0]
    content: dict[str, Any] = Webhook(SECRET).verify(body, headers)

    assert ("alert.firing", "ProviderOutOfMoney") == (content["type"], content["data"]["alert"])
    assert [{"code": "PARSE_NO_CREDIT", "provider": "llamaparse"}] == [
        one["labels"] for one in content["data"]["firing"]
    ]
    assert ["openai"] == [one["labels"]["provider"] for one in content["data"]["resolved"]]
    assert "llamaparse says that its account has no credit left" in content["data"]["firing"][0]["summary"]
    assert f"{RUNBOOKS}provider-out-of-money" == content["data"]["runbook_url"]
    assert ("accessa providers", 2) == (content["data"]["first_command"], len(content["data"]["causes"]))
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_b3RoZXI=").verify(body, headers)


async def test_a_refused_webhook_is_sent_again_under_the_same_id(receiver: Receiver, message: Message) -> None:
    """A receiver that is away for a moment gets the notice later, and can tell that it is the same one."""
    receiver.refusals = 2
    settings = AlertSettings(webhook_url=receiver.url, webhook_secret=SecretStr(SECRET))
    async for _ in _sending(settings, message):
        await receiver.until(3)

    assert {message.message_id} == {headers["webhook-id"] for headers, _ in receiver.received}


async def test_a_way_that_does_not_work_is_given_up_and_counted(receiver: Receiver, message: Message) -> None:
    """After some tries the notice is dropped with a line that names the channel, and the next one is tried."""
    receiver.refusals = 3
    settings = AlertSettings(webhook_url=receiver.url, webhook_secret=SecretStr(SECRET))
    before = ALERT_DELIVERIES.labels("webhook", "given_up")._value.get()
    with capture_logs() as logs:
        async for _ in _sending(settings, message, message):
            await receiver.until(4)

    lost = [line for line in logs if line["event"] == "Alert not delivered"]
    assert [("ALERT_UNDELIVERED", "webhook", "HTTP 503")] == [(x["code"], x["channel"], x["reason"]) for x in lost]
    assert 1 == ALERT_DELIVERIES.labels("webhook", "given_up")._value.get() - before
    assert SECRET not in repr(logs)


async def test_the_log_tells_what_fires_and_what_is_over(message: Message) -> None:
    """Without any setting a notice is a line of the log, an error if it is critical."""
    with capture_logs() as logs:
        outcome = await Delivery(open_channels(AlertSettings())).try_all(message)

    assert {"log": "delivered"} == outcome
    assert [("A critical alert fires", "error"), ("Alert resolved", "info")] == [
        (line["event"], line["log_level"]) for line in logs
    ]


async def test_a_chat_gets_the_notice_in_words(receiver: Receiver, message: Message) -> None:
    """An address of Apprise gets title, summary, causes and the first command."""
    address = receiver.url.replace("http://", "json://")
    outcome = await Delivery(open_channels(AlertSettings(notify_urls=SecretStr(address)))).try_all(message)
    told = receiver.received[0][1].decode()

    assert {"log": "delivered", "notify": "delivered"} == outcome
    assert all(
        words in told
        for words in ("[critical] ProviderOutOfMoney: 1 firing", "no credit left", "First: accessa providers", "Over:")
    )


class Mailbox:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - SMTP's name
        """Take a mail."""
        self.mails.append(envelope.content)
        return "250 OK"


async def test_a_mail_arrives_at_a_real_mail_server(message: Message) -> None:
    """An e-mail address of Apprise brings the notice to an SMTP server."""
    mailbox = Mailbox()
    port = any_free_port()
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        address = f"mailto://127.0.0.1:{port}?from=accessa@example.org&to=ops@example.org&mode=insecure&verify=no"
        outcome = await Delivery(open_channels(AlertSettings(notify_urls=SecretStr(address)))).try_all(message)
    finally:
        server.stop()
    mail = email.message_from_bytes(mailbox.mails[0])

    assert "delivered" == outcome["notify"]
    assert "ProviderOutOfMoney" in str(mail["Subject"])


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (AlertSettings(webhook_url="ftp://x", webhook_secret=SecretStr(SECRET)), "ALERT_WEBHOOK_URL must begin with"),
        (AlertSettings(webhook_url="http://x"), "ALERT_WEBHOOK_SECRET must be whsec_"),
        (AlertSettings(notify_urls=SecretStr("json://localhost nonsense")), "Address 2 of ALERT_NOTIFY_URLS is none"),
    ],
)
def test_a_wrong_setting_stops_the_start(settings: AlertSettings, sentence: str) -> None:
    """Whoever sets a way on which notices go learns at the start that it cannot work, not when it is needed."""
    with pytest.raises(UsageError, match=sentence):
        open_channels(settings)


def test_a_missing_package_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra `notify` the setting is refused with the command that installs it."""

    def missing(_name: str) -> object:
        raise ImportError

    monkeypatch.setattr(notifications, "import_module", missing)

    with pytest.raises(UsageError, match=r"pip install 'accessa\[notify\]'"):
        open_channels(AlertSettings(notify_urls=SecretStr("json://localhost")))
