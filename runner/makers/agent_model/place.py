"""Where a maker trains."""

from runner.lm.folder import device_of


def device() -> str:
    """Return torch's name of the device that trains: a GPU where there is one."""
    return str(device_of("auto"))
