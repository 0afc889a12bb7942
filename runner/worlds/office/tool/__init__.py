"""What an agent can do in an office, one module for each application."""
