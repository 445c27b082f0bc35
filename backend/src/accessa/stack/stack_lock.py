"""One command at a time may start or stop a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from accessa.domain.errors import UsageError
from accessa.stack.places import Places

_PATIENCE_SECONDS = 300


@contextmanager
def stack_lock(places: Places, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of the stack; wait for another command that holds it. The system frees it if the holder dies."""
    lock = FileLock(places.lock, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        tell("Another command starts or stops this stack; waiting for it.")
        _wait_for(lock, places)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def unless_locked(places: Places) -> Iterator[bool]:
    """Hold the lock of the stack if that needs no waiting, and tell whether it was free; create no file for it."""
    lock = FileLock(places.lock, thread_local=False)
    free = True
    try:
        if places.lock.exists():
            lock.acquire(timeout=0)
    except Timeout:
        free = False
    except OSError:  # a lock of another user tells nothing
        free = True
    try:
        yield free
    finally:
        lock.release()


def _wait_for(lock: FileLock, places: Places) -> None:
    try:
        lock.acquire(timeout=_PATIENCE_SECONDS)
    except Timeout:
        raise UsageError(
            "STACK_FAILED",
            f"Another command has held {places.lock} for {_PATIENCE_SECONDS} seconds; end it and try again.",
        ) from None
