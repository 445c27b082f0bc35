"""What .env says of the providers: the simulators with this stack's own keys, or the real ones with the user's."""

from __future__ import annotations

from collections.abc import Mapping

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.credentials import Credentials
from accessa.stack.environment import embedding_model

_IN_IMAGE = ("semantic", "lexical", "fixed")


def simulators(settings: Settings, local: Credentials) -> dict[str, str]:
    """Return the lines for the simulators; raises `UsageError` SETTINGS_INVALID for a model that the image lacks."""
    mode = settings.stack.embeddings
    model = embedding_model(mode)
    if mode not in _IN_IMAGE:
        sentence = f"ACCESSA_EMBEDDINGS={mode} is not in the image; use {', '.join(_IN_IMAGE)}."
        raise UsageError("SETTINGS_INVALID", sentence)
    return {
        "ACCESSA_EMBEDDINGS": mode,
        "ACCESSA_EMBED_MODEL": model.name,
        "ACCESSA_EMBED_DIMENSIONS": str(model.dimensions),
        "ACCESSA_LLAMAPARSE_KEY": local.llamaparse_api_key,
        "ACCESSA_WEBHOOK_SECRET": local.llamaparse_webhook_secret,
        "ACCESSA_OPENAI_KEY": local.openai_api_key,
    }


def real_providers(settings: Settings, known: Mapping[str, str], local: Credentials) -> dict[str, str]:
    """Return the lines for the real providers: what the settings say, else the keys that .env has of them.

    Raises `UsageError` SETTINGS_INVALID when a key is nowhere.
    """
    parse, openai, embed = settings.parse, settings.openai, settings.embed
    secret = parse.webhook_secret.get_secret_value()
    return {
        "ACCESSA_LLAMAPARSE_URL": parse.base_url,
        "ACCESSA_LLAMAPARSE_KEY": _key(
            "LLAMAPARSE_API_KEY", parse.api_key.get_secret_value(), known.get("ACCESSA_LLAMAPARSE_KEY"), local
        ),
        "ACCESSA_WEBHOOK_SECRET": secret or known.get("ACCESSA_WEBHOOK_SECRET") or local.llamaparse_webhook_secret,
        "ACCESSA_OPENAI_URL": openai.base_url,
        "ACCESSA_OPENAI_KEY": _key(
            "OPENAI_API_KEY", openai.api_key.get_secret_value(), known.get("ACCESSA_OPENAI_KEY"), local
        ),
        "ACCESSA_EMBED_MODEL": embed.model,
        "ACCESSA_EMBED_DIMENSIONS": str(embed.dimensions),
        "ACCESSA_PUBLIC_URL": settings.api.public_url or known.get("ACCESSA_PUBLIC_URL", ""),
    }


def _key(variable: str, given: str, known: str | None, local: Credentials) -> str:
    """Return the user's key; the one made for a simulator opens nothing elsewhere."""
    if given:
        return given
    if known and known not in {local.llamaparse_api_key, local.openai_api_key}:
        return known
    raise UsageError(
        "SETTINGS_INVALID", f"The profile real needs the setting {variable}; give it in the shell or in .env.local."
    )
