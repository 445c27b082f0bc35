"""Who may see the monitoring: this machine by its own names, others by the token, and no other site at all."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr

from accessa.apps.monitor import access as access_module
from accessa.apps.monitor.access import COOKIE, SESSION_SECONDS, TokenSessions
from accessa.apps.monitor.app import create_app
from accessa.domain.errors import UsageError
from accessa.settings import MonitorSettings, Settings, check_monitor, load_settings

TOKEN = "a-token-of-the-tests-that-is-long-enough"
ELSEWHERE = "http://monitor.example"
HERE = "http://127.0.0.1:3000"

Visitor = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a monitoring whose database does not matter."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/absent")
    return load_settings()


@pytest.fixture
def visitor(settings: Settings) -> Visitor:
    """A way to visit a monitoring that is set up somehow, without looking at any figure."""

    @asynccontextmanager
    async def visit(base_url: str, **changes: object) -> AsyncIterator[httpx.AsyncClient]:
        monitor = MonitorSettings(**changes)  # type: ignore[arg-type]
        app = create_app(settings.model_copy(update={"monitor": monitor}))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=base_url) as client:
            yield client

    return visit


def _open_to_all(visitor: Visitor) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    return visitor(ELSEWHERE, host="0.0.0.0", token=SecretStr(TOKEN))  # noqa: S104 - what the test is about


@pytest.mark.parametrize("host", ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "LOCALHOST"])
async def test_this_machine_is_served_by_its_own_names(visitor: Visitor, host: str) -> None:
    """On loopback nobody is asked for anything, under whichever name of this machine."""
    async with visitor(HERE) as client:
        assert 200 == (await client.get("/", headers={"Host": host})).status_code


@pytest.mark.parametrize(
    "path", ["/", "/api/overview", "/api/stream", "/api/targets", "/metrics", "/health", "/static/js/main.js"]
)
async def test_a_foreign_name_that_leads_here_is_refused(visitor: Visitor, path: str) -> None:
    """A site that lets its own name point to this machine reads nothing, unless the operator has allowed the name."""
    async with visitor(HERE) as client:
        refused = await client.get(path, headers={"Host": "evil.example:3000"})
    async with visitor(HERE, allowed_hosts="watch.internal, other") as client:
        allowed = await client.get("/", headers={"Host": "Watch.Internal:3000"})

    assert (421, "HOST_UNKNOWN") == (refused.status_code, refused.json()["error"]["code"])
    assert 200 == allowed.status_code


async def test_no_other_site_may_read_or_frame_an_answer(visitor: Visitor) -> None:
    """Every answer says so to the browser, a refused one too, and none has a word for other origins."""
    async with visitor(HERE) as client:
        answers = [
            await client.get(path, headers={"Origin": "http://evil.example"}) for path in ("/", "/none", "/health")
        ]

    assert {("same-origin", "nosniff")} == {
        (answer.headers["cross-origin-resource-policy"], answer.headers["x-content-type-options"]) for answer in answers
    }
    assert [] == [answer for answer in answers if "access-control-allow-origin" in answer.headers]


async def test_without_the_token_others_see_the_login_only(visitor: Visitor) -> None:
    """A browser is led to the login, a program gets a plain refusal, and whoever looks after processes sees health."""
    async with _open_to_all(visitor) as client:
        browser = await client.get("/", headers={"Accept": "text/html"})
        paths = ("/api/overview", "/api/stream", "/api/targets", "/metrics", "/document/1")
        programs = [await client.get(path) for path in paths]
        health = await client.get("/health")
        login = await client.get("/login")

    assert (303, "/login") == (browser.status_code, browser.headers["location"])
    assert {(401, "TOKEN_MISSING", "Bearer")} == {
        (answer.status_code, answer.json()["error"]["code"], answer.headers["www-authenticate"]) for answer in programs
    }
    assert (200, 200) == (health.status_code, login.status_code)
    assert "MONITOR_TOKEN" not in login.text
    assert '<p id="note">This monitoring can be reached from other machines' in login.text


async def test_a_program_shows_the_token_as_bearer(visitor: Visitor) -> None:
    """The right token opens, one that only begins like it does not."""
    async with _open_to_all(visitor) as client:
        right = await client.get("/document/1", headers={"Authorization": f"Bearer {TOKEN}"})
        wrong = await client.get("/document/1", headers={"Authorization": f"Bearer {TOKEN[:-1]}"})

    assert (200, 401) == (right.status_code, wrong.status_code)


async def test_the_login_gives_a_cookie_that_opens_and_does_not_tell_the_token(visitor: Visitor) -> None:
    """After the form the page opens; the cookie is out of reach of scripts and of other sites, and logout ends it."""
    async with _open_to_all(visitor) as client:
        answer = await client.post("/login", data={"token": TOKEN})
        cookie = answer.headers["set-cookie"]
        page = await client.get("/")
        await client.post("/logout")
        after = await client.get("/")

    assert (303, 200, 401) == (answer.status_code, page.status_code, after.status_code)
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie


async def test_after_five_wrong_tokens_the_right_one_has_to_wait(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guessing is slowed down, by the form and as Bearer alike; a minute later the right token opens."""
    moment = [1000.0]
    monkeypatch.setattr(access_module, "time", SimpleNamespace(monotonic=lambda: moment[0], time=time.time))
    async with _open_to_all(visitor) as client:
        wrong = [await client.post("/login", data={"token": f"wrong-{number}"}) for number in range(5)]
        early = await client.post("/login", data={"token": TOKEN})
        bearer = await client.get("/", headers={"Authorization": f"Bearer {TOKEN}"})
        moment[0] += 61
        later = await client.post("/login", data={"token": TOKEN})

    assert ([401] * 5, 429, 429, 303) == (
        [answer.status_code for answer in wrong],
        early.status_code,
        bearer.status_code,
        later.status_code,
    )
    assert all('role="alert">That is not the token.' in answer.text for answer in wrong)
    assert 'role="alert">Too many wrong tokens' in early.text


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_no_other_site_may_change_anything(visitor: Visitor, headers: dict[str, str]) -> None:
    """What a browser sends on behalf of another site is refused before it is looked at; the own page may."""
    async with _open_to_all(visitor) as client:
        foreign = await client.post("/login", data={"token": TOKEN}, headers=headers)
        own = await client.post("/login", data={"token": TOKEN}, headers={"Origin": ELSEWHERE})
        silence = await client.post("/api/silences", json={"alert": "NoWorker", "seconds": 900}, headers=headers)

    assert (403, 303) == (foreign.status_code, own.status_code)
    assert (403, "FOREIGN_ORIGIN") == (silence.status_code, silence.json()["error"]["code"])


