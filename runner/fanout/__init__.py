"""Runs pieces of work in processes of their own; knows no loop and no ML stack."""
