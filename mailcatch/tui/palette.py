"""Ctrl+P: every action by its name, from the registry."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from mailcatch.tui.actions import ACTIONS, Action, Home, show_keys
from mailcatch.tui.screens.faults import FaultsScreen
from mailcatch.tui.screens.mail import MailScreen

if TYPE_CHECKING:
    from mailcatch.tui.app import MailcatchApp


class Actions(Provider):
    """What can be done on the screen that the palette is over."""

    async def discover(self) -> Hits:
        """Give all of them."""
        for title, about, action in self._offered():
            yield DiscoveryHit(title, partial(self._app.do, action), help=about)

    async def search(self, query: str) -> Hits:
        """Give those that fit what is typed."""
        matcher = self.matcher(query)
        for title, about, action in self._offered():
            score = max(matcher.match(title), matcher.match(about) * 0.5)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(title), partial(self._app.do, action), help=about
                )

    @property
    def _app(self) -> MailcatchApp:
        return cast("MailcatchApp", self.app)

    def _offered(self) -> Iterator[tuple[str, str, Action]]:
        homes = {Home.SESSIONS}
        if isinstance(self.screen, MailScreen):
            homes = {Home.MAIL, Home.LIST}
        elif isinstance(self.screen, FaultsScreen):
            homes = {Home.FAULTS}
        homes.add(Home.EVERYWHERE)
        for action in ACTIONS:
            if action.home in homes and action.name != "palette":
                keys = show_keys(self._app.keys.of(action.name))
                title = f"{action.label[0].upper()}{action.label[1:]}"
                yield f"{title}  ({keys})", action.about, action
