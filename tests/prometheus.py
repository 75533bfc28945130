"""Prometheus' own tool, asked what it thinks."""

import shutil
import subprocess

import pytest


def promtool(*arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
    """What it answers; the test is skipped where it is not installed."""
    tool = shutil.which("promtool")
    if tool is None:
        pytest.skip("promtool is not installed: Debian's package prometheus has it")
    return subprocess.run(  # noqa: S603  # a program that was found, and arguments of the tests
        [tool, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=60
    )
