"""What is wrong with one direction of a connection, under the names that toxiproxy gave these faults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Toxics:
    """Faults of one direction, all of which may be played at once; the defaults do nothing.

    `timeout` is a black hole: what comes is held back until the fault is taken away, and after that many seconds the
    connection is closed instead; 0 keeps it open for ever.
    """

    latency: float = 0.0  #: seconds before each piece is passed on
    bandwidth: float | None = None  #: bytes a second
    slow_close: float = 0.0  #: seconds between the end of one side and the other side's hearing of it
    timeout: float | None = None  #: nothing gets through; closed after so many seconds, 0 for never
    reset_peer: float | None = None  #: the connection is reset after so many seconds
    slicer: int | None = None  #: the most bytes in one piece
    slicer_delay: float = 0.0  #: seconds between two pieces
    limit_data: int | None = None  #: the connection is closed after so many bytes

    def slices(self, data: bytes) -> Iterator[bytes]:
        """Cut data into the pieces in which it is passed on."""
        size = self.slicer or len(data)
        return (data[start : start + size] for start in range(0, len(data), size))

    def delay_of(self, piece: bytes) -> float:
        """Return the seconds that a piece takes."""
        return self.latency + (len(piece) / self.bandwidth if self.bandwidth else 0.0)


HEALTHY = Toxics()
