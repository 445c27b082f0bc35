"""How a client program of Postgres is run against the database of the running stack."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from accessa.domain.errors import UsageError
from accessa.settings import Settings, process_environment
from accessa.stack import containers
from accessa.stack.environment import machine_variables
from accessa.stack.live_state import require_supervisor
from accessa.stack.places import Places, home
from accessa.stack.plan import read_plan
from accessa.store.client_program import ClientProgram

_SECONDS_TO_CONNECT = "10"


def postgres_program(settings: Settings, name: str) -> ClientProgram:
    """Return how to run `name` (`pg_dump`, `pg_restore`, `psql`): the one beside the server, so of the same version.

    Further options may follow; what it reads and writes goes over standard input and output. Raises `UsageError`
    STACK_NOT_RUNNING, or STACK_FAILED when there is no such program.
    """
    if project := containers.running_project(settings):
        return containers.postgres_program(project, name)
    places = Places(home(settings))
    require_supervisor(places)
    plan = read_plan(places.plan)
    server = plan.service("postgres")
    program = Path(server.argv[0]).with_name(name) if server else None
    if program is None or not program.is_file():
        raise UsageError(
            "STACK_FAILED",
            f"There is no {name} beside the stack's Postgres; set ACCESSA_POSTGRES_BINARIES to a folder that has it.",
        )
    address = urlsplit(plan.environment["DATABASE_URL"])
    return ClientProgram(
        (
            str(program),
            "--no-password",
            f"--host={address.hostname}",
            f"--port={address.port}",
            f"--username={address.username}",
            f"--dbname={address.path.lstrip('/')}",
        ),
        machine_variables(process_environment())
        | {"PGPASSWORD": unquote(address.password or ""), "PGCONNECT_TIMEOUT": _SECONDS_TO_CONNECT, "LC_ALL": "C"},
    )
