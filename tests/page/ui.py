"""The page in a browser, as a person uses it."""

import re
from typing import Any


class Ui:
    """One tab with the page of a portal. `faults` are the errors that the browser reports."""

    def __init__(self, tab: Any, url: str, key: str) -> None:
        self.tab = tab
        self.url = url
        self.key = key
        self.faults: list[str] = []
        self.called: list[str] = []
        self.expected_faults: list[str] = []

    def listen(self) -> None:
        """Notes what the browser reports and what the page calls."""
        self.tab.set_default_timeout(10_000)
        self.tab.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.tab.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.tab.on("request", lambda request: self.called.append(request.url))

    def open(self, path: str = "imports", *, key: str | None = None) -> "Ui":
        """Opens a view by its address."""
        address = f"#/{key or self.key}/{path}"
        self.tab.goto(f"{self.url}/_mock/ui{address}")
        self.tab.wait_for_function("address => document.body.dataset.shown === address", arg=address, polling=20)
        return self

    def heading(self, text: str | None = None) -> str:
        """Waits for the heading of a view, and returns it."""
        found = self.tab.locator("main h1")
        if text is not None:
            found = found.filter(has_text=text)
        found.first.wait_for()
        return str(found.first.inner_text())

    def see(self, text: str | re.Pattern[str], *, within: str = "main") -> None:
        """Waits until a text is on the page."""
        self.tab.locator(within).get_by_text(text).first.wait_for()

    def row(self, text: str) -> Any:
        """Returns the row of a table that has a text."""
        return self.tab.locator("main tbody tr").filter(has_text=text).first

    def press(self, name: str) -> None:
        """Presses the button of a name."""
        self.tab.get_by_role("button", name=name, exact=True).first.click()

    def agree(self, question: str, verb: str) -> None:
        """Agrees to what a dialog asks, with the keyboard: the focus is on what changes nothing."""
        dialog = self.tab.get_by_role("dialog", name=question)
        dialog.get_by_role("button", name="Cancel").and_(dialog.locator(":focus")).wait_for()
        self.tab.keyboard.press("Tab")
        dialog.get_by_role("button", name=verb).and_(dialog.locator(":focus")).wait_for()
        self.tab.keyboard.press("Enter")
        dialog.wait_for(state="detached")

    def decline(self, question: str) -> None:
        """Closes the dialog that asks something."""
        dialog = self.tab.get_by_role("dialog", name=question)
        dialog.wait_for()
        self.tab.keyboard.press("Escape")
        dialog.wait_for(state="detached")

    def follow(self, name: str) -> None:
        """Follows the link of a name."""
        self.tab.locator("main").get_by_role("link", name=name).first.click()

    def go(self, view: str) -> None:
        """Opens a view from the list of views."""
        self.tab.get_by_role("navigation", name="Views").get_by_role("link", name=view).click()
