"""A portal and what is around it: who calls, how often, what goes wrong, what has happened."""
