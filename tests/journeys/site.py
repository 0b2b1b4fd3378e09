"""The site as `make run` starts it, and people with browsers in it."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
GONGZHI = Path(sys.executable).with_name("gongzhi")
PASSWORD = "gongzhi-demo"
PATIENCE = 60_000
"""Milliseconds; a build machine with two busy cores answers late."""
BUILD_PATIENCE = 1_200
START_PATIENCE = 180


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return chosen.getsockname()[1]


class Site:
    """An installation with demo data, served on a free port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("GONGZHI_")},
            "GONGZHI_DATA_DIR": str(folder),
            "GONGZHI_PORT": str(self.port),
            "GONGZHI_DEMO": "1",
            "GONGZHI_LOCALE": "zh_Hans_CN",
        }
        self.running: subprocess.Popen[bytes] | None = None

    def fill_from(self, shared: Path) -> None:
        """Demo data, built once for all workers of a test run and copied by each."""
        with (shared.parent / f"{shared.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (shared / "built").exists():
                built = Site(shared)
                built.command("db", "upgrade")
                built.command("demo")
                (shared / "built").touch()
        shutil.copytree(shared, self.folder, dirs_exist_ok=True)

    def command(self, *words: str) -> str:
        """Run `gongzhi …` on this installation; what it printed."""
        done = subprocess.run(
            [GONGZHI, *words],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=BUILD_PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"gongzhi {' '.join(words)}: {done.stdout[-2000:]} {done.stderr[-4000:]}"
        return done.stdout + done.stderr

    def start(self) -> None:
        """`bin/dev run`, which brings the database up to date, looks after the demo data and serves."""
        with (self.folder / "server.log").open("wb") as log:
            self.running = subprocess.Popen(
                [sys.executable, ROOT / "bin" / "dev", "run"], env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )
        ends = time.monotonic() + START_PATIENCE
        while not self._answers():
            assert self.running.poll() is None and time.monotonic() < ends, self.log()
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def log(self) -> str:
        return (self.folder / "server.log").read_text()[-6000:]

    def stop(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGTERM)
            self.running.wait(60)

    def database(self) -> closing[sqlite3.Connection]:
        """The database itself, for the one thing no browser can do: let days pass."""
        return closing(sqlite3.connect(self.folder / "gongzhi.sqlite3", timeout=60))


@dataclass
class Person:
    """A person at a browser, with what that browser complained about."""

    context: BrowserContext
    page: Page
    address: str
    complaints: list[str]

    def go(self, path: str) -> Page:
        """Open a page of the site."""
        self.page.goto(path if path.startswith("http") else self.address + path, wait_until="load")
        return self.page

    def press(self, name: str) -> None:
        """Press the one button of this name; the page that follows is there afterwards."""
        self.page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()
        self.page.wait_for_load_state("load")
        proof = self.page.locator("#proof-password")
        if proof.is_visible():  # signed in more than ten minutes ago: a decisive act asks who it is
            proof.fill(PASSWORD)
            proof.press("Enter")
            self.page.wait_for_load_state("load")

    def speak(self, language: str) -> None:
        """Choose the language in the footer, as a visitor does."""
        tag = "en" if language == "en" else "zh"
        if not (self.page.locator("html").get_attribute("lang") or "").startswith(tag):
            self.page.locator(f"footer button[name=language][lang^={tag}]").click()
            self.page.wait_for_function("tag => document.documentElement.lang.startsWith(tag)", arg=tag)


class People:
    """Opens browsers on the site and signs people in; whoever was signed in once stays so."""

    def __init__(self, chromium: Browser, site: Site) -> None:
        self.chromium = chromium
        self.site = site
        self.opened: list[BrowserContext] = []
        self.kept: dict[str, object] = {}

    def at(self, who: str | None = None, *, width: int = 1280, language: str = "zh") -> Person:
        """A browser of this width; `who` is a demo account's short name, None a visitor."""
        options = {"storage_state": self.kept[who]} if who in self.kept else {}
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            locale="zh-CN" if language == "zh" else "en-GB",
            timezone_id="Asia/Shanghai",
            color_scheme="light",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.set_default_navigation_timeout(PATIENCE)
        self.opened.append(context)
        page = context.new_page()
        person = Person(context, page, self.site.address, [])

        def told(message: ConsoleMessage) -> None:
            if message.type == "error":
                person.complaints.append(f"{page.url}: {message.text}")

        page.on("console", told)
        page.on("pageerror", lambda error: person.complaints.append(f"{page.url}: {error}"))
        if who is not None and who not in self.kept:
            self._sign_in(person, who)
        if language != "zh" or who is not None:  # an account keeps the language it chose last
            person.go("/about/accessibility")
            person.speak(language)
        return person

    def _sign_in(self, person: Person, who: str) -> None:
        person.go("/sign-in")
        person.page.locator("input[name=login]:visible").fill(f"{who}@demo.gongzhi")
        person.page.locator("input[name=password]:visible").fill(PASSWORD)
        person.page.locator("main form:has(input[name=password]:visible) button.btn-primary").click()
        person.page.locator("summary.acting").wait_for()
        self.kept[who] = person.context.storage_state()

    def leave(self) -> None:
        """Close all browsers that are still open."""
        for context in self.opened:
            context.close()
        self.opened.clear()
