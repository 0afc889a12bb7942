"""Language models behind one protocol: scripted, behind an endpoint, or in this process."""
