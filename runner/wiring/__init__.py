"""Environment, clock and plug-in tables put together into real parts."""
