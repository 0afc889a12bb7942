"""Shows a campaign to its reviewers; decides nothing."""
