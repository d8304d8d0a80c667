"""Chromium without a window, for pages that rwcap writes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import programs

_CLIPBOARD = ["clipboard-read", "clipboard-write"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser, or skip the test where it is not installed."""
    path = programs.find("chromium")
    # Its sandbox does not start as root.
    options = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


class Tab:
    """A page in a window of its own, what it asked for, and what failed in it."""

    def __init__(self, context: BrowserContext, path: Path) -> None:
        """Open the file at `path`."""
        context.grant_permissions(_CLIPBOARD)
        self.page: Page = context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda asked: self.requests.append(asked.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda line: self.errors.append(line.text))
        self.page.goto(path.as_uri())

    def texts(self, selector: str) -> list[str]:
        """Return the text of each element."""
        return self.page.locator(selector).all_inner_texts()

    def names(self) -> list[str]:
        """Return the names of the pictures on the screen, from the top down."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll(".row")]
            .sort((one, other) => one.ariaPosInSet - other.ariaPosInSet)
            .map((row) => row.querySelector(".name").textContent)"""
        )
        return found

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def saved(self, button: str) -> bytes:
        """Click a button, and return the file that it saves."""
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name=button).click()
        return Path(download.value.path()).read_bytes()

    def copied(self, button: str) -> str:
        """Click a button, and return what is on the clipboard."""
        self.page.get_by_role("button", name=button).click()
        self.page.locator("#message", has_text="Copied").wait_for()
        text: str = self.page.evaluate("() => navigator.clipboard.readText()")
        return text
