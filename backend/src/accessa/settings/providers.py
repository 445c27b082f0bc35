"""Settings of the parse and the embedding provider, of what is bought from them, and of the patience with them."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from accessa.domain.prices import USD_PER_CREDIT
from accessa.settings.group import Limit, group


class ParseSettings(BaseSettings):
    """The parse provider, LlamaParse by its API v2."""

    model_config = group("LLAMAPARSE_")

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

    model_config = group("OPENAI_")

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

    model_config = group("PROVIDER_")

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

    model_config = group("EMBED_")

    model: str = Field("text-embedding-3-small", description="Embedding model")
    version: str = Field("1", description="Our version of the model's use; raise it to embed everything again")
    dimensions: int = Field(1536, ge=1, le=4000, description="Numbers in a vector; raise EMBED_VERSION with it")
    batch_inputs: int = Field(256, ge=1, le=2048, description="Most chunks in one request")
    batch_tokens: int = Field(300_000, ge=1, description="Most tokens in one request; bytes are counted, never fewer")
    batches_in_flight: int = Field(
        4, ge=1, le=64, description="Requests of one worker at the same time; one that dies may repeat as many"
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

    model_config = group("BUDGET_")

    document_usd: Limit = Field(None, ge=0, description="Most that a document may cost in USD; empty: no limit")
    user_day_usd: Limit = Field(
        None, ge=0, description="Most that a user's documents may cost in a day of UTC; empty: no limit"
    )
    day_usd: Limit = Field(
        None, ge=0, description="Most that all documents together may cost in a day of UTC; empty: no limit"
    )
    look_again_seconds: float = Field(45, gt=0, description="Pause before a waiting job looks again; longer with many")

    @property
    def is_set(self) -> bool:
        """Tell whether there is any budget."""
        return any(limit is not None for limit in (self.document_usd, self.user_day_usd, self.day_usd))
