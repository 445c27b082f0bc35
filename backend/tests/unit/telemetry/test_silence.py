"""A command that makes trouble on purpose is not talked over by the log of it."""

from __future__ import annotations

import logging

import pytest

from accessa.telemetry.logs import get_logger
from accessa.telemetry.silence import silent_logs


def test_nothing_is_logged_while_the_block_lasts(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither our log nor that of a library says anything inside, and both speak again afterwards."""
    with silent_logs():
        get_logger("accessa").error("inside")
        logging.getLogger("asyncpg").error("inside")
    get_logger("accessa").error("ours again")
    logging.getLogger("asyncpg").error("theirs again")

    said = "".join(capfd.readouterr())
    assert (False, True) == ("inside" in said, "ours again" in said)
    assert ["theirs again"] == [record.message for record in caplog.records if record.name == "asyncpg"]


def test_silence_of_two_at_the_same_time_ends_with_the_last(capfd: pytest.CaptureFixture[str]) -> None:
    """In whatever order two threads end, nothing is said before the last of them has, and everything after."""
    first, second = silent_logs(), silent_logs()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    get_logger("accessa").error("one is still silent")
    second.__exit__(None, None, None)
    get_logger("accessa").error("both have ended")

    said = "".join(capfd.readouterr())
    assert (False, True) == ("one is still" in said, "both have ended" in said)
    assert logging.CRITICAL > logging.root.manager.disable
