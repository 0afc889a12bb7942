"""All words that people read: pull request, state file, commit messages, summaries. Pure."""
