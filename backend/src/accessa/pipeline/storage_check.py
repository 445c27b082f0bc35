"""Whether the storage of the settings takes our key, and has the buckets: private ones."""

from __future__ import annotations

from accessa.domain.addresses import host_of
from accessa.pipeline.provider_findings import PATIENCE_SECONDS, Account, ProviderFinding, asked
from accessa.providers.storage import BUCKETS, StorageClient
from accessa.settings import Settings


async def check_storage(
    settings: Settings, patience_seconds: float = PATIENCE_SECONDS, *, key_mend: str = "", reach_mend: str = ""
) -> ProviderFinding:
    """Ask for the buckets; for the mends see `Account`."""
    storage = settings.storage
    account = Account(
        "storage",
        f"The storage at {host_of(storage.url) or 'no address'}",
        "SUPABASE_SERVICE_ROLE_KEY",
        "SUPABASE_URL",
        "https://PROJECT.supabase.co",
        min(storage.timeout_seconds, patience_seconds),
        key_mend=key_mend,
        reach_mend=reach_mend,
    )

    async def look() -> ProviderFinding:
        async with StorageClient(
            storage.url, storage.service_role_key.get_secret_value(), timeout_seconds=account.patience_seconds
        ) as client:
            found = await client.find_buckets(BUCKETS)
        missing = [name for name in BUCKETS if name not in found]
        if missing:
            api = settings.api.public_url or "API_PUBLIC_URL"
            mend = f"Run: curl {api}/ready, which makes them; else this is not the key of the service role."
            return account.bad(f"shows no bucket {' and '.join(missing)}.", mend)
        if opened := [name for name, is_public in found.items() if is_public]:
            return account.bad(f"lets anybody read the bucket {' and '.join(opened)}.", "Make the bucket private.")
        return account.good("accepts SUPABASE_SERVICE_ROLE_KEY; the buckets raw and parsed are there, and private.")

    return await asked(account, storage.service_role_key.get_secret_value(), look)
