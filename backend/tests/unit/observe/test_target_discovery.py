"""The list of targets for Prometheus: in its form, in one order, and free of what the form has no place for."""

from __future__ import annotations

from accessa.observe.scraping.discovery import target_groups
from accessa.observe.scraping.targets import read_targets, target_at

WORKERS = [target_at("base-worker", f"http://127.0.0.1:{port}/metrics") for port in (40_002, 40_001)]
API = target_at("api-server", "http://127.0.0.1:8000/metrics")


def test_targets_of_one_job_are_one_group() -> None:
    """Each group has the job as our own alerts call it, and the addresses of all its processes."""
    assert [
        {"targets": ["127.0.0.1:8000"], "labels": {"job": "api-server"}},
        {"targets": ["127.0.0.1:40001", "127.0.0.1:40002"], "labels": {"job": "base-worker"}},
    ] == target_groups([*WORKERS, API])


def test_the_list_is_the_same_in_whatever_order_targets_are_found() -> None:
    """Groups and addresses are sorted, and what is found twice is told once."""
    assert target_groups([API, *WORKERS]) == target_groups([*reversed(WORKERS), API, WORKERS[0]])


def test_an_unusual_scheme_or_path_is_told_by_labels() -> None:
    """What Prometheus would not guess from the address stands beside it."""
    added = read_targets("gateway=https://host:1/metrics,db=http://host:2/some/where,door=http://host:3")

    assert [
        {"targets": ["host:2"], "labels": {"job": "db", "__metrics_path__": "/some/where"}},
        {"targets": ["host:3"], "labels": {"job": "door", "__metrics_path__": "/"}},
        {"targets": ["host:1"], "labels": {"job": "gateway", "__scheme__": "https"}},
    ] == target_groups(added)


def test_a_password_in_an_address_is_not_told() -> None:
    """Only host and port of an address go out."""
    told = repr(target_groups(read_targets("db=http://me:hidden@host:2/metrics?key=hidden")))

    assert ("host:2" in told, "hidden" in told) == (True, False)
