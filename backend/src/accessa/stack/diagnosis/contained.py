"""The stack as containers: Docker itself, the file that fills the compose file in, and each container."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator, Mapping

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.containers.condition import look_at_services
from accessa.stack.containers.engine import client, folder_of, require_docker
from accessa.stack.containers.last_words import last_words
from accessa.stack.containers.member import ONCE, Member
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project
from accessa.stack.containers.starting import IMAGE_BYTES, commit_of
from accessa.stack.diagnosis.finding import Finding, bad, good
from accessa.stack.diagnosis.keys import judge_keys
from accessa.stack.live_state import live_state
from accessa.stack.service_status import ServiceStatus

RESTART = "accessa down && accessa up --docker"
_UP = "Run: accessa up --docker"
_MOST_WORDS = 200
_SHORT_COMMIT = 12
_OTHERS_MAY = stat.S_IRWXG | stat.S_IRWXO
# What Postgres says of a volume that another major version has made.
_OTHER_VERSION = ("database files are incompatible", "initialized by PostgreSQL version")
_DISK_FULL = "no space left on device"
_HELD_AS = {
    "ACCESSA_STORAGE_KEY": "SUPABASE_SERVICE_ROLE_KEY",
    "ACCESSA_WEBHOOK_SECRET": "LLAMAPARSE_WEBHOOK_SECRET",
    "ACCESSA_OPENAI_KEY": "OPENAI_API_KEY",
}


def look_at_docker(project: Project) -> Finding:
    """Tell whether Docker is there, new enough, and has room."""
    docker = client(project)
    try:
        require_docker(docker)
    except UsageError as error:
        return bad("docker", error.message, "Start Docker, or run the stack without it: accessa up")
    folder = folder_of(docker)
    if folder is None:
        return good("docker", "Docker answers, and Compose is new enough.")
    free = shutil.disk_usage(folder).free
    words = f"Docker answers, and its folder {folder} has {free / 1e9:.1f} GB left"
    if free >= IMAGE_BYTES:
        return good("docker", f"{words}.")
    needed = f"{words}; to build the image takes {IMAGE_BYTES / 1e9:.0f} GB."
    return bad("docker", needed, "Run: docker image prune, or docker builder prune")


def look_at_env_file(project: Project) -> Finding:
    """Tell whether the file has all that the compose file asks for, and is nobody else's to read."""
    missing = sorted(project.required() - project.variables().keys())
    if missing:
        return bad("env_file", f"{project.env_file} lacks {', '.join(missing)}.", _UP)
    if project.env_file.stat().st_mode & _OTHERS_MAY:
        words = f"{project.env_file} holds keys, and other users may read it."
        return bad("env_file", words, f"Run: chmod 600 {project.env_file}")
    return good("env_file", f"{project.env_file} has all keys and ports, and is private.")


def look_at_both_kinds(project: Project) -> Finding:
    """Tell when processes of the same home run beside its containers."""
    if live_state(project.places) is None:
        return good("kinds", "The stack of this home runs as containers only.")
    words = "Two stacks at once: that of this home runs as containers and as processes, each with its own database."
    return bad("kinds", words, f"Run: docker compose --env-file {project.env_file} stop, or accessa down for processes")


def look_at_containers(project: Project, settings: Settings) -> Iterator[Finding]:
    """Tell how each container is; one that is not well explains itself with its last words."""
    found = {member.name: member for member in members(project)}
    for service in look_at_services(project, settings):
        yield _told(service, found[service.name], project)
    for name in sorted(_expected(project) - {member.service for member in found.values()}):
        yield bad(name, f"There is no container of {name}.", _UP)


def _expected(project: Project) -> set[str]:
    configuration = client(project).compose.config(return_json=True)
    return set(dict(configuration)["services"]) - set(ONCE)


def _told(service: ServiceStatus, member: Member, project: Project) -> Finding:
    name = service.name
    restarts = f", restarted {service.restarts} time(s)" if service.restarts else ""
    if member.out_of_memory and not service.healthy:
        words = f"{name} was ended as it took more memory than its limit in docker-compose.yml{restarts}."
        return bad(name, words, "Raise deploy.resources.limits.memory of it in docker-compose.override.yml")
    if service.healthy:
        return good(name, f"{name} is healthy{restarts}.")
    said = last_words(project, member)
    ended = "" if member.exit_code is None else f" with exit code {member.exit_code}"
    words = f"{name} is {service.state}{ended}{restarts}"
    told = f"{words}; it last said: {said[:_MOST_WORDS].rstrip('.')}." if said else f"{words}."
    return bad(name, told, _mend(service, said))


def _mend(service: ServiceStatus, said: str) -> str:
    if any(sign in said for sign in _OTHER_VERSION):
        return (
            "Its volume is of another version of Postgres: start that version once more and run accessa db backup FILE;"
            " or give the data up: docker compose down --volumes"
        )
    if _DISK_FULL in said.lower():
        return "Run: docker system df, then docker image prune and docker builder prune"
    if service.state == "stopped":
        return _UP
    return f"See: accessa logs {service.name}; to start all anew: {RESTART}"


def look_at_image(project: Project) -> Finding:
    """Tell whether the containers run what the checkout holds."""
    wanted = commit_of(project.checkout)
    ours = project.variables().get("ACCESSA_IMAGE")
    running = {member.image_commit for member in members(project) if member.runs and member.image == ours}
    if running <= {wanted}:
        return good("image", f"The containers run the checkout ({_short(wanted)}).")
    words = f"The containers run {' and '.join(map(_short, sorted(running)))}, and the checkout is {_short(wanted)}"
    return bad("image", f"{words}.", _UP)


def _short(commit: str) -> str:
    """Return the beginning of a commit, and whether files were changed since."""
    return commit[:_SHORT_COMMIT] + (" with changes since" if commit.endswith("-dirty") else "")


def look_at_held_keys(project: Project) -> Finding:
    """Compare the keys that the containers hold, with one another and with the file that they were started by."""
    held = {member.name: member.environment for member in members(project) if member.runs}
    variables, api = project.variables(), held.get("api-server", {})
    changed = [name for name, variable in _HELD_AS.items() if api and api.get(variable) != variables.get(name)]
    if changed:
        words = f"{' and '.join(changed)} in {project.env_file} is not what the containers were started with."
        return bad("keys", words, _UP)
    return judge_keys(_of_simulators(held), _UP)


def _of_simulators(held: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """Leave out what holds no keys under the names that are compared."""
    return {name: environment for name, environment in held.items() if name not in {"storage-api", "own-storage"}}
