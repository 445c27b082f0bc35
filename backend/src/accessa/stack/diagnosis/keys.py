"""The keys that services share: each has to hold the same, or one refuses what another sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import psutil

from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good
from accessa.stack.processes import environment_of
from accessa.stack.state import StackState

Holders = Mapping[str, Mapping[str, str]]
"""The environment of each service by the service's name."""

_WORKER, _API, _STORAGE = "base-worker", "api-server", "supabase-storage"
_PARSER, _EMBEDDER = "mock-llamaparse", "mock-openai"
# Who uses a key, and what goes wrong where they hold different ones.
_SHARED = {
    "LLAMAPARSE_WEBHOOK_SECRET": ((_API, _WORKER), "the API refuses webhooks, and results come late, by polling"),
    "SUPABASE_SERVICE_ROLE_KEY": ((_API, _WORKER), "the storage refuses one of them"),
    "SUPABASE_JWT_SECRET": ((_API, _WORKER, _STORAGE), "signed addresses are refused"),
    "LLAMAPARSE_API_KEY": ((_PARSER, _WORKER), "the parse provider refuses the workers"),
    "OPENAI_API_KEY": ((_API, _EMBEDDER, _WORKER), "the embedding provider refuses calls"),
}
# A simulator has its own name for the key that it takes.
_OF_SIMULATOR = "MOCK_"


def look_at_keys(state: StackState) -> Finding:
    """Compare the keys in the environments of the running processes."""
    holders = {service.name: _environment(service.pid) for service in state.services if service.pid}
    return judge_keys({name: environment for name, environment in holders.items() if environment})


def judge_keys(holders: Holders, mend: str = f"Run: {RESTART}") -> Finding:
    """Tell which services hold another key than the others; no key is told."""
    told = [words for variable in _SHARED if (words := _odd(variable, holders))]
    if told:
        return bad("keys", f"{'; '.join(told)}.", mend)
    return good("keys", "All services hold the same keys.")


def _odd(variable: str, holders: Holders) -> str:
    """Return what is wrong with a key, or nothing; whoever is in the minority is told first."""
    users, consequence = _SHARED[variable]
    groups: dict[str, list[str]] = defaultdict(list)
    for service, environment in holders.items():
        if service.startswith(users):
            given = f"{_OF_SIMULATOR}{variable}" if service in {_PARSER, _EMBEDDER} else variable
            groups[environment.get(given, "")].append(service)
    if len(groups) < 2:  # noqa: PLR2004 - all have the same, or nobody uses it
        return ""
    few, *others = sorted(groups.values(), key=len)
    rest = _listed([name for group in others for name in group])
    return f"{variable} of {_listed(few)} is not that of {rest}, so {consequence}"


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _environment(pid: int) -> dict[str, str]:
    try:
        return environment_of(psutil.Process(pid))
    except psutil.Error:
        return {}
