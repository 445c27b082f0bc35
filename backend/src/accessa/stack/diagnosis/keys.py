"""The keys that services share: each has to hold the same, or one refuses what another sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import psutil

from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good
from accessa.stack.processes import environment_of
from accessa.stack.state import StackState

Holders = Mapping[str, Mapping[str, str]]
"""The environment of each service by the service's name."""

# What goes wrong where a key differs; a simulator has its own name for a key of ours.
_SHARED = {
    "LLAMAPARSE_WEBHOOK_SECRET": "the API refuses webhooks, and results come late, by polling",
    "SUPABASE_SERVICE_ROLE_KEY": "the storage refuses one of them",
    "SUPABASE_JWT_SECRET": "signed addresses are refused",
    "LLAMAPARSE_API_KEY": "the parse provider refuses the workers",
    "OPENAI_API_KEY": "the embedding provider refuses the workers",
}
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
    groups: dict[str, list[str]] = defaultdict(list)
    for service, environment in holders.items():
        for value in _values(variable, environment):
            groups[value].append(service)
    if len(groups) < 2:  # noqa: PLR2004 - one value, or nobody has any
        return ""
    few, *others = sorted(groups.values(), key=len)
    return (
        f"{variable} of {_listed(few)} is not that of {_listed([name for group in others for name in group])}, so "
        + (_SHARED[variable])
    )


def _values(variable: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the value under each of its names; two secrets with a comma between are one value here."""
    for name in (variable, f"{_OF_SIMULATOR}{variable}"):
        if name in environment:
            yield environment[name]


def _listed(names: list[str]) -> str:
    *first, last = dict.fromkeys(names)
    return f"{', '.join(first)} and {last}" if first else last


def _environment(pid: int) -> dict[str, str]:
    try:
        return environment_of(psutil.Process(pid))
    except psutil.Error:
        return {}
