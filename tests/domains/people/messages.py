"""What was sent, read where a person of the demo reads it."""

import html
import re


def newest_code(browser):
    """The last code on the outbox page."""
    return re.search(r"\b(\d{6})\b", re.sub(r"<[^>]+>", " ", browser.get("/outbox").text.partition("<main")[2])).group(
        1
    )


def newest_link(browser):
    """The path of the last invitation."""
    return re.search(r"(/invitations/[\w-]+)", html.unescape(browser.get("/outbox").text)).group(1)


def messages_to(browser, recipient):
    """How many messages went to this contact."""
    return browser.get("/outbox").text.count(f"<span>{recipient}</span>")
