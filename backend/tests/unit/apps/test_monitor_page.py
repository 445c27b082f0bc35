"""The page file: one piece, nothing from elsewhere, and nothing that the browser is not told to trust."""

from __future__ import annotations

import base64
import hashlib
import re

from accessa.apps.monitor.page import page_headers, page_html
from accessa.apps.monitor.verdict import Level


def test_the_page_loads_nothing_from_elsewhere() -> None:
    """The only address in the page that leaves it is the name of the SVG namespace."""
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+\.\w+[^'\" )]*", page_html()))

    assert {"http://www.w3.org/2000/svg"} == addresses


def test_the_browser_runs_only_the_script_and_style_of_the_page() -> None:
    """The policy names the hash of the inline script and style, and no other source of either."""
    policy = page_headers()["Content-Security-Policy"]

    for kind in ("script", "style"):
        inline = re.findall(f"<{kind}>(.*?)</{kind}>", page_html(), re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


def test_every_level_has_its_look() -> None:
    """The banner has a colour and a sign for each level; those that are red are an outage and a broken promise."""
    colours = {level: re.findall(rf"\.banner\.{level} {{(.*?)}}", page_html()) for level in Level}

    assert [] == [level for level, found in colours.items() if len(found) != 1]
    assert [Level.DOWN, Level.BROKEN] == [level for level, [rule] in colours.items() if "--red" in rule]
    assert [] == [level for level in Level if not re.search(rf"\b{level}(: \"M| = SIGNS)", page_html())]


def test_the_page_never_writes_html_from_figures() -> None:
    """Figures reach the page as text only, so that no value can become markup."""
    assert [] == re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", page_html())
