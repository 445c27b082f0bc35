"""`accessa reset`: a local stack as it was on its first day, without a stop of its services."""

from __future__ import annotations

import asyncio

import typer

from accessa.cli.exit_codes import ExitCode
from accessa.cli.local_only import place_on_this_machine, refuse_outside_local
from accessa.cli.output import emit, say
from accessa.cli.question import agrees
from accessa.domain.addresses import is_loopback
from accessa.domain.errors import UsageError
from accessa.pipeline.empty_stack import EmptiedPart, empty_stack
from accessa.settings import Settings, load_settings, settings_of
from accessa.stack import services_environment

app = typer.Typer(add_completion=False)

_DEED = "A reset deletes every document"


@app.command(epilog="Example: accessa reset --yes")
def reset(
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a part that was emptied."),
) -> ExitCode:
    """Empty the local stack: documents, jobs, vectors, stored objects, and what the simulators remember.

    The services run on, and the next upload works at once. Only in ENVIRONMENT=local and on this machine.
    """
    own = load_settings()
    refuse_outside_local(own, _DEED)
    settings = settings_of(services_environment(own))
    place = place_on_this_machine(settings.database.url.get_secret_value(), _DEED)
    if not is_loopback(settings.storage.url):
        raise UsageError("USAGE_WRONG", f"{_DEED}, so it is refused for a storage elsewhere.")
    question = f"Delete everything in {place}, in its storage and in the simulators?"
    if not yes and not agrees(question, "to delete everything: accessa reset --yes"):
        say("nothing was changed")
        return ExitCode.FAILED
    asyncio.run(_empty(settings, as_json=as_json))
    if not as_json:
        say("next: accessa ingest FILE")
    return ExitCode.OK


async def _empty(settings: Settings, *, as_json: bool) -> None:
    async for part in empty_stack(settings):
        _tell(part, as_json=as_json)


def _tell(part: EmptiedPart, *, as_json: bool) -> None:
    if as_json:
        emit({"part": part.name, "sentence": part.sentence, **part.figures})
    else:
        say(f"{part.name}: {part.sentence}")
