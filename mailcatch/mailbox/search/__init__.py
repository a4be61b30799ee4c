"""The one language in which messages and sessions are looked for: docs/search.md.

`parser` reads a query into the values of `query`, without knowing of any mailbox; `compiler` turns
them into SQL over the index; `content` looks into the files for what the index does not hold.
"""

from mailcatch.mailbox.search.compiler import Found
from mailcatch.mailbox.search.errors import QueryError
from mailcatch.mailbox.search.parser import parse_query
from mailcatch.mailbox.search.query import Query
from mailcatch.mailbox.search.running import Search

__all__ = ["Found", "Query", "QueryError", "Search", "parse_query"]
