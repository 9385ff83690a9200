"""A service that listens, a client for one that doesn't, and a real browser where there is one."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from sigcheck.service.app import create_app
from sigcheck.service.judging import Judge, judge
from sigcheck.service.settings import Settings

MODEL = Path("vectors", "long-an", "2691-ct-ubnd", "document.pdf")
PRODUCTION = Path("vectors", "long-an", "2691-ct-ubnd-production", "document.pdf")
FORGED = Path("vectors", "bytes", "changed-in-first-range", "document.pdf")
NOT_A_PDF = Path("vectors", "file", "not-a-pdf", "document.pdf")
AT = "2026-01-15T09:00:00+07:00"

_CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
_QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")

MakeClient = Callable[..., httpx.Client]


@contextmanager
def serving(
    root: Path, *options: str, trust: Path | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `sigcheck serve` on a free port; yield its address and its process."""
    command = [sys.executable, "-m", "sigcheck", "serve", "--port", "0", "--workers", "2"]
    environment = {**os.environ, "SIGCHECK_LANG": "en"}
    with subprocess.Popen(
        [*command, "--trust", str(trust or root / "fixtures" / "pki"), *options],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            found = re.search(r"http://\S+/", line)
            assert found, line + process.stderr.read()
            yield found[0].rstrip("/"), process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


@pytest.fixture(scope="session")
def service(root: Path) -> Iterator[str]:
    """Return the address of a running service."""
    with serving(root) as (address, _):
        yield address


@contextmanager
def listening(settings: Settings, judge: Judge) -> Iterator[str]:
    """Serve an application from a thread of this process, so that its lines are counted."""
    app = create_app(settings, judge)
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="module")
def client_of(fixtures: Path) -> Iterator[MakeClient]:
    """Return what makes a client of a service with some settings."""
    with ExitStack() as stack:

        def make(judge: Judge = judge, **settings: object) -> httpx.Client:
            chosen = {"trust": (str(fixtures / "pki"),), "workers": 1, **settings}
            address = stack.enter_context(listening(Settings(**chosen), judge))  # type: ignore[arg-type]
            return stack.enter_context(httpx.Client(base_url=address, timeout=60, trust_env=False))

        yield make


@pytest.fixture(scope="module")
def client(client_of: MakeClient) -> httpx.Client:
    """Return a client of a service with default settings and the fixtures' trust."""
    return client_of()


# NOTE: module, not session: while Playwright runs its thread has a running event loop, and nobody
# else's `asyncio.run` works in it.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a real Chromium, Debian's, or skip."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium on this machine: tools/system-packages installs Debian's")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[*_CHROMIUM, *_QUIET])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    """Return the clerk's page, opened in a fresh profile; a script error fails the test."""
    context = browser.new_context(locale="vi-VN", viewport={"width": 1100, "height": 900})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    # Asked for now, or the first chooser opens before the browser knows that we take it.
    opened.on("filechooser", lambda _: None)
    opened.goto(service)
    opened.wait_for_selector("html[data-ready]")
    yield opened
    context.close()
    assert errors == []
