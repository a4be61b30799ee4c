"""Messages that arrived: one that was refused, and kept all the same, did not."""

from __future__ import annotations

from mailcatch.mailbox.search.query import All, Query, Term, terms

_SAYS_ITSELF = frozenset({"stored", "refused"})


def arrived(query: Query) -> Query:
    """Return a query for what arrived; one that says `is:refused` or `is:stored` stays as it is."""
    if any(one.operator == "is" and one.value in _SAYS_ITSELF for one in terms(query.node)):
        return query
    nodes = query.node.nodes if isinstance(query.node, All) else (query.node,)
    return Query(query.text, All((*nodes, Term("is", "stored"))))
