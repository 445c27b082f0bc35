"""What a fault has planned for one job: a failure, a result that is no use, or no end at all.

A plan is a text, because it is stored with its job and has to survive the process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mock_providers.faults import Fault
from mock_providers.llamaparse.failures import ParseFailureError, failure_named
from mock_providers.llamaparse.page_ranges import read_page_list
from mock_providers.llamaparse.page_store import Page

_UNREADABLE = "The page could not be read."
_WHITESPACE = " \n\t\n\u00a0 "
_NO_PAGES = "no_pages"


@dataclass(frozen=True, slots=True)
class JobPlan:
    """The plan of one job; `kind` is the fault, `value` what that needs."""

    kind: str = ""
    value: str = ""

    @classmethod
    def of_fault(cls, fault: Fault) -> JobPlan:
        """Return the plan that a fault makes."""
        value = f"{fault.value:g}" if isinstance(fault.value, float) else fault.value
        return cls(fault.kind, value or "")

    @classmethod
    def of_text(cls, text: str | None) -> JobPlan:
        """Read back what `text` wrote."""
        kind, _, value = (text or "").partition(":")
        return cls(kind, value)

    def text(self) -> str:
        """Return the plan as it is stored."""
        return f"{self.kind}:{self.value}"

    @property
    def stuck_in(self) -> str | None:
        """The status that the job never leaves."""
        if self.kind != "stuck":
            return None
        return "PENDING" if self.value == "PENDING" else "RUNNING"

    def check(self) -> None:
        """Raise the failure that is planned for the job as a whole; its sentence may follow the reason."""
        if self.kind == "fail_job":
            reason, _, sentence = self.value.partition(":")
            failure = failure_named(reason or "TIMEOUT")
            raise ParseFailureError(failure.reason, sentence.strip()) if sentence else failure

    def change(self, pages: Iterable[Page]) -> Iterator[Page]:
        """Give the pages as the plan wants them."""
        if self.kind == "empty_result" and self.value == _NO_PAGES:
            return
        broken = _pages_named(self.value) if self.kind == "fail_page" else frozenset[int]()
        for page in pages:
            yield Page(page.page_number, error=_UNREADABLE) if page.page_number in broken else self._changed(page)

    def _changed(self, page: Page) -> Page:
        if self.kind == "images_only":
            return replace(page, markdown=f"![image](page_{page.page_number}_image_1.png)", text="")
        blanks = {"empty_result": "", "whitespace_result": _WHITESPACE}
        if self.kind not in blanks:
            return page
        return Page(page.page_number, markdown=blanks[self.kind], text=blanks[self.kind])


def failing(failure: ParseFailureError) -> JobPlan:
    """Return the plan of a job that fails for a reason known before it began."""
    return JobPlan("fail_job", failure.message)


def _pages_named(text: str) -> frozenset[int]:
    try:
        return frozenset(number for pages in read_page_list(text or "1") for number in pages)
    except ValueError:
        return frozenset({1})
