"""The colours: dark, light, and high contrast."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

THEMES: Final = (
    Theme(
        name="mailcatch-dark",
        primary="#7aa2d6",
        secondary="#9aa5b8",
        accent="#e0b060",
        warning="#e0b060",
        error="#e8798a",
        success="#8fc98b",
        foreground="#d6d9de",
        background="#16181d",
        surface="#1b1e24",
        panel="#262a33",
        dark=True,
        variables={
            "text-muted": "#8b93a1",
            "chosen": "#2c3a52",
            "chosen-blurred": "#242933",
            "block-cursor-text-style": "none",
        },
    ),
    Theme(
        name="mailcatch-light",
        primary="#1d5fa8",
        secondary="#5a6472",
        accent="#8a5a00",
        warning="#8a5a00",
        error="#b3202c",
        success="#1f7a36",
        foreground="#20242a",
        background="#fbfaf8",
        surface="#f4f3f0",
        panel="#e6e4df",
        dark=False,
        variables={
            "text-muted": "#666d78",
            "chosen": "#d3e2f5",
            "chosen-blurred": "#e8ebef",
            "block-cursor-text-style": "none",
        },
    ),
    Theme(
        name="mailcatch-contrast",
        primary="#66d9ff",
        secondary="#ffffff",
        accent="#ffff00",
        warning="#ffff00",
        error="#ff8080",
        success="#60ff60",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#303030",
        dark=True,
        variables={
            "text-muted": "#d0d0d0",
            "chosen": "#004a8f",
            "chosen-blurred": "#303030",
            "block-cursor-text-style": "none",
        },
    ),
)

NAMES: Final = tuple(theme.name for theme in THEMES)


def after(name: str) -> str:
    """Return the next theme."""
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)] if name in NAMES else NAMES[0]


def known(name: str) -> str:
    """Return a theme that exists: the one of that name, or the first."""
    return name if name in NAMES else NAMES[0]
