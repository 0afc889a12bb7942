"""A world served to foreign agents that speak MCP, and what is read of them afterwards."""