def test_a_session_ends_and_cannot_be_made_up() -> None:
    """A session holds for a week; one with a later end, of another token or of nothing does not hold at all."""
    sessions = TokenSessions(TOKEN)
    value = sessions.make(now=1000.0)
    ends_at, mark = value.split(".")

    assert (True, False) == (sessions.holds(value, 1001.0), sessions.holds(value, 1001.0 + SESSION_SECONDS))
    made_up = [f"{int(ends_at) + 1}.{mark}", TokenSessions(TOKEN[::-1]).make(now=1000.0), "", ".", f"x.{mark}", "é.é"]
    assert [] == [made for made in made_up if sessions.holds(made, 1001.0)]
    assert COOKIE


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"host": "0.0.0.0"}, "MONITOR_TOKEN must be set"),  # noqa: S104 - what the test is about
        ({"host": "::"}, "MONITOR_TOKEN must be set"),
        ({"host": "10.0.0.7", "token": SecretStr("short")}, "at least 24 characters"),
        ({"token": SecretStr("x" * 23)}, "at least 24 characters"),
    ],
)
def test_the_monitoring_does_not_open_to_a_network_without_a_good_token(
    settings: Settings, changes: dict[str, object], named: str
) -> None:
    """An address that others reach needs a token, and a token needs a length; the sentence says which."""
    monitor = MonitorSettings(**changes)  # type: ignore[arg-type]

    with pytest.raises(UsageError, match=named) as refusal:
        check_monitor(settings.model_copy(update={"monitor": monitor}))
    assert "SETTINGS_INVALID" == refusal.value.code


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_loopback_needs_no_token(settings: Settings, host: str) -> None:
    """Whoever is on this machine may look."""
    check_monitor(settings.model_copy(update={"monitor": MonitorSettings(host=host)}))
