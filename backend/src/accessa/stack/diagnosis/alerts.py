"""What the monitoring has found wrong by itself, and above all: webhooks that were rejected lately."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from accessa.domain.addresses import trust_for
from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good

_PATIENCE_SECONDS = 2.0
_WEBHOOKS = "WebhooksRejected"
_TOLD = {"critical", "warning"}


def look_at_alerts(monitoring_url: str, token: str = "") -> Iterable[Finding]:
    """Tell what fires; nothing is told where no monitoring answers, as its service is looked at, too."""
    active = _active(monitoring_url, token)
    return [] if active is None else judge_alerts(active)


def judge_alerts(active: list[dict[str, Any]]) -> Iterator[Finding]:
    """Tell which of the active alerts fire, but for mere hints; rejected webhooks have a line of their own."""
    firing = [one for one in active if one["state"] == "firing" and one["severity"] in _TOLD]
    rejected = " ".join(one["summary"] for one in firing if one["name"] == _WEBHOOKS)
    if rejected:
        words = f"{rejected} The worker that asked has another LLAMAPARSE_WEBHOOK_SECRET than the API, or a proxy "
        mend = f"To have all start with the same: {RESTART}; what came: accessa logs api-server"
        yield bad("webhooks", f"{words}changes them.", mend)
    else:
        yield good("webhooks", "No webhook of the provider was rejected lately.")
    others = {one["name"]: one for one in firing if one["name"] != _WEBHOOKS}
    if not others:
        yield good("alerts", "No other alert fires.")
        return
    told = " ".join(f"{name}: {one['summary']}" for name, one in others.items())
    yield bad("alerts", told, f"Run: {'; '.join(dict.fromkeys(one['first_command'] for one in others.values()))}")


def _active(url: str, token: str) -> list[dict[str, Any]] | None:
    import httpx  # noqa: PLC0415 - a stopped stack is looked at without it

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.get(
            f"{url}/api/alerts",
            headers=headers,
            timeout=_PATIENCE_SECONDS,
            trust_env=False,
            verify=trust_for(url),
        )
        return list(answer.raise_for_status().json()["active"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError):
        return None
