"""All settings: the only place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from accessa.domain.addresses import is_public
from accessa.domain.errors import UsageError
from accessa.domain.prices import USD_PER_CREDIT


class Environment(StrEnum):
    """Where this process runs."""

    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


def _group(prefix: str) -> SettingsConfigDict:
    return SettingsConfigDict(env_prefix=prefix, env_file=".env.local", extra="ignore", frozen=True)


# An empty variable sets no limit.
_Limit = Annotated[float | None, BeforeValidator(lambda value: None if value == "" else value)]


class DatabaseSettings(BaseSettings):
    """The Postgres that is the truth."""

    model_config = _group("DATABASE_")

    url: SecretStr = Field(SecretStr(""), description="Postgres address, postgresql://user:password@host:port/name")
    pool_size: int = Field(
        8, ge=2, le=200, description="Most connections of one process; those reserved and the doorbell's come on top"
    )
    reserved_connections: int = Field(
        2, ge=1, le=20, description="Most connections of a worker for leases and signs of life; none waits for work"
    )
    pooler: Literal["auto", "none", "session", "transaction"] = Field(
        "auto", description="What stands before Postgres: none, session, transaction, or auto to find out"
    )
    statement_timeout_seconds: float = Field(15, gt=0, description="A statement that takes longer is given up")
    idle_timeout_seconds: float = Field(
        30, gt=0, description="A transaction that waits longer for its client is ended by the database"
    )
    connect_timeout_seconds: float = Field(10, gt=0, description="A connection attempt that takes longer is given up")


class StorageSettings(BaseSettings):
    """Supabase Storage, or the local service with the same contract."""

    model_config = _group("SUPABASE_")

    url: str = Field("", description="Base address; /storage/v1 is added, as the official clients do")
    service_role_key: SecretStr = Field(SecretStr(""), description="Server-side key; never given to a browser")
    jwt_secret: SecretStr = Field(
        SecretStr(""), description="Signs keys and signed URLs of the local storage server; only that server needs it"
    )
    timeout_seconds: float = Field(60, gt=0, description="A storage request that takes longer is given up")


class ParseSettings(BaseSettings):
    """The parse provider, LlamaParse by its API v2."""

    model_config = _group("LLAMAPARSE_")

    base_url: str = Field("https://api.cloud.llamaindex.ai", description="Base address of the parse provider")
    api_key: SecretStr = Field(SecretStr(""), description="Key of the parse provider")
    tier: str = Field("cost_effective", description="Parse tier: cost_effective, agentic or agentic_plus")
    version: str = Field("latest", description="Version of the tier; pin a dated one in production")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signs webhooks; two secrets may be given with a comma"
    )
    timeout_seconds: float = Field(
        60, gt=0, description="A request to the parse provider that takes longer is given up"
    )
    poll_seconds: float = Field(15, gt=0, description="First look at a parse whose webhook has not come; then doubling")
    poll_max_seconds: float = Field(120, gt=0, description="Longest pause between two looks")
    deadline_seconds: float = Field(
        1800, gt=0, description="A parse that takes longer than this, plus pages, has failed"
    )
    deadline_per_page_seconds: float = Field(60, ge=0, description="Added to the deadline for each page")
    max_failed_page_ratio: float = Field(0.05, ge=0, le=1, description="More failed pages than this fail the document")
    requests_per_minute: float = Field(
        0, ge=0, description="Uploads and parses of all workers in a minute; 0: as many as the provider takes"
    )
    price_per_credit_usd: float = Field(
        float(USD_PER_CREDIT), ge=0, description="Price of one credit of the provider (2026-11)"
    )


class OpenAISettings(BaseSettings):
    """The embedding provider."""

    model_config = _group("OPENAI_")

    base_url: str = Field("https://api.openai.com/v1", description="Base address of the embedding provider")
    api_key: SecretStr = Field(SecretStr(""), description="Key of the embedding provider")
    timeout_seconds: float = Field(45, gt=0, description="An embedding request that takes longer is given up")
    requests_per_minute: float = Field(
        0, ge=0, description="Requests of all workers in a minute; 0: as many as the provider's headers allow"
    )
    tokens_per_minute: float = Field(
        0, ge=0, description="Tokens of all workers in a minute; 0: as many as the provider's headers allow"
    )


class ProviderSettings(BaseSettings):
    """Patience with providers: when calls to one stop for all workers, and when one is tried again."""

    model_config = _group("PROVIDER_")

    failures_to_open: int = Field(
        5, ge=1, description="Outages in a row after which calls to a provider stop for all workers"
    )
    open_seconds: float = Field(5, gt=0, description="Pause before one call tries an open circuit; doubles each time")
    open_max_seconds: float = Field(300, gt=0, description="Longest pause between two such tries")
    refused_seconds: float = Field(
        60, gt=0, description="First pause after a refused key or a used up account; doubles each time"
    )
    probe_seconds: float = Field(90, gt=0, description="Time that the one call which tries an open circuit is given")


class EmbedSettings(BaseSettings):
    """What is embedded, and in which portions."""

    model_config = _group("EMBED_")

    model: str = Field("text-embedding-3-small", description="Embedding model")
    version: str = Field("1", description="Our version of the model's use; raise it to embed everything again")
    dimensions: int = Field(1536, ge=1, le=4000, description="Numbers in a vector; raise EMBED_VERSION with it")
    batch_inputs: int = Field(256, ge=1, le=2048, description="Most chunks in one request")
    batch_tokens: int = Field(300_000, ge=1, description="Most tokens in one request; bytes are counted, never fewer")
    batches_in_flight: int = Field(
        1, ge=1, le=64, description="Requests of one document at the same time; a worker that dies may repeat as many"
    )
    input_tokens: int = Field(8191, ge=1, description="Most tokens in one chunk; bytes are counted, never fewer")
    price_per_million_tokens_usd: float | None = Field(
        None, ge=0, description="Price of the model; empty: that of the published list of 2026-11"
    )
    bulk_price_factor: float = Field(
        0.5, ge=0, le=1, description="Part of that price which the bulk lane (Batch API) costs (2026-11)"
    )
    bulk_poll_seconds: float = Field(30, gt=0, description="First look at a batch of the bulk lane; then doubling")
    bulk_poll_max_seconds: float = Field(600, gt=0, description="Longest pause between two such looks")


class BudgetSettings(BaseSettings):
    """The most that may be spent; a purchase that a budget has no room for waits, and no job fails by it."""

    model_config = _group("BUDGET_")

    document_usd: _Limit = Field(None, ge=0, description="Most that a document may cost in USD; empty: no limit")
    user_day_usd: _Limit = Field(
        None, ge=0, description="Most that a user's documents may cost in a day of UTC; empty: no limit"
    )
    day_usd: _Limit = Field(
        None, ge=0, description="Most that all documents together may cost in a day of UTC; empty: no limit"
    )
    look_again_seconds: float = Field(45, gt=0, description="Pause before a waiting job looks again; longer with many")


class UploadSettings(BaseSettings):
    """What may be uploaded."""

    model_config = _group("UPLOAD_")

    max_file_mb: int = Field(100, ge=1, description="Largest file, in MB of 1,000,000 bytes")
    max_pages: int = Field(3000, ge=1, description="Most pages of a document")
    max_unpacked_mb: int = Field(300, ge=1, description="Most that an archive (DOCX) may unpack to, in MB")
    signed_url_expiration_time: int = Field(
        7200, ge=1, description="Seconds for which a signed upload URL holds; the local storage server signs with it"
    )
    orphan_grace_seconds: float = Field(
        86_400, ge=0, description="Age at which a stored file that no document stands for is removed"
    )
    orphan_sweep_seconds: float = Field(3600, gt=0, description="Pause between two looks for such files")


class ChunkSettings(BaseSettings):
    """How text is cut."""

    model_config = _group("CHUNK_")

    max_count: int = Field(200_000, ge=1, description="Most chunks of a document")


class SearchSettings(BaseSettings):
    """How passages are found."""

    model_config = _group("SEARCH_")

    candidates: int = Field(400, ge=100, le=5000, description="Nearest passages that are put in order for one answer")
    word_weight: float = Field(
        0.4, ge=0, le=1, description="Part of the score that the question's own words make; the rest is nearness"
    )


class WorkerSettings(BaseSettings):
    """Claims, leases, patience."""

    model_config = _group("WORKER_")

    jobs_at_once: int = Field(4, ge=1, le=100, description="Jobs that one worker process works on at the same time")
    jobs_per_user: int = Field(
        50, ge=0, description="Most jobs of one user in the hands of all workers at the same time; 0: any number"
    )
    lease_seconds: float = Field(60, ge=1, description="A worker silent for longer has lost its jobs")
    poll_seconds: float = Field(
        1.5, gt=0, description="Pause between looks for work, with jitter; a doorbell wakes sooner"
    )
    drain_seconds: float = Field(25, ge=0, description="Time to finish after SIGTERM before jobs are handed back")
    max_attempts: int = Field(
        8, ge=1, description="Counted errors in a row, without getting further, before a job fails"
    )
    max_crashes: int = Field(3, ge=1, description="Worker deaths without progress before a job fails")
    backoff_seconds: float = Field(3, gt=0, description="First pause after an error; doubles each time")
    backoff_max_seconds: float = Field(900, gt=0, description="Longest pause after an error")
    stage_seconds: float = Field(900, gt=0, description="A stage that takes longer is given up and tried again")
    heartbeat_seconds: float = Field(5, gt=0, description="Pause between signs of life of a worker")


class AuditSettings(BaseSettings):
    """The audit that workers run on what is stored."""

    model_config = _group("AUDIT_")

    every_seconds: float = Field(
        300, ge=0, description="Pause between two audits by the workers, all together; 0: none"
    )
    statement_seconds: float = Field(
        30, gt=0, description="A check that takes longer is given up, and told as unfinished"
    )


class ApiSettings(BaseSettings):
    """The HTTP API."""

    model_config = _group("API_")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on")
    public_url: str = Field("", description="Address under which the parse provider reaches this API (webhooks)")
    auth: Literal["header"] = Field("header", description="How callers are known: header (only in local)")


class StackSettings(BaseSettings):
    """The local stack: where its state lives and which ports it asks for first."""

    model_config = _group("ACCESSA_")

    home: Path | None = Field(None, description="Folder of all local state; default .accessa beside the checkout")
    postgres_port: int | None = Field(
        None, ge=1, le=65535, description="Port of Postgres; default 5432 or the next free"
    )
    storage_port: int | None = Field(
        None, ge=1, le=65535, description="Port of the storage; default 5000 or the next free"
    )
    api_port: int | None = Field(None, ge=1, le=65535, description="Port of the API; default 8000 or the next free")
    llamaparse_port: int | None = Field(None, ge=1, le=65535, description="Port of the mock LlamaParse; default 8001")
    openai_port: int | None = Field(None, ge=1, le=65535, description="Port of the mock OpenAI; default 8002")
    monitoring_port: int | None = Field(None, ge=1, le=65535, description="Port of the monitoring page; default 3000")
    workers: int = Field(1, ge=1, le=32, description="Worker processes of the stack")
    embeddings: str = Field("semantic", description="Vectors of the mock OpenAI: semantic, minilm or lexical")
    postgres_binaries: Path | None = Field(
        None, description="Folder with bin/postgres to use instead of the packaged one"
    )
    user_id: str = Field(
        "00000000-0000-4000-8000-000000000001", description="User on whose behalf the command line works by default"
    )
    api_url: str = Field("", description="API that the command line talks to; empty: that of the running stack")
    # Not a knob: the supervisor marks its children with it, so that strays of a crashed stack are found again.
    stack_id: str = Field("", description="Set by the supervisor for its children; leave empty")


class LogSettings(BaseSettings):
    """What the processes tell."""

    model_config = _group("LOG_")

    level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")


class RuntimeSettings(BaseSettings):
    """Which environment this process serves."""

    model_config = _group("")

    environment: Environment = Field(Environment.LOCAL, description="local, staging or production")


class FailpointSettings(BaseSettings):
    """Faults on purpose, in a local process."""

    model_config = _group("")

    failpoints: str = Field(
        "",
        description="What fails on purpose (only in local), point=kill;point=stop: docs/how-to/kill-it-yourself.md",
    )


GROUPS: dict[str, type[BaseSettings]] = {
    "runtime": RuntimeSettings,
    "failpoints": FailpointSettings,
    "database": DatabaseSettings,
    "storage": StorageSettings,
    "parse": ParseSettings,
    "openai": OpenAISettings,
    "provider": ProviderSettings,
    "embed": EmbedSettings,
    "budget": BudgetSettings,
    "upload": UploadSettings,
    "chunk": ChunkSettings,
    "search": SearchSettings,
    "worker": WorkerSettings,
    "audit": AuditSettings,
    "api": ApiSettings,
    "stack": StackSettings,
    "log": LogSettings,
}


class Settings(BaseModel):
    """Every setting of a process, one group per concern; read once at start."""

    model_config = ConfigDict(frozen=True)

    runtime: RuntimeSettings
    failpoints: FailpointSettings
    database: DatabaseSettings
    storage: StorageSettings
    parse: ParseSettings
    openai: OpenAISettings
    provider: ProviderSettings
    embed: EmbedSettings
    budget: BudgetSettings
    upload: UploadSettings
    chunk: ChunkSettings
    search: SearchSettings
    worker: WorkerSettings
    audit: AuditSettings
    api: ApiSettings
    stack: StackSettings
    log: LogSettings


def load_settings() -> Settings:
    """Read the environment; raise `UsageError` SETTINGS_INVALID that names the wrong variable."""
    return Settings.model_validate({name: _load_group(group) for name, group in GROUPS.items()})


def settings_of(variables: Mapping[str, str]) -> Settings:
    """Return the settings that a process with just these `variables` has; raises `UsageError` like `load_settings`."""
    groups: dict[str, BaseSettings] = {}
    for name, group in GROUPS.items():
        values = {
            field: variables.get(variable_name(group, field), about.default)
            for field, about in group.model_fields.items()
        }
        groups[name] = _load_group(group, values)
    return Settings.model_validate(groups)


def process_environment() -> dict[str, str]:
    """Return every variable of this process, and those of `.env.local` that it does not set, as they were given."""
    from_file = {name: value for name, value in dotenv_values(".env.local").items() if value is not None}
    return from_file | dict(os.environ)


def _load_group(group: type[BaseSettings], values: Mapping[str, Any] | None = None) -> BaseSettings:
    try:
        return group(**(values or {}))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = variable_name(group, str(first["loc"][0]))
        raise UsageError("SETTINGS_INVALID", f"The setting {name} is wrong: {first['msg']}.") from None


def variable_name(group: type[BaseSettings], field: str) -> str:
    """Return the environment variable that sets `field` of `group`."""
    prefix = str(group.model_config.get("env_prefix", ""))
    return field.upper() if field.upper().startswith(prefix) and prefix else f"{prefix}{field}".upper()


def check_service(settings: Settings) -> None:
    """Refuse to start a service whose settings are missing, or unfit for its environment.

    Raises `UsageError` SETTINGS_INVALID with one sentence for the first thing that is wrong.
    """
    for name, value in _required(settings).items():
        if not value:
            raise UsageError("SETTINGS_INVALID", f"The setting {name} is missing; set it and start again.")
    if settings.runtime.environment is not Environment.LOCAL:
        _check_outside_local(settings)


def check_callers(settings: Settings) -> None:
    """Refuse to serve where the way callers are known cannot be trusted; raises `UsageError` SETTINGS_INVALID."""
    environment = settings.runtime.environment
    if environment is not Environment.LOCAL:
        raise UsageError(
            "SETTINGS_INVALID",
            f"API_AUTH={settings.api.auth} lets any caller name any user, so it is refused in {environment}; it serves "
            "only ENVIRONMENT=local.",
        )


def _required(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database.url.get_secret_value(),
        "SUPABASE_URL": settings.storage.url,
        "SUPABASE_SERVICE_ROLE_KEY": settings.storage.service_role_key.get_secret_value(),
        "LLAMAPARSE_API_KEY": settings.parse.api_key.get_secret_value(),
        "LLAMAPARSE_WEBHOOK_SECRET": settings.parse.webhook_secret.get_secret_value(),
        "OPENAI_API_KEY": settings.openai.api_key.get_secret_value(),
        "API_PUBLIC_URL": settings.api.public_url,
    }


def outside_addresses(settings: Settings) -> dict[str, str]:
    """Return what has to be a public https address outside `local`, by the name of its variable."""
    return {
        "LLAMAPARSE_BASE_URL": settings.parse.base_url,
        "OPENAI_BASE_URL": settings.openai.base_url,
        "API_PUBLIC_URL": settings.api.public_url,
        "SUPABASE_URL": settings.storage.url,
    }


def _check_outside_local(settings: Settings) -> None:
    environment = settings.runtime.environment
    for name, address in outside_addresses(settings).items():
        if not is_public(address):
            raise UsageError("SETTINGS_INVALID", f"{name} must be a public https address in {environment}.")
