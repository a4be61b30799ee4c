"""A mail catcher for developers who live in the terminal."""

from mailcatch._version import __version__

__all__ = ["__version__"]
