"""What was paid for twice, by the simulators' own bills, and how much of that a death or a lost answer explains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from accessa.drill.evidence import CallFact, Evidence
from accessa.drill.tenure import leases_lost, properly_ended

_REFUSED = frozenset({"EMBED_RATE_LIMITED", "EMBED_NO_CREDIT", "EMBED_REJECTED_KEY", "EMBED_TOO_LARGE"})
"""How a call ends that the provider did not serve, and therefore does not bill."""


@dataclass(frozen=True, slots=True)
class Money:
    """Embedded inputs: billed again, and the most that may be. Each line of `faults` is money without a reason."""

    repaid_units: int
    repaid_bound: int
    leases_lost: int
    answers_lost: int
    faults: tuple[str, ...]


def judge_money(evidence: Evidence) -> Money:
    """Compare the bills with the chunks, the ledger and the leases.

    A lost lease, and a call whose answer was lost, may each cost one batch again. Beyond this sum, each unit that was
    paid again must be part of a purchase that was never recorded, and nothing may be billed without an intent.
    """
    leases, answers = leases_lost(evidence.events), _answers_lost(evidence)
    repaid = _repaid_units(evidence)
    faults = [*_unexplained(evidence, repaid), *_without_intent(evidence), *_pages_paid_again(evidence)]
    return Money(sum(repaid.values()), evidence.batch_inputs * (leases + answers), leases, answers, tuple(faults))


def _repaid_units(evidence: Evidence) -> Counter[str]:
    """Return, by the key of the unit, how often it was billed beyond once for each document that has this text."""
    return +(_billed(evidence) - Counter(chunk.unit_key for chunk in evidence.chunks))


def _billed(evidence: Evidence) -> Counter[str]:
    """Return how often each embedded input was billed; on a bill shared with others, only inputs that are ours."""
    ours = {chunk.unit_key for chunk in evidence.chunks}
    billed = Counter(unit.unit_key for unit in evidence.bill if unit.kind == "embed")
    return billed if evidence.own_bill else Counter({key: count for key, count in billed.items() if key in ours})


def _answers_lost(evidence: Evidence) -> int:
    """Count the calls that may have been billed though their worker lived on and recorded nothing."""
    ended = properly_ended(evidence.events)
    unrecorded = [call for call in _embeds(evidence) if call.state != "recorded" and call.error_code not in _REFUSED]
    return sum(call.error_code is not None or (call.job_id, call.lease_epoch) in ended for call in unrecorded)


def _embeds(evidence: Evidence) -> list[CallFact]:
    return [call for call in evidence.calls if call.operation == "embed"]


def _units_of_calls(evidence: Evidence, calls: list[CallFact]) -> Counter[str]:
    """Return how many of `calls` cover each unit."""
    keys: dict[tuple[UUID | None, int], str] = {
        (chunk.set_id, chunk.ordinal): chunk.unit_key for chunk in evidence.chunks
    }
    covered = {
        batch.call_key: [keys[batch.set_id, place] for place in batch.ordinals if (batch.set_id, place) in keys]
        for batch in evidence.batches
    }
    units: Counter[str] = Counter()
    for call in calls:
        units.update(covered.get(call.call_key, ()))
    return units


def _unexplained(evidence: Evidence, repaid: Counter[str]) -> Iterator[str]:
    open_calls = [call for call in _embeds(evidence) if call.state != "recorded" and call.error_code not in _REFUSED]
    explained = _units_of_calls(evidence, open_calls)
    for key, count in (repaid - explained).items():
        yield f"input {key} was bought again {count} time(s) though every purchase of it was recorded"


def _without_intent(evidence: Evidence) -> Iterator[str]:
    intended = _units_of_calls(evidence, _embeds(evidence))
    for key, count in (_billed(evidence) - intended).items():
        yield f"input {key} was billed {count} time(s) without an intent in the ledger"


def _pages_paid_again(evidence: Evidence) -> Iterator[str]:
    """Name each page that was billed more than once, unless several users own a copy of the file."""
    sha_of = {each.document_id: each.file_sha256 for each in evidence.documents}
    copies = Counter(sha_of.values())
    parses = [unit for unit in evidence.bill if unit.kind == "parse"]
    owners = {
        unit.unit_key: copies[sha_of.get(evidence.parses.get(unit.request_id, UUID(int=0)), "")] for unit in parses
    }
    for key, count in Counter(unit.unit_key for unit in parses).items():
        if count > max(1, owners[key]) and (evidence.own_bill or owners[key]):
            yield f"page {key} was parsed and billed {count} times"
