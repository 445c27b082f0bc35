"""The files of the pages: nothing from elsewhere, nothing that becomes markup, and the library as it was published."""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import pytest
from starlette.requests import Request

from accessa.apps.monitor.static_files import SECURITY_HEADERS, send_file, static_files
from accessa.apps.monitor.verdict import Level

PAGES = ["document.html", "index.html", "login.html"]
# uPlot 1.6.32 as npm serves it.
VENDORED = {
    "uPlot.esm.js": "5dd9b3281aa64b461b42d9945f6adb2649d346502b12281a9ae0d46599a80eba",
    "uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
    "LICENSE": "8f989229699b4fe2f1a0432d0e9edc338a8a911e250e2d1b01ecd770a5f5b1bd",
}


def _ours(*endings: str) -> dict[str, str]:
    return {
        name: file.body.decode()
        for name, file in static_files().items()
        if name.endswith(endings) and not name.startswith("vendor/")
    }


def _request(**headers: str) -> Request:
    return Request({"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]})


def test_the_pages_name_no_address_of_elsewhere() -> None:
    """The only foreign address in what we wrote is the name of the SVG namespace."""
    texts = _ours(".html", ".css", ".js", ".svg")
    addresses = {found for text in texts.values() for found in re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^'\" )]*", text)}

    assert {"http://www.w3.org/2000/svg"} == addresses
    assert [*PAGES] == sorted(name for name in texts if name.endswith(".html"))


def test_all_that_a_page_loads_is_there() -> None:
    """Every script, style, picture and module that a page or a module names is one of the served files."""
    named = {
        path.removeprefix("/static/")
        for page in _ours(".html").values()
        for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    }
    modules = {
        f"js/{path.removeprefix('./')}".replace("js/../", "")
        for script in _ours(".js").values()
        for path in re.findall(r'from "([^"]+)"', script)
    }

    assert set() == (named | modules) - static_files().keys()
    scripts = set(_ours(".js", ".css"))
    assert set() == scripts - named - modules


def test_the_browser_runs_only_files_of_this_service() -> None:
    """The policy allows no inline script or style and no other source, and no page has any of either."""
    policy = SECURITY_HEADERS["Content-Security-Policy"]

    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    inline = r"<style|style=|\son\w+=|<script(?![^>]* src=)"
    assert {} == {name: found for name, text in _ours(".html").items() if (found := re.findall(inline, text))}


def test_every_level_has_its_look() -> None:
    """The banner has a colour and a sign for each level; those that are red are an outage and a broken promise."""
    styles, script = _ours("css/banner.css")["css/banner.css"], _ours("js/banner.js")["js/banner.js"]
    colours = {level: re.findall(rf"\.banner\.{level} {{(.*?)}}", styles) for level in Level}

    assert [] == [level for level, found in colours.items() if len(found) != 1]
    assert [Level.DOWN, Level.BROKEN] == [level for level, [rule] in colours.items() if "--red" in rule]
    assert [] == [level for level in Level if not re.search(rf"\b{level}: \"M", script)]


def test_the_page_never_writes_html_from_figures() -> None:
    """Figures reach the page as text only, so that no value can become markup."""
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser"

    assert {} == {name: found for name, text in _ours(".js").items() if (found := re.findall(forbidden, text))}


def test_no_file_of_ours_is_long() -> None:
    """The rule of the house for Python holds for what the browser gets as well."""
    assert {} == {name: lines for name, text in _ours("").items() if (lines := len(text.splitlines())) > 400}


@pytest.mark.parametrize("name", sorted(VENDORED))
def test_the_chart_library_is_as_it_was_published(name: str) -> None:
    """Nobody has changed the files of uPlot 1.6.32, and its licence is beside them."""
    found = files("accessa.apps.monitor").joinpath("static", "vendor", "uplot", name).read_bytes()

    assert VENDORED[name] == hashlib.sha256(found).hexdigest()


def test_a_browser_that_has_a_file_gets_it_only_once() -> None:
    """The mark of the first answer, sent back, is answered without the file; what is no file is not found."""
    first = send_file(_request(), "js/main.js")
    again = send_file(_request(**{"if-none-match": first.headers["etag"]}), "js/main.js")

    assert ("text/javascript; charset=utf-8", 200) == (first.media_type, first.status_code)
    assert (304, b"") == (again.status_code, again.body)
    assert [404, 404] == [send_file(_request(), name).status_code for name in ("../app.py", "vendor/uplot/LICENSE")]
