"""One document dies at every failpoint of a worker that it meets, one death after the other, and is completed once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
import pytest_asyncio
from backend.tests.faults.kill_cases import IN_BULK, ON_THE_WAY, Death
from backend.tests.faults.killing import WAY, Killing, Story
from backend.tests.faults.processes import KILLED, started_in
from backend.tests.house import House

CHAINS = {"interactive": ON_THE_WAY, "bulk": IN_BULK}
DEATHS = [
    pytest.param(lane, place, id=death.point) for lane, chain in CHAINS.items() for place, death in enumerate(chain)
]


async def lived_through(killing: Killing, deaths: Sequence[Death]) -> Story:
    """Have workers die one after the other on one document."""
    story = await killing.sent(deaths[0].way)
    for death in deaths:
        await killing.kill(story, death)
        await killing.let_go(story)
    return story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killing(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Killing]:
    """A house in which workers die."""
    with started_in(tmp_path_factory.mktemp("killed")) as processes:
        killing = Killing(shared_house, processes)
        await killing.begin()
        yield killing
        await killing.end()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stories(killing: Killing) -> dict[str, Story]:
    """One document a lane, after all of its deaths and its end."""
    stories = {lane: await lived_through(killing, deaths) for lane, deaths in CHAINS.items()}
    await killing.finish(list(stories.values()))
    return stories


@pytest.mark.parametrize(("lane", "place"), DEATHS)
def test_the_worker_dies_at_its_point(stories: dict[str, Story], lane: str, place: int) -> None:
    """The process is killed at the point, and holds the job unless it had let go of it before."""
    death, died = CHAINS[lane][place], stories[lane].died[place]

    assert (KILLED, death.held) == (died.exit_code, died.held)


@pytest.mark.parametrize("lane", CHAINS)
def test_deaths_without_progress_add_up(stories: dict[str, Story], lane: str) -> None:
    """A death that follows another one without any progress is counted; progress of any kind forgets them all."""
    died = stories[lane].died
    expected = [
        before.crash_count + before.held if before.progress == after.progress else 0 for before, after in pairwise(died)
    ]

    assert expected == [death.crash_count for death in died[1:]]
    assert max(expected) > 1


@pytest.mark.fault(
    "K5", "kill -9 while parsed text is written to storage", "written again under the same name", "S2, S6"
)
@pytest.mark.fault(
    "K6", "kill -9 between inserts of chunks, and after them", "chunks and status come in one transaction", "S2, S6"
)
@pytest.mark.fault("K9", "kill -9 around the publication", "the document is published once", "S2, S9")
@pytest.mark.parametrize("lane", CHAINS)
def test_the_document_is_complete_and_stored_once(stories: dict[str, Story], lane: str) -> None:
    """After all deaths each move was made once, and every chunk has one vector and is found by its words."""
    story = stories[lane]
    end, held = story.end, sum(death.held for death in CHAINS[lane])

    assert ("complete", None, 0, held) == (end["status"], end["lease_owner"], end["crash_count"], end["deaths"])
    assert WAY == end["moves"]
    assert story.word in story.found[0]
    assert 0 < len(end["units"]) == end["vectors"] == len(set(end["units"]))


@pytest.mark.fault(
    "K7", "kill -9 between an embedding answer and its commit", "that one batch is bought again", "S7, S10"
)
@pytest.mark.fault("K8", "kill -9 after the commit of a batch", "nothing is bought again; the next batch is", "S7, S10")
@pytest.mark.parametrize("lane", CHAINS)
def test_only_the_batch_in_flight_is_bought_again(stories: dict[str, Story], lane: str) -> None:
    """A death between the answer and its commit costs that one batch; no other death costs anything."""
    story = stories[lane]
    again = sum(death.bought_again for death in CHAINS[lane])

    assert len(story.end["units"]) + again == story.bought.total()


@pytest.mark.fault(
    "K2",
    "kill -9 after the claim, or after the intent to parse",
    "claimed again; one parse billed",
    "S4, S10, L1",
)
@pytest.mark.fault(
    "K3", "kill -9 after the parse was accepted, before its id is kept", "asked for again; one parse billed", "S10, S13"
)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_parse_is_paid_once(killing: Killing, stories: dict[str, Story]) -> None:
    """However often the parse is asked for again, its one page is billed once."""
    assert stories
    assert (1, 0) == await killing.pages_billed()
