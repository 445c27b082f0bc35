"""`make alert-trial`: injects each fault, measures when its alert fires and resolves, and writes the table of that."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import yaml

from alert_trial.faults import FAULTS, Fault
from alert_trial.report import Outcome, as_table
from alert_trial.site import Site, open_site
from alert_trial.witnesses import Monitoring, Witness, open_witnesses

_ROOT = Path(__file__).parents[2]
_TABLE = _ROOT / "docs" / "reference" / "alert-detection.md"
_LOOK_SECONDS = 0.1
#: How much later than its for-duration an alert may fire.
_MOST_SECONDS = 10.0


async def main(only: str | None, pictures: Path | None) -> int:
    """Run the trial; return 1 when an alert came too late, did not name its cause, or did not go away again."""
    chosen = set(only.split(",")) if only else set()
    wanted = [fault for fault in FAULTS if not chosen or chosen & {fault.alert, fault.name}]
    catalogue = yaml.safe_load((_ROOT / "monitoring" / "alerts.yaml").read_text(encoding="utf-8"))
    durations = {alert["name"]: _seconds(str(alert["for"])) for alert in catalogue["alerts"]}
    outcomes = []
    async with open_site(_say) as site, open_witnesses(site) as witnesses:
        monitoring, browser, prometheus = witnesses
        everybody: list[Witness] = [monitoring, browser, *([prometheus] if prometheus else [])]
        for fault in wanted:
            outcome = await _try(fault, site, monitoring, everybody, durations[fault.alert])
            outcomes.append(outcome)
            _say(outcome.sentence())
            known = _TABLE.read_text(encoding="utf-8") if _TABLE.exists() else ""
            _TABLE.write_text(as_table(outcomes, known, [each.name for each in FAULTS]), encoding="utf-8")
            if pictures and outcome.picture:
                await browser.picture(pictures / f"{fault.alert}.png")
    return 0 if all(outcome.good for outcome in outcomes) else 1


async def _try(fault: Fault, site: Site, monitoring: Monitoring, witnesses: Sequence[Witness], lasts: float) -> Outcome:
    """Bring everything into order, inject, wait until all have noticed, repair, wait until nobody notices any more."""
    if fault.alert != "NoWorker" or site.workers._processes:  # noqa: SLF001 - the first fault is that none was started
        await site.new_workers()
        await _until_quiet(fault.alert, witnesses, 120)
    outcome = Outcome(fault, lasts)
    allowed = lasts + fault.visible_after + _MOST_SECONDS
    started = time.monotonic()
    try:
        await fault.inject(site)
    except NotImplementedError as reason:
        outcome.not_here = str(reason)
        return outcome
    outcome.inject_seconds = time.monotonic() - started
    outcome.fired = await _seen(fault.alert, witnesses, started, allowed + 30, there=True)
    alert = next((one for one in await monitoring.alerts() if one["name"] == fault.alert), None)
    if alert:
        outcome.summary = str(alert["summary"])
        outcome.runbook = await _exists(site, str(alert["runbook"]))
    outcome.allowed = allowed
    await site.stop_doing()
    repaired = time.monotonic()
    await fault.repair(site)
    outcome.resolved = await _seen(fault.alert, witnesses, repaired, fault.resolves_within + 60, there=False)
    await site.play("openai")
    await site.play("llamaparse")
    return outcome


async def _seen(
    alert: str, witnesses: Sequence[Witness], started: float, patience: float, *, there: bool
) -> dict[str, float]:
    """Return after how many seconds each witness saw the alert there, or gone; who never did is missing."""
    seen: dict[str, float] = {}

    async def watch(witness: Witness) -> None:
        while True:
            try:
                if (alert in await witness.firing()) is there:
                    seen[witness.name] = time.monotonic() - started
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(_LOOK_SECONDS)

    tasks = [asyncio.create_task(watch(witness)) for witness in witnesses]
    _, late = await asyncio.wait(tasks, timeout=max(0.0, started + patience - time.monotonic()))
    for task in late:
        task.cancel()
    return seen


async def _until_quiet(alert: str, witnesses: Sequence[Witness], patience: float) -> None:
    await _seen(alert, witnesses, time.monotonic(), patience, there=False)


async def _exists(site: Site, runbook: str) -> bool:
    name = Path(runbook).stem
    async with httpx.AsyncClient(base_url=site.ground.addresses["MONITORING_URL"], timeout=5) as client:
        answer = await client.get(f"/runbooks/{name}")
    return answer.is_success and (_ROOT / runbook).is_file()


def _seconds(text: str) -> float:
    return float(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make alert-trial")
    parser.add_argument("--only", help="names of some alerts or faults, with commas between")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the page")
    options = parser.parse_args()
    sys.exit(asyncio.run(main(options.only, options.pictures)))
