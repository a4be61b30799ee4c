"""`python -m mailcatch`."""

from mailcatch.cli import main

main()
