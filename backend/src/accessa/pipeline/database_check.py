"""How the database of the settings is reached: directly, or through which kind of pooler."""

from __future__ import annotations

from accessa.domain.addresses import host_of
from accessa.domain.errors import AccessaError
from accessa.pipeline.provider_findings import ProviderFinding
from accessa.settings import Settings
from accessa.store.database import Database
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.pooler import TOLD

_NAME = "database"
_PATIENCE_SECONDS = 3.0


async def check_database(settings: Settings) -> list[ProviderFinding]:
    """Connect once and tell what stands before Postgres; nothing is said where no address is set."""
    address = settings.database.url.get_secret_value()
    if not address:
        return []
    patience = min(settings.database.connect_timeout_seconds, _PATIENCE_SECONDS)
    quick = settings.database.model_copy(update={"connect_timeout_seconds": patience})
    database = Database(quick, "accessa-doctor", environment=settings.runtime.environment)
    try:
        await database.open()
    except (AccessaError, *DRIVER_ERRORS, ValueError) as error:  # the driver's own words may quote the password
        words = error.message if isinstance(error, AccessaError) else "DATABASE_URL leads to no database."
        mend = "Check DATABASE_URL, and that Postgres runs."
        return [ProviderFinding(_NAME, ok=False, sentence=words, mend=mend)]
    finally:
        await database.close()
    assert database.pooler is not None  # noqa: S101 - an open database knows
    sentence = f"Postgres at {host_of(address)} is reached {TOLD[database.pooler]}."
    return [ProviderFinding(_NAME, ok=True, sentence=sentence)]
