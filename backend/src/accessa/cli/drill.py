"""`accessa drill`: kills everything while documents go in, and proves that nothing is lost and nothing paid twice."""

from __future__ import annotations

import json
import random

import typer

from accessa.cli.drill_result import RESULT_FILE, as_lines
from accessa.cli.drill_result import as_json as result_as_json
from accessa.cli.drill_views import DrillView, drill_view
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import count
from accessa.cli.output import emit, say
from accessa.cli.question import agrees
from accessa.cli.signals import ended_by_signals
from accessa.domain.errors import UsageError
from accessa.drill.course import Outcome
from accessa.drill.course import drill as run_drill
from accessa.drill.ground import Ground, own_ground, require_local, running_ground, running_workers
from accessa.drill.plan import DrillSize
from accessa.settings import Settings, load_settings

app = typer.Typer(add_completion=False)

_LARGEST_SEED = 1_000_000
_WORKERS = 3
_WARNING = (
    "This kills workers, the API and Postgres of the running stack again and again, and lets the simulators fail; work "
    "under way is delayed, no document is touched, and the drill's own documents belong to users of its own."
)


@app.command(epilog="Example: accessa drill --documents 40 --kills 60")
def drill(
    *,
    documents: int = typer.Option(15, min=1, max=2000, help="Documents to ingest meanwhile."),
    kills: int = typer.Option(
        12, min=1, max=5000, help="Workers to kill with SIGKILL; the other blows follow from it."
    ),
    seed: int | None = typer.Option(None, help="Repeats the documents, blows and faults of a drill; default: any."),
    workers: int | None = typer.Option(
        None, min=2, max=16, help="Worker processes of the drill's own stack; default 3. A running stack keeps its own."
    ),
    running: bool = typer.Option(False, "--running", help="Drill the running stack in place of one of its own."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask before the running stack is drilled."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object at the end."),
) -> ExitCode:
    """Kill workers, API and database while documents go in, and prove that nothing is lost or paid twice.

    The drill has a stack of its own in a temporary folder, with simulators for providers; a running stack is left
    alone. The exit code is 0 only when nothing was lost, stored twice, written late, or paid for without a reason.
    """
    settings = load_settings()
    require_local(settings)
    if running and workers is not None:
        raise UsageError("USAGE_WRONG", _keeps_its_workers(running_workers(settings), workers))
    if running and not yes and not agrees(_WARNING, "to go on: accessa drill --running --yes"):
        say("nothing was done")
        return ExitCode.FAILED
    chosen = random.randrange(_LARGEST_SEED) if seed is None else seed  # noqa: S311 - any will do
    at_work = running_workers(settings) if running else workers or _WORKERS
    size = DrillSize(documents, kills, at_work, chosen)
    with ended_by_signals("the drill"):
        outcome, ground = _drill(settings, size, drill_view(as_json=as_json), running=running)
    home = ground.places.root if ground.keep else None
    result = result_as_json(outcome, home)
    if home:
        (home / RESULT_FILE).write_text(json.dumps(result, indent=1))
    if as_json:
        emit(result)
    else:
        for line in as_lines(outcome, home):
            say(line)
    return ExitCode.OK if outcome.passed else ExitCode.FAILED


def _keeps_its_workers(has: int, wished: int) -> str:
    return (
        f"A drill of the running stack takes its workers as they are, {has} of them, so leave --workers out; to have "
        f"another number: accessa up --workers {wished}"
    )


def _drill(settings: Settings, size: DrillSize, view: DrillView, *, running: bool) -> tuple[Outcome, Ground]:
    with view:
        at_work = count(size.workers, "worker")
        view.tell(f"seed {size.seed}: {size.documents} documents, {size.kills} kills, {at_work}")
        taken = running_ground(settings) if running else own_ground(settings, size.workers, view.tell)
        with taken as ground:
            outcome = run_drill(ground, size, view)
            ground.keep = ground.own and not outcome.passed
            view.tell("stopping the drill's stack" if ground.own else "done; the stack goes on")
    return outcome, ground
