"""Networks: where their first weights come from, and how they are trained."""
