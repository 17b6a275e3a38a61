"""`python -m mllens`."""

from mllens.cli import main

main()
