"""One iteration on one screen: plan, make, check, gate, record, publish."""
