"""What the experience loop learned, as tables: cohorts, costs, agents, and how habits change."""
