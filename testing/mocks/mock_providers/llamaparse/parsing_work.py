"""Does the work of one job: generated pages or the real text of its file, written page range by page range."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from mock_providers.llamaparse.configuration import JobOptions, ParseConfiguration
from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.file_store import FileStore
from mock_providers.llamaparse.generated import generated_pages
from mock_providers.llamaparse.job_plans import JobPlan
from mock_providers.llamaparse.job_store import Job
from mock_providers.llamaparse.page_ranges import read_page_list
from mock_providers.llamaparse.page_store import Page, PageStore
from mock_providers.llamaparse.parsing.long_document import Sink
from mock_providers.llamaparse.parsing.pool import ParserPool
from mock_providers.llamaparse.parsing.task import ParseTask
from mock_providers.settings import LlamaParseSettings

_FAILED_SHARE_ALLOWED = 0.05
_PORTION = 100


class JobEndedError(Exception):
    """The job was cancelled or the simulator stops; nobody waits for the rest."""


@dataclass(slots=True)
class Tally:
    """What came of a job."""

    good: list[int] = field(default_factory=list)
    """Numbers of the pages with content."""
    failed: int = 0


class ParsingWork:
    """Reads documents for jobs; call it from threads."""

    def __init__(self, settings: LlamaParseSettings, files: FileStore, pages: PageStore) -> None:
        self._settings = settings
        self._files = files
        self._pages = pages
        self._pool = ParserPool(settings.children_at_once, settings.memory_mb, settings.range_wall_seconds)

    def close(self) -> None:
        """End the parsing children."""
        self._pool.close()

    def do(self, job: Job, ended: threading.Event) -> Tally:
        """Write the pages of a job; raises `ParseFailureError`, or `JobEndedError` soon after `ended` is set."""
        plan = JobPlan.of_text(job.planned_failure)
        plan.check()
        self._pages.clear(job.job_id)
        tally = Tally()

        def sink(pages: list[Page]) -> None:
            if ended.is_set():
                raise JobEndedError
            written = list(plan.change(pages))
            self._pages.add(job.job_id, written)
            tally.failed += sum(page.error is not None for page in written)
            tally.good += [page.page_number for page in written if page.error is None]

        if self._settings.mode == "generated":
            _in_portions(self._generated(job.document, job.options), sink)
        else:
            self._pool.parse(self._task(job), sink)
        _check_share(job, tally)
        return tally

    def own_pages(self, document: str, options: JobOptions) -> Iterable[Page] | None:
        """Return the pages that a job has from its own document id, whatever the cache knows; None in real mode."""
        return self._generated(document, options) if self._settings.mode == "generated" else None

    def _generated(self, document: str, options: ParseConfiguration) -> Iterable[Page]:
        ranges = options.page_ranges
        total = self._settings.pages
        if ranges and ranges.target_pages:
            wanted = {number for pages in read_page_list(ranges.target_pages) for number in pages if number <= total}
            return (page for page in generated_pages(document, total) if page.page_number in wanted)
        if ranges and ranges.max_pages:
            total = min(total, ranges.max_pages)
        return generated_pages(document, total)

    def _task(self, job: Job) -> ParseTask:
        ranges = job.options.page_ranges
        return ParseTask(
            path=str(self._files.path(job.sha256)),
            target_pages=ranges.target_pages if ranges else None,
            max_pages=ranges.max_pages if ranges else None,
            page_limit=self._settings.max_pages,
            range_pages=self._settings.range_pages,
            range_cpu_seconds=self._settings.range_cpu_seconds,
            max_unpacked_bytes=self._settings.max_unpacked_bytes,
        )


def _in_portions(pages: Iterable[Page], sink: Sink) -> None:
    rest = iter(pages)
    while portion := list(islice(rest, _PORTION)):
        sink(portion)


def _check_share(job: Job, tally: Tally) -> None:
    control = job.options.processing_control
    conditions = control.job_failure_conditions if control else None
    allowed = conditions.allowed_page_failure_ratio if conditions else None
    share = tally.failed / max(1, tally.failed + len(tally.good))
    if share > (_FAILED_SHARE_ALLOWED if allowed is None else allowed):
        raise ParseFailureError(Reason.ERROR_DURING_PROCESSING, "Too many pages of the document could not be read.")
