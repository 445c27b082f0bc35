"""What kept a container from working, in one sentence."""

from __future__ import annotations

from accessa.domain.errors import UsageError
from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.member import Member
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project
from accessa.stack.log_events import as_event, words_of

_LINES = 40
_GRAVE = {"error", "critical"}
# How the doctor begins its line about what is wrong.
_BAD = "BAD "
# Those that wait for others, or are well, explain nothing.
_WORST_FIRST = ("stopped", "restarting", "unhealthy", "starting")


def what_went_wrong(project: Project) -> str:
    """Return a sentence about the first container that is not well, with its last words; empty if all are."""
    try:
        found = members(project)
    except UsageError:
        return ""
    wrong = [member for state in _WORST_FIRST for member in found if member.state == state]
    if not wrong:
        return ""
    first = wrong[0]
    ended = "" if first.exit_code is None else f" (exit code {first.exit_code})"
    words = last_words(project, first)
    return f"{first.name} is {first.state}{ended}{f': {words}' if words else ''}; see: accessa logs {first.name}"


def last_words(project: Project, member: Member) -> str:
    """Return the sentence with which the container explains itself: its last error, else its last line."""
    with plain_words("reading the log"):
        text = str(client(project).container.logs(member.container_id, tail=_LINES))
    events = [as_event(line.encode(), member.service) for line in text.splitlines() if line.strip()]
    graves = [event for event in events if str(event["level"]) in _GRAVE or str(event["event"]).startswith(_BAD)]
    chosen = (graves or events)[-1:]
    return words_of(chosen[0]) if chosen else ""
