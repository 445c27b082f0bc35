"""The parts of one LlamaParse simulator, put together."""

from __future__ import annotations

import asyncio
from pathlib import Path

from mock_providers.bill import SCHEMA as BILL_SCHEMA
from mock_providers.bill import Bill
from mock_providers.control import Control, ControlValues
from mock_providers.database import Database
from mock_providers.llamaparse import fault_kinds
from mock_providers.llamaparse.call_faults import CallFaults
from mock_providers.llamaparse.deliveries import DeliveryStore
from mock_providers.llamaparse.file_store import FileStore
from mock_providers.llamaparse.job_store import JobStore
from mock_providers.llamaparse.page_store import PageStore
from mock_providers.llamaparse.parsing_work import ParsingWork
from mock_providers.llamaparse.presigned import Presigner
from mock_providers.llamaparse.runner import Runner
from mock_providers.llamaparse.source_url import SourceFetcher
from mock_providers.llamaparse.webhook_configs import WebhookConfigStore
from mock_providers.llamaparse.webhooks import WebhookSender
from mock_providers.settings import LlamaParseSettings
from mock_providers.state_folder import state_folder

_SCHEMA = Path(__file__).with_name("schema.sql")


class Simulator:
    """State and background work behind the routes."""

    def __init__(self, settings: LlamaParseSettings) -> None:
        """Open the durable state; no task, thread or child is started yet."""
        folder = state_folder(settings.data_dir, "llamaparse")
        database = Database(folder / "state.sqlite3", _SCHEMA.read_text("utf-8") + BILL_SCHEMA)
        self.settings = settings
        self.control = Control(
            ControlValues(seed=settings.seed, delay=settings.delay, failure_rate=settings.failure_rate),
            fault_kinds.ALL,
        )
        self.bill = Bill(database)
        self.files = FileStore(database, folder / "files")
        self.jobs = JobStore(database)
        self.pages = PageStore(database)
        self.webhook_configs = WebhookConfigStore(database)
        self.faults = CallFaults(self.control)
        self.presigner = Presigner()
        self.source = SourceFetcher(self.files, settings.max_file_bytes, settings.source_timeout)
        self.work = ParsingWork(settings, self.files, self.pages)
        self.sender = WebhookSender(settings, self.control, self.jobs, self.pages, DeliveryStore(database))
        self.runner = Runner(settings, self.control, self.jobs, self.work, self.sender)

    async def start(self) -> None:
        """Go on with the jobs and deliveries that a stopped process has left."""
        await self.runner.resume()
        await self.sender.resume()

    async def stop(self) -> None:
        """Stop all work; what is open stays in the store."""
        await self.runner.stop()
        await self.sender.stop()
        await asyncio.to_thread(self.work.close)
        await asyncio.to_thread(self.runner.close)

    async def forget_all(self) -> None:
        """Drop jobs, deliveries, files and saved webhooks."""
        await self.runner.stop()
        await self.sender.stop()
        await asyncio.to_thread(self.jobs.clear)
        await asyncio.to_thread(self.files.clear)
        await asyncio.to_thread(self.webhook_configs.clear)
