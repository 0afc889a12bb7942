"""A model at a task: what instructs it, what it is asked, what its answer says, what is kept."""
