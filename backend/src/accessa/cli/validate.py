"""`accessa validate`: the running stack proven, one line a check."""

from __future__ import annotations

from dataclasses import asdict

import typer

from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import emit
from accessa.cli.round_trip import prove_round_trip
from accessa.cli.system_proof import look_at_system
from accessa.cli.verdicts import Verdict, tell
from accessa.domain.errors import UsageError
from accessa.settings import Settings, load_settings
from accessa.stack import machine_findings, require_running, runs_as_containers, stack_environment, status
from accessa.store.migrate import differences

app = typer.Typer(add_completion=False)

_OF_SYSTEM = {"workers", "audit", "canary"}


@app.command(epilog="Example: accessa validate")
def validate(
    *,
    docker: bool = typer.Option(False, "--docker", help="The stack has to consist of containers."),
    as_json: bool = typer.Option(False, "--json", help="One JSON object a check."),
) -> ExitCode:
    """Prove the stack: every service, the schema, and one document all the way.

    The document belongs to a user made for it, so nobody finds it, and is deleted in the end.
    The exit code is 0 when all is well, else 1.
    """
    settings = load_settings()
    require_running(settings)
    if docker and not runs_as_containers(settings):
        raise UsageError(
            "STACK_NOT_RUNNING", "It does not run as containers; start it so: accessa down, then accessa up --docker"
        )
    verdicts = []
    for check in (_machine, _services, _schema, _system, prove_round_trip):
        for verdict in check(settings):
            verdicts.append(verdict)
            if as_json:
                emit(asdict(verdict))
            else:
                tell(verdict)
    return ExitCode.OK if all(verdict.ok for verdict in verdicts) else ExitCode.FAILED


def _machine(settings: Settings) -> list[Verdict]:
    findings = [finding for finding in machine_findings(settings) if not finding.ok]
    return [Verdict(finding.name, False, finding.sentence, finding.mend) for finding in findings] or [
        Verdict("machine", True, "this machine is fit for the stack")
    ]


def _services(settings: Settings) -> list[Verdict]:
    return [
        Verdict(
            service.name,
            service.healthy,
            f"{service.state}, {service.restarts} restarts" + (f", {service.url}" if service.url else ""),
            f"accessa logs {service.name}",
        )
        for service in status(settings)
    ]


def _schema(settings: Settings) -> list[Verdict]:
    found = differences(stack_environment(settings)["DATABASE_URL"])
    sentence = "; ".join(found) or "schema equals the models"
    return [Verdict("schema", not found, sentence, "accessa db migrate")]


def _system(settings: Settings) -> list[Verdict]:
    """Tell what the stack has found out by itself; services and schema have lines of their own above."""
    readiness = look_at_system(settings, status(settings))
    return [
        Verdict(check.name, check.state.is_well, check.sentence, check.mend)
        for check in readiness.checks
        if check.name in _OF_SYSTEM
    ]
