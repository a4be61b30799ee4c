"""What is understood of a mail is worked out once, and only when it is asked for."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

__all__ = ["cached_property"]

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:

    class cached_property(functools.cached_property):  # noqa: N801 - as Python's own
        """Python's own, without the lock of 3.11, which costs as much as most of the values."""

        def __get__(self, instance: object, owner: object = None) -> object:
            if instance is None:
                return self
            value = instance.__dict__[self.attrname] = self.func(instance)
            return value
