"""Every failpoint of a worker with the death it is proved by: which document leads to it, and what the death costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

BATCH_INPUTS = 2


class Way(Enum):
    """How a document comes to the point."""

    PARSED = "a web page, which the parse provider reads"
    ORDERED = "the bulk lane, while the provider takes its time with the order"
    ANSWERED = "the bulk lane, when the provider has carried out the order"
    STOPPED = "a web page whose worker is told to stop in the middle of an embedding call"


BULK = {Way.ORDERED, Way.ANSWERED}


@dataclass(frozen=True, slots=True)
class Death:
    """The death of a worker at a point.

    `bought_again` units are paid for twice, and the job is still `held` by the dead worker, or was let go of before.
    """

    point: str
    way: Way = Way.PARSED
    bought_again: int = 0
    held: bool = True
    failpoints: str = ""

    @property
    def armed(self) -> str:
        """The setting that makes a worker die here."""
        return f"{self.failpoints}{self.point}=kill"


def _stage(name: str, *between: Death) -> tuple[Death, ...]:
    """Return the deaths around a stage that has a transaction of its own, and those within it."""
    return (Death(f"{name}.before_effect"), *between, Death(f"{name}.before_commit"), Death(f"{name}.after_commit"))


def _prepared(*stages: str, between: dict[str, tuple[Death, ...]] | None = None) -> tuple[Death, ...]:
    """Return the deaths around stages that are committed in one go: none of them is done before all of them are."""
    effects = [death for name in stages for death in (Death(f"{name}.before_effect"), *(between or {}).get(name, ()))]
    return (*effects, *(Death(f"{name}.before_commit") for name in stages))


_FAILING = "plan_batches.before_effect=raise@1;"
_TEXT_STAGES = ("validate_parse", "open_chunk_set", "store_chunks", "plan_batches", "start_embedding")

# In the order in which a document meets them, so that one document can die all of these deaths.
ON_THE_WAY: tuple[Death, ...] = (
    Death("claim.after_commit"),
    *_stage(
        "submit_parse",
        Death("parse.after_file_upload"),
        Death("parse.before_intent"),
        Death("parse.after_intent_before_call"),
        Death("parse.after_call_before_commit"),
    ),
    *_stage("collect_parse", Death("parse.after_result_before_storage"), Death("parse.after_pages_before_row")),
    *_prepared(*_TEXT_STAGES, between={"validate_parse": (Death("parse.after_text_before_row"),)}),
    Death("chunks.between_inserts"),
    Death("error.before_commit", failpoints=_FAILING),
    Death("error.after_commit", held=False, failpoints=_FAILING),
    Death("start_embedding.after_commit"),
    Death("embed_batches.before_effect"),
    Death("embed.before_intent"),
    Death("embed.after_intent_before_call"),
    Death("hand_back.before_commit", Way.STOPPED),
    Death("hand_back.after_commit", Way.STOPPED, held=False),
    Death("embed.after_call_before_commit", bought_again=BATCH_INPUTS),
    Death("embed.before_commit", bought_again=BATCH_INPUTS),
    Death("embed.after_commit"),
    *_prepared("publish"),
    Death("embed_batches.before_commit"),
    Death("publish.after_commit", held=False),
)
# No document that has died on the way before can meet these: each is at the only commit that there is to come.
AT_A_COMMIT: tuple[Death, ...] = (
    *(Death(f"{name}.after_commit") for name in _TEXT_STAGES if name != "start_embedding"),
    Death("embed_batches.after_commit", held=False),
)
IN_BULK: tuple[Death, ...] = (
    Death("bulk.before_intent", Way.ORDERED),
    Death("bulk.after_intent_before_upload", Way.ORDERED),
    Death("bulk.after_upload_before_commit", Way.ORDERED),
    Death("bulk.after_file_kept_before_order", Way.ORDERED),
    Death("bulk.after_order_before_commit", Way.ORDERED),
    Death("bulk.after_commit", Way.ORDERED),
    Death("release.before_commit", Way.ORDERED),
    Death("release.after_commit", Way.ORDERED, held=False),
    Death("bulk.after_answer_before_commit", Way.ANSWERED),
    Death("bulk.after_answer_commit", Way.ANSWERED),
    Death("bulk.before_end", Way.ANSWERED),
    Death("bulk.after_end", Way.ANSWERED),
)
DEATHS = ON_THE_WAY + AT_A_COMMIT + IN_BULK
