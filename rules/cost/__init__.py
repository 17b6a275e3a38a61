"""Cost optimization: what is paid for is used."""
