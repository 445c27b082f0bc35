"""A look into a container from beside it: py-spy of the same image, in the same space of processes."""

from __future__ import annotations

from accessa.stack.containers.engine import client, plain_words
from accessa.stack.containers.members import members
from accessa.stack.containers.project import Project

# The first process only waits for the one that works.
_CHILDREN = "/proc/1/task/1/children"


def profilers(project: Project, service: str) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return name, process in its container and command of the profiler for each running container of a service."""
    docker = client(project)
    with plain_words("looking for the process"):
        running = [member for member in members(project) if member.service == service and member.runs]
        inside = [str(docker.execute(member.container_id, ["cat", _CHILDREN])) for member in running]
        images = [str(docker.container.inspect(member.container_id).image) for member in running]
    return [
        (member.name, int((children.split() or ["1"])[0]), _beside(member.container_id, image))
        for member, children, image in zip(running, inside, images, strict=True)
    ]


def _beside(container_id: str, image: str) -> tuple[str, ...]:
    rights = ("--cap-drop=ALL", "--cap-add=SYS_PTRACE", "--user=0", "--network=none")
    return ("docker", "run", "--rm", f"--pid=container:{container_id}", *rights, image, "py-spy")
