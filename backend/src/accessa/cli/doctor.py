"""`accessa doctor`: whether this machine is fit for the stack."""

from __future__ import annotations

from dataclasses import asdict

import typer

from accessa.cli.exit_codes import ExitCode
from accessa.cli.output import emit
from accessa.cli.verdicts import Verdict, tell
from accessa.settings import load_settings
from accessa.stack import doctor as examine

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: accessa doctor")
def doctor(as_json: bool = typer.Option(False, "--json", help="One JSON object a finding.")) -> ExitCode:
    """Check this machine, and name the command that mends what is wrong."""
    findings = examine(load_settings())
    for finding in findings:
        if as_json:
            emit(asdict(finding))
        else:
            tell(Verdict(finding.name, finding.ok, finding.sentence, finding.mend))
    return ExitCode.OK if all(finding.ok for finding in findings) else ExitCode.FAILED
