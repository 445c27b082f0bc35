"""A stack that faults are planted in: examined in this process, and treated by the command line as a person would."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.tests.conftest import run_sql
from backend.tests.e2e.conftest import KEPT, PROGRAM, Ran, Stack

from accessa.settings import Settings, settings_of
from accessa.stack import Finding, StackState, doctor, read_state
from accessa.stack.places import Places
from accessa.stack.plan import Plan, read_plan

PATIENCE_SECONDS = 40
COMMAND = re.compile(r"[Rr]un: ([^,]+)")


@dataclass(frozen=True)
class Patient(Stack):
    """A stack of its own with ports of its own, examined in this process and treated by the command line."""

    variables: dict[str, str]

    def accessa(self, *arguments: str | Path, **settings: str) -> Ran:
        """Run one command with the ports of this stack."""
        return super().accessa(*arguments, **{**self.variables, **settings})

    @property
    def settings(self) -> Settings:
        """The settings of whoever asks."""
        return settings_of({"ACCESSA_HOME": str(self.home), **self.variables})

    @property
    def places(self) -> Places:
        """Its files."""
        return Places(self.home)

    @property
    def plan(self) -> Plan:
        """What it runs by."""
        return read_plan(self.places.plan)

    @property
    def state(self) -> StackState:
        """What runs now."""
        state = read_state(self.settings)
        assert state is not None
        return state

    def pid(self, name: str) -> int:
        """Return the process of a service."""
        service = self.state.service(name)
        assert service
        assert service.pid
        return service.pid

    def examined(self) -> dict[str, Finding]:
        """Return what the doctor finds."""
        return {finding.name: finding for finding in doctor(self.settings)}

    def until(self, name: str, is_so: Callable[[Finding], bool]) -> Finding:
        """Ask the doctor until it finds something so; many faults show, and many are over, after some seconds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.examined().get(name)
            if found and is_so(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.3)

    def treat(self, mend: str) -> None:
        """Run the command that the doctor names."""
        named = COMMAND.search(mend)
        assert named, mend
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"ACCESSA_HOME": str(self.home), **self.variables}
        environment["PATH"] = f"{Path(PROGRAM).parent}:{environment['PATH']}"
        done = subprocess.run(
            ["bash", "-c", named[1]], env=environment, capture_output=True, text=True, check=False, timeout=100
        )
        assert 0 == done.returncode, done.stderr

    def be_up(self) -> None:
        """Start unless it runs."""
        if read_state(self.settings) is None:
            started = self.accessa("up")
            assert 0 == started.code, started.err

    def be_down(self) -> None:
        """Stop unless it is stopped."""
        if read_state(self.settings):
            stopped = self.accessa("down")
            assert 0 == stopped.code, stopped.err

    def sql(self, *statements: str) -> None:
        """Run statements in its database."""
        run_sql(self.plan.environment["DATABASE_URL"], *statements)


def tells(finding: Finding, words: list[str]) -> bool:
    """Tell whether a finding is of a fault, with all of the words."""
    told = f"{finding.sentence} -> {finding.mend}"
    return not finding.ok and all(word in told for word in words)


def is_well(finding: Finding) -> bool:
    """Tell whether a finding is no fault."""
    return finding.ok
