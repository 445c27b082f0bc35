"""Settings: what is missing or wrong is told in one plain sentence that names the variable, and secrets stay unseen."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from accessa.apps.api.app import create_app
from accessa.domain.errors import UsageError
from accessa.settings import (
    GROUPS,
    Settings,
    check_service,
    load_settings,
    process_environment,
    settings_of,
    variable_name,
)

SECRETS = {
    "DATABASE_URL": "postgresql://owner:database-password@db.example.org:5432/app",
    "SUPABASE_SERVICE_ROLE_KEY": "service-role-secret",
    "SUPABASE_JWT_SECRET": "jwt-secret-of-the-tests",
    "LLAMAPARSE_API_KEY": "llx-parse-secret",
    "LLAMAPARSE_WEBHOOK_SECRET": "webhook-secret-1,webhook-secret-2",
    "OPENAI_API_KEY": "sk-embed-secret",
}
SERVICE = SECRETS | {
    "SUPABASE_URL": "https://project.supabase.example.org",
    "API_PUBLIC_URL": "https://accessa.example.org",
}
NEEDED = sorted(SERVICE.keys() - {"SUPABASE_JWT_SECRET"})
PRODUCTION = SERVICE | {"ENVIRONMENT": "production"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take every setting out of the environment, and stand in a folder without a file of settings."""
    for group in GROUPS.values():
        for field in group.model_fields:
            monkeypatch.delenv(variable_name(group, field), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set variables and read the settings."""

    def read(variables: dict[str, str]) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return read


def refusal(settings: Settings) -> str:
    """Return the sentence with which a service refuses to start."""
    with pytest.raises(UsageError) as caught:
        check_service(settings)
    assert "SETTINGS_INVALID" == caught.value.code
    return caught.value.message


def test_nothing_is_needed_to_read_the_settings() -> None:
    """Every setting has a default, so that the command line works on a fresh machine."""
    settings = load_settings()

    assert ("local", "", 8000) == (
        settings.runtime.environment,
        settings.database.url.get_secret_value(),
        settings.api.port,
    )


def test_a_service_starts_locally_with_what_it_needs(given: Any) -> None:
    """With all that is needed, and the header for users, the service may start on this machine."""
    settings = given(SERVICE)

    check_service(settings)

    assert "header" == settings.api.auth


def test_an_empty_budget_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is there and empty limits nothing, in the process and in the services of the stack."""
    monkeypatch.setenv("BUDGET_DAY_USD", "")
    monkeypatch.setenv("BUDGET_DOCUMENT_USD", "2.5")

    assert (None, 2.5) == (load_settings().budget.day_usd, load_settings().budget.document_usd)
    assert settings_of({"BUDGET_DAY_USD": ""}).budget.day_usd is None


@pytest.mark.parametrize("missing", NEEDED)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_missing_setting_is_named(given: Any, missing: str, how: str) -> None:
    """One sentence says which variable to set; an empty one is missing too."""
    rest = {name: value for name, value in SERVICE.items() if name != missing}
    settings = given(rest if how == "absent" else rest | {missing: ""})

    assert f"The setting {missing} is missing; set it and start again." == refusal(settings)


WRONG: list[tuple[str, str, str]] = [
    ("API_PORT", "eighty", "integer"),
    ("API_PORT", "70000", "65535"),
    ("DATABASE_POOL_SIZE", "1", "2"),
    ("EMBED_DIMENSIONS", "0", "1"),
    ("EMBED_BATCH_INPUTS", "2049", "2048"),
    ("WORKER_LEASE_SECONDS", "", "number"),
    ("LLAMAPARSE_MAX_FAILED_PAGE_RATIO", "1.5", "1"),
    ("UPLOAD_MAX_PAGES", "-1", "1"),
    ("CHUNK_MAX_COUNT", "0", "1"),
    ("ACCESSA_WORKERS", "many", "integer"),
    ("ACCESSA_WORKERS", "33", "from 1 to 32, or auto"),
    ("ENVIRONMENT", "prod", "staging"),
]


@pytest.mark.parametrize(("name", "value", "told"), WRONG)
def test_a_wrong_setting_is_named(given: Any, name: str, value: str, told: str) -> None:
    """One sentence says which variable is wrong, and what it has to be."""
    with pytest.raises(UsageError) as caught:
        given({name: value})

    assert "SETTINGS_INVALID" == caught.value.code
    assert re.fullmatch(rf"The setting {name} is wrong: [^\n]*{told}[^\n]*\.", caught.value.message)


def test_the_wrong_value_is_not_repeated(given: Any) -> None:
    """A secret that was set under another variable's name is not printed."""
    with pytest.raises(UsageError) as caught:
        given({"API_PORT": "sk-secret-in-the-wrong-place"})

    assert "wrong-place" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("group", "field"), [(group, field) for group in GROUPS.values() for field in group.model_fields]
)
def test_every_setting_is_read_from_the_variable_it_is_named_by(given: Any, group: Any, field: str) -> None:
    """The name in a sentence is the name that is read."""
    name = variable_name(group, field)
    value = {"environment": "staging", "home": "/x", "postgres_binaries": "/y"}.get(field, "7777")
    if group.model_fields[field].annotation in {float, float | None}:
        value = "7777.5"

    try:
        settings = given({name: value})
    except UsageError as error:
        assert f"The setting {name} is wrong" in error.message  # noqa: PT017 - so it is read as well
    else:
        read = getattr(next(part for part in vars(settings).values() if isinstance(part, group)), field)
        assert value == str(read.get_secret_value() if isinstance(read, SecretStr) else read)


