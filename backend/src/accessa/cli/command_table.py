"""The table of all commands, and the group that imports a command's file only when it is called."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command: its name, the file of this package that holds its `app`, and its sentence in the help."""

    name: str
    file: str
    sentence: str
    hidden: bool = False


COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("up", "stack_up", "Start the local stack, or say that it runs already."),
    CommandEntry("down", "stack_down", "Stop the local stack; its data stays."),
    CommandEntry("status", "status", "Show every service of the stack, and what documents wait for, such as a budget."),
    CommandEntry("restart", "restart", "Give a service of the stack a new process, and wait until it is healthy."),
    CommandEntry(
        "reset",
        "reset",
        "Empty the local stack: documents, jobs, vectors, stored objects, and what the simulators remember.",
    ),
    CommandEntry("ingest", "ingest", "Upload files and folders, and wait until each document is searchable or failed."),
    CommandEntry("search", "search", "Find the passages that answer a question."),
    CommandEntry("search-index", "search_index", "Show whose searches go through an index, and how far it is filled."),
    CommandEntry("documents", "documents", "List documents, show one and its receipt, delete some."),
    CommandEntry("jobs", "jobs", "List jobs, follow them, see why some failed, try them again, cancel one."),
    CommandEntry(
        "inspect",
        "inspection",
        "Show one document of whomever: jobs, events, chunks, vectors, objects in the storage, and paid calls.",
    ),
    CommandEntry(
        "providers", "providers", "Show whether calls to each provider go out, its rate limits, and what was spent."
    ),
    CommandEntry("costs", "costs", "Show what was spent, by day, document or model."),
    CommandEntry("alerts", "alerts", "Show the alerts that are active, worst first, and what to do first."),
    CommandEntry("logs", "logs", "Show the logs of all services as one stream."),
    CommandEntry("db", "database", "Migrate, check, back up, restore, reset or fill the database."),
    CommandEntry("audit", "audit", "Check every promise about what is stored, and name the rows that break one."),
    CommandEntry("report", "report", "Report how the pipeline performs, what holds it up, and what is to come."),
    CommandEntry("profile", "profile", "Look into a running worker, and draw where its time goes."),
    CommandEntry("env", "environment", "Print the addresses of the running stack as KEY=VALUE lines."),
    CommandEntry(
        "doctor", "doctor", "Check this machine and the stack, and name the command that mends what is wrong."
    ),
    CommandEntry("validate", "validate", "Prove the stack: every service, the schema, and one document all the way."),
    CommandEntry(
        "drill",
        "drill",
        "Kill workers, API and database while documents go in, and prove that nothing is lost or paid twice.",
    ),
    CommandEntry(
        "bench",
        "bench",
        "Measure upload and processing of whole documents on a stack of its own, and compare with the raw reference.",
    ),
    CommandEntry("demo-search", "demo_search", "Search a passage of these files and check the answer.", True),
    CommandEntry("env-example", "env_example", "Write the settings part of env.local.example anew.", True),
)


class LazyGroup(TyperGroup):
    """The group of all commands: its help reads the table alone, so that it is fast."""

    def __init__(self, **options: Any) -> None:
        """Hold one stand-in a command; the true one takes its place when it is called."""
        super().__init__(**options)
        for entry in COMMANDS:
            self.add_command(TyperCommand(entry.name, help=entry.sentence, hidden=entry.hidden))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return name, command and remaining arguments, with the command's file imported."""
        name, command, rest = super().resolve_command(ctx, args)
        entry = next((row for row in COMMANDS if row.name == name), None)
        return name, load(entry) if entry else command, rest


def load(entry: CommandEntry) -> Any:
    """Import the file of `entry` and return its command, named as in the table."""
    command = get_command(import_module(f"accessa.cli.{entry.file}").app)
    command.name = entry.name
    return command
