"""Each failpoint of a worker on a document of its own: one death, one worker that goes on, one end."""

from __future__ import annotations

import pytest
import pytest_asyncio
from backend.tests.faults.kill_cases import DEATHS, Death
from backend.tests.faults.killing import WAY, Killing, Story
from backend.tests.faults.processes import KILLED, started_in
from backend.tests.house import House

pytestmark = pytest.mark.drill(seconds=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stories(shared_house: House, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Story]:
    """All deaths, each on a document of its own, and then one worker that nobody kills."""
    with started_in(tmp_path_factory.mktemp("killed")) as processes:
        killing = Killing(shared_house, processes)
        await killing.begin()
        stories = {}
        for death in DEATHS:
            stories[death.point] = await killing.sent(death.way)
            await killing.kill(stories[death.point], death)
        for story in stories.values():
            await killing.let_go(story)
        await killing.finish(list(stories.values()))
        await killing.end()
    return stories


@pytest.mark.parametrize("death", DEATHS, ids=lambda death: death.point)
def test_a_document_survives_the_death_of_its_worker(stories: dict[str, Story], death: Death) -> None:
    """The worker dies at the point; another one completes the document, which is whole, found, and stored once."""
    story = stories[death.point]
    end, [died] = story.end, story.died

    assert (KILLED, death.held) == (died.exit_code, died.held)
    assert ("complete", None, int(death.held)) == (end["status"], end["lease_owner"], end["deaths"])
    assert WAY == end["moves"]
    assert story.word in story.found[0]
    assert 0 < len(end["units"]) == end["vectors"] == len(set(end["units"]))
    assert len(end["units"]) + death.bought_again == story.bought.total()
