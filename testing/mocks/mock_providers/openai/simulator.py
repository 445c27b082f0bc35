"""The parts of one OpenAI simulator, put together."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mock_providers.bill import SCHEMA as BILL_SCHEMA
from mock_providers.bill import Bill
from mock_providers.control import Control
from mock_providers.database import Database
from mock_providers.openai import fault_kinds
from mock_providers.openai.batch_runner import BatchRunner
from mock_providers.openai.batch_service import BatchService
from mock_providers.openai.batch_store import BatchStore
from mock_providers.openai.calls import Calls
from mock_providers.openai.desk import start_values
from mock_providers.openai.embedding import EmbeddingService
from mock_providers.openai.file_store import FileStore
from mock_providers.openai.loading import Loading
from mock_providers.settings import OpenAISettings
from mock_providers.state_folder import state_folder

_SCHEMA = Path(__file__).with_name("schema.sql")


class Simulator:
    """State and background work behind the routes."""

    def __init__(self, settings: OpenAISettings) -> None:
        """Open the durable state; no task or thread is started yet."""
        folder = state_folder(settings.data_dir, "openai")
        database = Database(folder / "bill.sqlite3", _SCHEMA.read_text("utf-8") + BILL_SCHEMA)
        self.settings = settings
        self.loading = Loading(settings.mode, folder / "wordllama")
        self.control = Control(start_values(settings), fault_kinds.ALL)
        self.bill = Bill(database)
        self.calls = Calls(self.control)
        self.embeddings = EmbeddingService(settings, self.control, self.bill, self.loading, self.calls)
        self.files = FileStore(database, folder / "files")
        self._batches = BatchStore(database)
        self._runner = BatchRunner(self.control, self._batches, self.files, self.loading, self.embeddings.models)
        self.batches = BatchService(self.control, self._batches, self._runner)

    async def start(self) -> None:
        """Begin to load the models, and go on with the batches that a stopped process has left."""
        self.loading.begin()
        await asyncio.to_thread(self.files.sweep)
        await self._runner.resume()

    async def stop(self) -> None:
        """Stop all work; what is open stays in the store."""
        await self._runner.stop()
        await asyncio.to_thread(self._runner.close)
        await asyncio.to_thread(self.embeddings.close)

    async def forget_all(self) -> None:
        """Drop batches, files and what was spent of the rate limits."""
        self.embeddings.forget()
        await self._runner.stop()
        await asyncio.to_thread(self._batches.clear)
        await asyncio.to_thread(self.files.clear)
