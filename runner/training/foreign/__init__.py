"""Conversations that other tools kept, as episodes; one module per format."""
