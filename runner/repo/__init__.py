"""The one door to git: plumbing commands, no index and no work tree touched.

Every command goes through `runner.repo.git.Git`.
"""
