"""Copying: with the desktop's own program where there is one, else by the terminal (OSC 52)."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import sys
from collections.abc import Mapping
from typing import Final

_SECONDS: Final = 3.0
MOST: Final = 1_000_000
"""Characters past which terminals take no OSC 52."""


def native_command(environment: Mapping[str, str], platform: str = sys.platform) -> list[str]:
    """Return the program that writes the clipboard of this desktop, [] where there is none.

    Over ssh the clipboard is that of another machine, which only the terminal can reach.
    """
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return []
    wanted: list[list[str]] = []
    if platform == "darwin":
        wanted.append(["pbcopy"])
    if environment.get("WAYLAND_DISPLAY"):
        wanted.append(["wl-copy"])
    if environment.get("DISPLAY"):
        wanted += [["xclip", "-selection", "clipboard"], ["xsel", "--clipboard", "--input"]]
    return next((one for one in wanted if shutil.which(one[0])), [])


async def copy_natively(text: str) -> str:
    """Copy with a program of the desktop; return its name, "" where that did not work."""
    command = native_command(os.environ)
    if not command:
        return ""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        await asyncio.wait_for(process.communicate(text.encode()), _SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return ""
    return command[0] if process.returncode == 0 else ""


def osc_52(text: str) -> str:
    """Return what tells a terminal to copy: nothing of the text stands in it but as base64."""
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode()}\x07"
