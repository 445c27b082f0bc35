"""What a service refuses to start with, because of where its addresses lead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from ipaddress import ip_address

import pytest
from structlog.testing import capture_logs

from accessa.domain.errors import UsageError
from accessa.pipeline.start_checks import check_addresses, warn_of_silent_callback
from accessa.providers.name_lookup import Number
from accessa.settings import Settings, outside_addresses, settings_of

PRODUCTION = {
    "ENVIRONMENT": "production",
    "API_PUBLIC_URL": "https://accessa.example.org",
    "SUPABASE_URL": "https://project.supabase.example.org",
}
PUBLIC = "93.184.216.34"


class Names:
    """A resolver that knows some hosts from some look on; every other host is a public one."""

    def __init__(self, numbers: dict[str, list[str]], known_from: int = 1) -> None:
        self.looks: Counter[str] = Counter()
        self._numbers = numbers
        self._known_from = known_from

    async def __call__(self, host: str) -> frozenset[Number]:
        """Return the numbers of a host."""
        self.looks[host] += 1
        if host not in self._numbers or self.looks[host] >= self._known_from:
            return frozenset(ip_address(number) for number in self._numbers.get(host, [PUBLIC]))
        return frozenset()


async def refusal(settings: Settings, names: Names) -> str:
    """Return the sentence with which a service does not start."""
    with pytest.raises(UsageError) as caught:
        await check_addresses(settings, resolve=names, pause_seconds=0)
    assert "SETTINGS_INVALID" == caught.value.code
    return caught.value.message


HOSTS = {
    "LLAMAPARSE_BASE_URL": "api.cloud.llamaindex.ai",
    "OPENAI_BASE_URL": "api.openai.com",
    "API_PUBLIC_URL": "accessa.example.org",
    "SUPABASE_URL": "project.supabase.example.org",
}
PRIVATE = ["127.0.0.1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "100.64.0.1", "::1", "fd00::1"]


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("number", [*PRIVATE, "::ffff:10.0.0.1", "64:ff9b::a00:1"])
async def test_no_service_starts_towards_a_private_number(name: str, number: str) -> None:
    """One private number beside a public one is enough, and is not asked for twice."""
    names = Names({HOSTS[name]: [PUBLIC, number]})

    sentence = await refusal(settings_of(PRODUCTION), names)

    assert (
        f"{name} names {HOSTS[name]}, which resolves to {ip_address(number)}, no address of the public internet; "
        f"correct {name} and start again."
    ) == sentence
    assert 1 == names.looks[HOSTS[name]]


async def test_a_name_without_an_address_stops_the_start_after_a_few_looks() -> None:
    """The network of a fresh container may come up late; a name that stays unknown is a wrong one."""
    names = Names({HOSTS["SUPABASE_URL"]: []})

    sentence = await refusal(settings_of(PRODUCTION), names)

    assert "SUPABASE_URL names project.supabase.example.org, which resolves to no address; correct" in sentence
    assert {**dict.fromkeys(HOSTS.values(), 1), HOSTS["SUPABASE_URL"]: 3} == names.looks


async def test_a_service_with_public_addresses_starts() -> None:
    """All hosts resolve to the public internet, one of them only at the third look."""
    names = Names({HOSTS["OPENAI_BASE_URL"]: [PUBLIC]}, known_from=3)

    await check_addresses(settings_of(PRODUCTION), resolve=names, pause_seconds=0)

    assert set(HOSTS) == set(outside_addresses(settings_of(PRODUCTION)))
    assert 3 == names.looks[HOSTS["OPENAI_BASE_URL"]]


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://api-server:8000", "http://192.168.0.9:8000", "https://a.example.org"]
)
async def test_in_local_nothing_is_resolved(address: str) -> None:
    """This machine, a container's name and a public https address are fine as they are."""
    names = Names({})

    await check_addresses(settings_of({"API_PUBLIC_URL": address}), resolve=names)

    assert {} == names.looks


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://a.example.org", "https://", ""])
async def test_in_local_the_callback_address_has_to_be_one(address: str) -> None:
    """Without a scheme it is no address, and webhooks do not travel to a public host in the clear."""
    sentence = await refusal(settings_of({"API_PUBLIC_URL": address}), Names({}))

    assert sentence.startswith("API_PUBLIC_URL must be the http address of this machine")


async def warnings(environment: str, found: Iterable[str | None]) -> list[tuple[str, str]]:
    """Return code and finding of each warning, with what the tries meet one after the other."""
    left = iter(found)

    async def probe(_address: str) -> str | None:
        return next(left)

    settings = settings_of(PRODUCTION | {"ENVIRONMENT": environment})
    with capture_logs() as lines:
        await warn_of_silent_callback(settings, probe=probe, pause_seconds=0)
    assert [] == list(left)
    return [(line["code"], line["found"]) for line in lines]


async def test_a_callback_address_where_nobody_answers_is_one_warning() -> None:
    """An API that comes up a little later than the worker is none; in local nobody is asked."""
    silent = "nobody answers there (ConnectError)"

    assert [("CALLBACK_UNREACHABLE", silent)] == await warnings("staging", [silent] * 3)
    assert [] == await warnings("staging", [silent, None])
    assert [] == await warnings("local", [])


def test_api_and_worker_look_at_their_addresses_before_they_serve() -> None:
    """Both end with code 2 and the sentence, before anything is connected or listened to."""
    wrong = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "SUPABASE_URL": "http://127.0.0.1:9",
        "SUPABASE_SERVICE_ROLE_KEY": "key",
        "LLAMAPARSE_API_KEY": "key",
        "LLAMAPARSE_WEBHOOK_SECRET": "secret",
        "OPENAI_API_KEY": "key",
        "API_PUBLIC_URL": "http://accessa.example.org",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    code = "from accessa.apps.api import main as one; "
    code += "from accessa.apps.worker import main as two; print([one.run(), two.run()])"
    ended = subprocess.run(
        [sys.executable, "-c", code], env=wrong, cwd="/", stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )

    *told, codes = ended.stdout.splitlines()
    assert ["The API cannot start", "The worker cannot start"] == [json.loads(line)["event"] for line in told]
    assert [True, True] == ["API_PUBLIC_URL must be the http address" in line for line in told]
    assert "[2, 2]" == codes