def test_a_file_of_settings_is_read_and_the_environment_goes_first(given: Any) -> None:
    """What .env.local says holds where the process says nothing."""
    Path(".env.local").write_text("OPENAI_API_KEY=sk-from-file\nAPI_PORT=8123\nNOT_OURS=1\n")

    settings = given({"API_PORT": "9000"})

    assert ("sk-from-file", 9000) == (settings.openai.api_key.get_secret_value(), settings.api.port)
    assert ("sk-from-file", "9000", "1") == tuple(
        process_environment()[name] for name in ("OPENAI_API_KEY", "API_PORT", "NOT_OURS")
    )


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_the_api_refuses_the_header_for_users_outside_local(given: Any, environment: str) -> None:
    """A header that anybody can write is no proof of who calls; the refusal is the default, too."""
    settings = given(PRODUCTION | {"ENVIRONMENT": environment})
    with pytest.raises(UsageError) as caught:
        create_app(settings)

    assert caught.value.message.startswith("API_AUTH=header lets any caller name any user")
    assert f"refused in {environment};" in caught.value.message


def test_callers_cannot_be_known_in_a_way_that_does_not_exist(given: Any) -> None:
    """A made-up way of knowing callers stops the start instead of opening the API to everybody."""
    with pytest.raises(UsageError, match="The setting API_AUTH is wrong"):
        given({"API_AUTH": "anything"})


ADDRESSES = ["LLAMAPARSE_BASE_URL", "OPENAI_BASE_URL", "API_PUBLIC_URL", "SUPABASE_URL"]


@pytest.mark.parametrize("environment", ["staging", "production"])
@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "address",
    [
        "http://api.example.org",
        "https://localhost/v1",
        "https://LOCALHOST.",
        "https://openai.localhost",
        "https://127.0.0.1:8002/v1",
        "https://127.8.8.8",
        "https://[::1]:8002",
        "https://0.0.0.0:8000",
        "https://user@localhost",
        "api.example.org",
        "https://",
        "https://[::1",
        "ftp://api.example.org",
    ],
)
def test_only_public_https_addresses_outside_local(given: Any, environment: str, name: str, address: str) -> None:
    """No simulator, and nothing that travels in the clear, serves staging or production."""
    sentence = refusal(given(PRODUCTION | {"ENVIRONMENT": environment, name: address}))

    assert f"{name} must be a public https address in {environment}." == sentence


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_sound_service_starts_outside_local(given: Any, environment: str) -> None:
    """The defaults of the providers are public https addresses."""
    settings = given(PRODUCTION | {"ENVIRONMENT": environment})

    check_service(settings)

    assert environment == settings.runtime.environment


def test_local_addresses_are_fine_locally(given: Any) -> None:
    """The stack on a laptop talks to its simulators over plain HTTP."""
    local = {"LLAMAPARSE_BASE_URL": "http://127.0.0.1:8001", "OPENAI_BASE_URL": "http://localhost:8002/v1"}
    settings = given(SERVICE | local | {"API_PUBLIC_URL": "http://127.0.0.1:8000"})

    check_service(settings)

    assert "http://127.0.0.1:8001" == settings.parse.base_url


@pytest.mark.parametrize(
    "told",
    [
        repr,
        str,
        lambda settings: settings.model_dump_json(),
        lambda settings: str(settings.model_dump()),
        lambda settings: json.dumps(settings.model_dump(mode="json")),
        lambda settings: repr([vars(group) for group in vars(settings).values()]),
    ],
)
def test_no_secret_is_seen_in_any_form(given: Any, told: Any) -> None:
    """However the settings of production are printed, no secret is among them."""
    text = told(given(PRODUCTION))

    assert "https://accessa.example.org" in text
    assert [] == [part for secret in SECRETS.values() for part in (secret, *secret.split(",")) if part in text]
    assert "database-password" not in text


def test_every_secret_is_hidden_by_its_type() -> None:
    """A setting that is named as a key, a secret or an address with a password is of the type that hides it."""
    shown = {
        variable_name(group, field)
        for group in GROUPS.values()
        for field, about in group.model_fields.items()
        if about.annotation is not SecretStr and re.search("key|secret|password|token$", field)
    }

    assert set() == shown
    assert SecretStr is GROUPS["database"].model_fields["url"].annotation


def test_settings_of_given_variables_look_at_no_others(given: Any) -> None:
    """The settings of another process are read from its variables alone, as it reads them itself."""
    alone = settings_of(PRODUCTION)

    assert alone == given(PRODUCTION)
    given({"API_PORT": "9999"})
    assert alone == settings_of(PRODUCTION)
    with pytest.raises(UsageError, match="The setting API_PORT is wrong"):
        settings_of({"API_PORT": "many"})


def test_settings_cannot_be_changed(given: Any) -> None:
    """Settings are read once at the start and are the same for everybody from then on."""
    settings = given(SERVICE)

    with pytest.raises(ValueError, match="frozen"):
        settings.api.port = 1
    with pytest.raises(ValueError, match="frozen"):
        settings.api = None
    assert settings == pickle.loads(pickle.dumps(settings))  # noqa: S301 - our own bytes
