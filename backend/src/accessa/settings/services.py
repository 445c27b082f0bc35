"""Settings of our own services, and of the database and the storage that they stand on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from accessa.settings.group import PortOrOff, Workers, group


class Environment(StrEnum):
    """Where this process runs."""

    LOCAL = "local"
    STAGING = "staging"
    PRODUCTION = "production"


class DatabaseSettings(BaseSettings):
    """The Postgres that is the truth."""

    model_config = group("DATABASE_")

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

    model_config = group("SUPABASE_")

    url: str = Field("", description="Base address; /storage/v1 is added, as the official clients do")
    public_url: str = Field(
        "", description="Base address for those outside, in the addresses that they upload to; empty: the same"
    )
    service_role_key: SecretStr = Field(SecretStr(""), description="Server-side key; never given to a browser")
    jwt_secret: SecretStr = Field(
        SecretStr(""), description="Signs keys and signed URLs of the local storage server; only that server needs it"
    )
    timeout_seconds: float = Field(60, gt=0, description="A storage request that takes longer is given up")


class WorkerSettings(BaseSettings):
    """Claims, leases, patience."""

    model_config = group("WORKER_")

    jobs_at_once: int = Field(256, ge=1, le=1000, description="Jobs that one worker process works on at the same time")
    jobs_per_user: int = Field(
        1024, ge=0, description="Most jobs of one user in the hands of all workers at the same time; 0: any number"
    )
    lease_seconds: float = Field(60, ge=1, description="A worker silent for longer has lost its jobs")
    poll_seconds: float = Field(
        1.5, gt=0, description="Pause between looks for work, with jitter; a doorbell wakes sooner"
    )
    drain_seconds: float = Field(25, ge=0, description="Time to finish after SIGTERM before jobs are handed back")
    max_attempts: int = Field(
        8, ge=1, description="Counted errors in a row, without getting further, before a job fails"
    )
    max_crashes: int = Field(3, ge=2, description="Worker deaths without progress before a job fails")
    backoff_seconds: float = Field(3, gt=0, description="First pause after an error; doubles each time")
    backoff_max_seconds: float = Field(900, gt=0, description="Longest pause after an error")
    stage_seconds: float = Field(900, gt=0, description="A stage that takes longer is given up and tried again")
    heartbeat_seconds: float = Field(5, gt=0, description="Pause between signs of life of a worker")
    http_host: str = Field("127.0.0.1", description="Address at which a worker tells its health and its metrics")
    http_port: PortOrOff = Field(0, description="Port of that address; 0: any free one; off: none at all")


class AuditSettings(BaseSettings):
    """The audit that workers run on what is stored."""

    model_config = group("AUDIT_")

    every_seconds: float = Field(
        300, ge=0, description="Pause between two audits by the workers, all together; 0: none"
    )
    statement_seconds: float = Field(
        30, gt=0, description="A check that takes longer is given up, and told as unfinished"
    )


class AlertSettings(BaseSettings):
    """Who is told when something is wrong, and how often the monitoring looks."""

    model_config = group("ALERT_")

    file: Path | None = Field(None, description="Catalogue of alerts to use instead of the one that comes with Accessa")
    look_seconds: float = Field(1, ge=0.1, le=60, description="Pause between two looks at the metrics of all services")
    targets: str = Field(
        "",
        description="Addresses of further metrics, name=url with commas between; the services of a stack are known",
    )
    wait_seconds: float = Field(2, ge=0, description="A first notice waits so long for more of the same alert")
    pause_seconds: float = Field(30, ge=0, description="Least pause between two notices of one alert")
    repeat_seconds: float = Field(14400, ge=60, description="An alert that still fires is told again after so long")
    webhook_url: str = Field("", description="Address that gets each notice as a signed webhook; empty: none")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Signs them by Standard Webhooks: whsec_ and the key in base64"
    )
    notify_urls: SecretStr = Field(
        SecretStr(""), description="Where notices go besides, as mailto:// or slack:// addresses of Apprise, spaced"
    )
    runbooks_url: str = Field(
        "http://localhost:3000/runbooks/", description="Address of the runbooks, for the links in notices"
    )
    monitor_url: str = Field("", description="Monitoring that the command line asks; empty: that of the running stack")


class ApiSettings(BaseSettings):
    """The HTTP API."""

    model_config = group("API_")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on")
    public_url: str = Field("", description="Address under which the parse provider reaches this API (webhooks)")
    auth: Literal["header"] = Field("header", description="How callers are known: header (only in local)")


class StackSettings(BaseSettings):
    """The local stack: where its state lives and which ports it asks for first."""

    model_config = group("ACCESSA_")

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
    workers: Workers = Field(
        1, description="Worker processes of the stack; auto: as many as cores and free memory suffice for"
    )
    embeddings: str = Field(
        "semantic",
        description="Vectors of the mock OpenAI: semantic, minilm, lexical, or fixed (for measuring, meaningless)",
    )
    postgres_binaries: Path | None = Field(
        None, description="Folder with bin/postgres to use instead of the packaged one"
    )
    user_id: str = Field(
        "00000000-0000-4000-8000-000000000001", description="User on whose behalf the command line works by default"
    )
    api_url: str = Field("", description="API that the command line talks to; empty: that of the running stack")
    # Not a knob: the supervisor marks its children with it, so that strays of a crashed stack are found again.
    stack_id: str = Field("", description="Set by the supervisor for its children; leave empty")


Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
]


class LogSettings(BaseSettings):
    """What the processes tell."""

    model_config = group("LOG_")

    level: Level = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")
    format: Literal["auto", "json", "pretty"] = Field(
        "auto", description="auto (pretty on a terminal, else JSON), json or pretty"
    )


class TraceSettings(BaseSettings):
    """Traces of documents, sent to a receiver of OpenTelemetry."""

    model_config = group("TRACES_")

    endpoint: str = Field(
        "", description="Base address of an OTLP/HTTP receiver, as http://127.0.0.1:4318; empty: no traces"
    )
    headers: SecretStr = Field(SecretStr(""), description="Headers for the receiver: name=value, with commas between")
    sample_ratio: float = Field(1.0, ge=0, le=1, description="Part of the documents that are traced")


class RuntimeSettings(BaseSettings):
    """Which environment this process serves."""

    model_config = group("")

    environment: Environment = Field(Environment.LOCAL, description="local, staging or production")


class FailpointSettings(BaseSettings):
    """Faults on purpose, in a local process."""

    model_config = group("")

    failpoints: str = Field(
        "",
        description="What fails on purpose (only in local), point=kill;point=stop: docs/how-to/kill-it-yourself.md",
    )
