"""The product's clients against the real services, which costs money and therefore needs to be asked for by name.

Without ACCESSA_REAL_APIS=1 one test proves, offline, that nothing is called.
"""

from __future__ import annotations

import os
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from accessa.providers.llamaparse import ParseState
from real_apis.consent import EMBED_KEY, OPT_IN, PARSE_KEY, ConsentMissingError, is_asked_for, read_consent
from real_apis.harness import Harness
from real_apis.walks import DIMENSIONS, SENTENCES, walk_batch, walk_embeddings, walk_parse

if not is_asked_for(os.environ):

    def test_without_consent_nothing_is_called(tmp_path: Path) -> None:
        """Keys of a developer's shell alone call nobody; the sentence says what to set."""
        with socket.create_server(("127.0.0.1", 0)) as service:
            address = f"http://127.0.0.1:{service.getsockname()[1]}"
            keys = {
                PARSE_KEY: "llx-of-the-shell",
                EMBED_KEY: "sk-of-the-shell",
                "ACCESSA_REAL_RECORD_TO": str(tmp_path),
            }
            with pytest.raises(ConsentMissingError, match=f"Nothing was called.*set {OPT_IN}=1"):
                Harness(read_consent(keys | {"LLAMAPARSE_BASE_URL": address, "OPENAI_BASE_URL": f"{address}/v1"}))
            service.settimeout(0)
            with pytest.raises(BlockingIOError):
                service.accept()

        assert [] == list(tmp_path.iterdir())

else:

    @pytest.fixture(scope="module")
    def harness() -> Harness:
        """One run: one limit for all tests of this file."""
        return Harness(read_consent(os.environ))

    def test_the_run_has_a_key_and_a_limit(harness: Harness) -> None:
        """Who asks for calls has given a key for at least one service; the limit begins untouched."""
        assert harness.consent.parse or harness.consent.embed
        assert Decimal(0) == harness.budget.set_aside_usd


if is_asked_for(os.environ) and os.environ.get(PARSE_KEY):

    async def test_a_page_is_parsed_by_llamaparse(harness: Harness) -> None:
        """One page comes back whole, with its words, for the credits of the price list once they are told."""
        assert harness.consent.parse is not None
        result = await harness.walk(harness.consent.parse, walk_parse)

        assert (ParseState.COMPLETED, [1]) == (result.state, [page.number for page in result.pages])
        assert [True, True] == [text.split()[-1] in result.pages[0].markdown for text in SENTENCES]
        assert result.credits in {None, 3.0}


if is_asked_for(os.environ) and os.environ.get(EMBED_KEY):

    async def test_sentences_are_embedded_by_openai(harness: Harness) -> None:
        """Each sentence gets a vector of the asked width, and the tokens are told."""
        assert harness.consent.embed is not None
        embeddings = await harness.walk(harness.consent.embed, walk_embeddings)

        assert (len(SENTENCES), DIMENSIONS) == embeddings.matrix.shape
        assert 0 < embeddings.tokens <= sum(map(len, SENTENCES))

    async def test_a_batch_is_ordered_found_and_cancelled_at_openai(harness: Harness) -> None:
        """A batch is known by our own key, and a batch that was told to stop does so, or has ended by then."""
        assert harness.consent.embed is not None
        state = await harness.walk(harness.consent.embed, walk_batch)

        assert state.outcome in {None, "cancelled", "completed"}
