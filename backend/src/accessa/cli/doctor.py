"""`accessa doctor`: whether this machine is fit for the stack, and the settings for the services outside."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from operator import attrgetter

import typer

from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import emit
from accessa.cli.verdicts import Verdict, tell
from accessa.pipeline.provider_findings import ProviderFinding
from accessa.settings import Settings, load_settings, right_settings
from accessa.stack import Finding, settings_in_force
from accessa.stack import doctor as examine

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa doctor --providers")
def doctor(
    *,
    as_json: bool = typer.Option(False, "--json", help="One JSON object a finding."),
    providers: bool = typer.Option(
        False, "--providers", help="Check keys and reach of the providers, the storage and the callback instead."
    ),
    callback: bool = typer.Option(
        True, "--callback/--no-callback", help="With --providers: whether to look at the callback, too."
    ),
) -> ExitCode:
    """Check this machine and the stack, and name the command that mends what is wrong.

    What is wrong comes first, and makes the exit code 1.
    With --providers, one call each that costs nothing asks the services of the running stack; without a stack, or
    outside ENVIRONMENT=local, those of the settings.
    """
    found: Iterable[Finding | ProviderFinding]
    found = _ask_providers(load_settings(), with_callback=callback) if providers else examine(right_settings())
    verdicts = [Verdict(finding.name, finding.ok, finding.sentence, finding.mend) for finding in found]
    for verdict in sorted(verdicts, key=attrgetter("ok")):
        if as_json:
            emit(asdict(verdict))
        else:
            tell(verdict)
    return ExitCode.OK if all(verdict.ok for verdict in verdicts) else ExitCode.FAILED


def _ask_providers(settings: Settings, *, with_callback: bool) -> list[ProviderFinding]:
    from accessa.pipeline.provider_checks import check_providers  # noqa: PLC0415 - else this machine's check is slower

    return asyncio.run(check_providers(settings_in_force(settings), with_callback=with_callback))
