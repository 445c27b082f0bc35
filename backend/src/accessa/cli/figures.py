"""How figures, names and times are written for a person."""

from __future__ import annotations

from datetime import datetime


def printable(text: object) -> str:
    """Return `text` on one line that cannot steer the terminal: controls and undecodable bytes become `?`."""
    return "".join(character if character.isprintable() else "?" for character in str(text))


def count(number: int | None, noun: str) -> str:
    """Return `12 pages`, `1 page`; nothing counted yet is none."""
    number = number or 0
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def told_pages(pages: int, without_text: int | None, filename: str) -> str:
    """Return `5 pages`; those without text are counted beside it, as search cannot find them."""
    if not without_text:
        return count(pages, "page")
    # Only pages of a PDF can be images. An empty one looks the same to us.
    reason = ": blank, or images that need OCR" if filename.lower().endswith(".pdf") else ""
    return f"{count(pages, 'page')} ({without_text:,} without text{reason})"


def money(usd: float | None) -> str:
    """Return US dollars with four digits; a smaller amount is not shown as nothing."""
    if not usd:
        return "$0"
    return f"${usd:.4f}" if usd >= 0.0001 else "<$0.0001"  # noqa: PLR2004 - the last digit shown


def spending(usd: float, unsure_usd: float, details: str = "") -> str:
    """Return what was paid, with `details` behind it; what may have been billed beyond it is not left out."""
    paid = f"{money(usd)}{details}"
    return f"{paid}; {money(unsure_usd)} more may have been billed" if unsure_usd else paid


def seconds(duration: float | None) -> str:
    """Return a duration given in seconds, with one digit below a minute."""
    if duration is None:
        return "-"
    # Rounded first: 59.96 s is a minute, and 119.6 s are two.
    if (short := round(duration, 1)) < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{short:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s"


def moment(text: str | None) -> str:
    """Return an ISO 8601 moment as `2026-11-23 14:05:09` in this machine's time zone."""
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S") if text else "-"


def gap(earlier: str, later: str) -> float:
    """Return the seconds between two ISO 8601 moments."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
