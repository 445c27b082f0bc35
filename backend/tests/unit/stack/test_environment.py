"""What the services of the stack are told, and what is kept from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from accessa.domain.errors import UsageError
from accessa.settings import GROUPS, variable_name
from accessa.stack.credentials import Credentials
from accessa.stack.environment import inherited, machine_variables, stack_variables, unless_set

PORTS = {
    "postgres": 1,
    "supabase-storage": 2,
    "api-server": 3,
    "mock-llamaparse": 4,
    "mock-openai": 5,
    "monitoring": 6,
}
KEYS = Credentials(
    jwt_secret="jwt",
    service_role_key="role",
    llamaparse_api_key="llx",
    llamaparse_webhook_secret="hook",
    openai_api_key="sk",
)


def variables(embeddings: str = "lexical") -> dict[str, str]:
    """Return the stack's own variables."""
    return stack_variables(
        home=Path("/home"), ports=PORTS, database_url="postgresql://x", credentials=KEYS, embeddings=embeddings
    )


def secrets() -> set[str]:
    """Return every variable that holds a secret of a service; whom alerts go to is the user's own affair."""
    return {
        variable_name(group, field)
        for name, group in GROUPS.items()
        for field, facts in group.model_fields.items()
        if facts.annotation is SecretStr and name != "alert"
    }


def test_every_secret_setting_is_the_stacks_own() -> None:
    """No secret of a service can come from the user's shell: the stack sets each of them."""
    assert secrets() <= set(variables())


def test_secrets_and_foreign_variables_of_the_shell_do_not_pass() -> None:
    """Only what tunes a service and what the machine needs gets through."""
    shell = dict.fromkeys(
        [*secrets(), "OPENAI_ADMIN_KEY", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY", "PGPASSWORD", "ACCESSA_HOME"], "x"
    )

    assert {} == inherited(shell)


def test_where_notices_of_alerts_go_passes_with_its_secrets() -> None:
    """Whom the local stack tells of alerts, and how it signs that, is taken from the user's variables."""
    shell = {"ALERT_WEBHOOK_URL": "http://x", "ALERT_WEBHOOK_SECRET": "whsec_eA==", "ALERT_NOTIFY_URLS": "json://x"}

    assert shell == inherited(shell)


@pytest.mark.parametrize(
    "name",
    [
        "WORKER_LEASE_SECONDS",
        "CHUNK_MAX_COUNT",
        "UPLOAD_MAX_PAGES",
        "LOG_LEVEL",
        "EMBED_BATCH_INPUTS",
        "MOCK_OPENAI_DELAY",
        "DATABASE_POOL_SIZE",
        "LLAMAPARSE_POLL_SECONDS",
        "PATH",
    ],
)
def test_tuning_of_the_shell_passes(name: str) -> None:
    """What the user set for speed, limits and logs reaches the services."""
    assert {name: "7"} == inherited({name: "7"})


def test_relative_python_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Services run in another folder than the command, and still find the same modules."""
    monkeypatch.chdir(tmp_path)

    assert {"PYTHONPATH": f"{tmp_path}/src:/abs"} == machine_variables({"PYTHONPATH": "src:/abs"})


@pytest.mark.parametrize(
    ("mode", "model", "dimensions", "batch"),
    [
        ("semantic", "wordllama-l2-supercat-256", "256", None),
        ("minilm", "all-minilm-l6-v2-int8", "384", "64"),
        ("lexical", "text-embedding-3-small", "1536", None),
        ("fixed", "fixed-1536", "1536", None),
    ],
)
def test_the_model_follows_the_mode_of_the_mock(mode: str, model: str, dimensions: str, batch: str | None) -> None:
    """What the services ask for is what the simulator serves."""
    told = unless_set(mode) | variables(mode)

    assert (mode, model, dimensions, batch) == (
        told["MOCK_OPENAI_MODE"],
        told["EMBED_MODEL"],
        told["EMBED_DIMENSIONS"],
        told.get("EMBED_BATCH_INPUTS"),
    )


def test_an_unknown_mode_is_refused_with_the_known_ones() -> None:
    """A misspelt mode is answered with the right ones."""
    with pytest.raises(UsageError, match="semantic, minilm, lexical or fixed") as refused:
        variables("semantik")

    assert "SETTINGS_INVALID" == refused.value.code


def test_every_address_is_on_loopback() -> None:
    """Nothing in the stack talks to another machine."""
    told = variables()
    addresses = [told[name] for name in told if name.endswith("_URL") and name != "DATABASE_URL"]

    assert 5 == len(addresses)
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)
    assert "127.0.0.1" == told["API_HOST"]
