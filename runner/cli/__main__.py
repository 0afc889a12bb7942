"""`python -m runner.cli`, which is how built-in makers and checkers are started."""

from runner.cli.main import entry

entry()
