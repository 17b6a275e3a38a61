"""Words to describe an account with, and what makes it from them: through AWS's own operations, each at its time."""
