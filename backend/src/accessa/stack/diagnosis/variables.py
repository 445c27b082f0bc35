"""The settings as this shell and .env.local give them: wrong values, names that are none, and what is in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from accessa.domain.budgets import told_budgets
from accessa.settings import GROUPS, Settings, known_variables, process_environment, settings_file, wrong_variables
from accessa.stack.blueprint import changed_settings
from accessa.stack.condition import settings_in_force
from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good
from accessa.stack.plan import Plan

_FILE = ".env.local"
# Other programs have variables too, so a name of the shell must be very much like one of ours.
_ALIKE_IN_SHELL, _ALIKE_IN_FILE = 0.9, 0.6
_OF_SIMULATORS = "MOCK_"


def look_at_settings(settings: Settings, plan: Plan | None) -> Finding:
    """Tell of values that cannot be taken, of names that are misspelt, and of what the running stack does not use."""
    variables, in_file = process_environment(), settings_file()
    wrong = [f"{name} is wrong: {words}" for name, words in wrong_variables(variables).items()]
    unknown = dict(_unknown(variables, in_file))
    told = [f"{name} is no setting{f'; {near} is' if near else ''}" for name, near in unknown.items()]
    if wrong or told:
        mends = [_mend(name, in_file, near) for name, near in unknown.items()]
        mends += [f"{_unset(name, in_file)}, or give it a value that fits" for name in wrong_variables(variables)]
        return bad("settings", f"{'; '.join([*wrong, *told])}.", "; ".join(mends))
    changed = changed_settings(plan, settings) if plan else []
    if changed:
        kept = f"the running stack keeps its old {', '.join(changed)}; to change, run: {RESTART}"
        return good("settings", f"The settings are right; {kept}.")
    return good("settings", "The settings of this shell are right, and none is misspelt.")


def _unknown(variables: Mapping[str, str], in_file: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each name that looks like a setting of ours and is none, with the nearest that is, if there is one."""
    known = known_variables()
    prefixes = tuple(filter(None, (str(group.model_config.get("env_prefix", "")) for group in GROUPS.values())))
    for name in sorted(variables):
        if name.upper() in known or name.startswith(_OF_SIMULATORS):
            continue
        likeness = _ALIKE_IN_FILE if name in in_file else _ALIKE_IN_SHELL
        nearest = next(iter(get_close_matches(name.upper(), known, n=1, cutoff=likeness)), "")
        if nearest or (name in in_file and name.upper().startswith(prefixes)):
            yield name, nearest


def _mend(name: str, in_file: Mapping[str, str], nearest: str) -> str:
    return f"{_unset(name, in_file)}{f', and set {nearest}' if nearest else ''}"


def _unset(name: str, in_file: Mapping[str, str]) -> str:
    return f"Take {name} out of {_FILE}" if name in in_file else f"Run: unset {name}"


def look_at_budgets(settings: Settings) -> Finding:
    """Tell what may be spent; while a stack runs, by its settings."""
    budget = settings_in_force(settings).budget
    words = told_budgets(document_usd=budget.document_usd, user_day_usd=budget.user_day_usd, day_usd=budget.day_usd)
    if budget != settings.budget:
        words = f"{words} These are the running stack's; it takes this shell's by: accessa down, then accessa up"
    return good("budgets", words)
