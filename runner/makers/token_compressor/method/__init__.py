"""The methods: what each value of `method`, and `ensemble`, makes of a job."""
