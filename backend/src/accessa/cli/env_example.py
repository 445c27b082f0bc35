"""`accessa env-example`: writes env.local.example from the settings classes, so that it cannot lag behind."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from accessa.settings import GROUPS, variable_name

app = typer.Typer(add_completion=False)

SIMULATORS = "## The simulators"

_HEAD = """\
# Every setting of Accessa with its default. None is needed on a laptop: `accessa up` fills in what its services need.
# To change one, copy this file to .env.local beside it and edit the copy. A variable of the shell wins over the file.
# A setting that begins with `#` has no default; take the `#` away and give a value.
"""


@app.command("env-example", epilog="Example: accessa env-example env.local.example")
def write_example(
    file: Path = typer.Argument(metavar="FILE", help="The example; its part about the simulators stays as it is."),
) -> None:
    """Write the settings part of env.local.example anew."""
    simulators = file.read_text("utf-8").partition(SIMULATORS)[2]
    file.write_text(f"{example()}\n{SIMULATORS}{simulators}", "utf-8")


def example() -> str:
    """Return the settings part of env.local.example: each group under its sentence, each setting under its own."""
    return "\n".join([_HEAD, *(_group(group) for group in GROUPS.values())])


def _group(group: type[BaseSettings]) -> str:
    sentence = inspect.getdoc(group) or ""
    lines = [f"## {sentence}"]
    for name, field in group.model_fields.items():
        lines += _setting(variable_name(group, name), field)
    return "\n".join([*lines, ""])


def _setting(variable: str, field: FieldInfo) -> Iterator[str]:
    yield f"# {field.description or 'Set by the supervisor for its children; leave empty'}"
    yield f"#{variable}=" if field.default is None else f"{variable}={_plain(field.default)}"


def _plain(value: Any) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value.value if isinstance(value, Enum) else value)
