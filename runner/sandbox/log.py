"""A child's output: its beginning on disk up to a cap, its end always."""

from pathlib import Path

from runner.core.redact import redact
from runner.sandbox.error import SandboxError

TAIL_BYTES = 64 << 10
TAIL_LINES = 60


class Log:
    """Takes output chunk by chunk; the file holds the beginning and, if cut, the end as well."""

    def __init__(self, path: Path, *, limit: int) -> None:
        """Replace the file.

        Raises:
            SandboxError: it cannot be written.
        """
        try:
            path.unlink(missing_ok=True)  # a link here would be written through
            self._file = path.open("xb", buffering=0)
        except OSError as err:
            raise SandboxError(f"the log {path} cannot be written ({err.strerror})") from err
        self._left = limit
        self._dropped = 0
        self._end = b""

    def write(self, chunk: bytes) -> None:
        """Take a chunk; bytes beyond the limit are counted, and only the last ones remembered."""
        kept = chunk[: self._left]
        self._store(kept)
        self._left -= len(kept)
        self._dropped += len(chunk) - len(kept)
        self._end = (self._end + chunk)[-TAIL_BYTES:]

    def close(self) -> None:
        """Write the end of a cut log and close the file."""
        if self._dropped:
            end = self._end[-min(self._dropped, TAIL_BYTES) :]
            left_out = self._dropped - len(end)
            self._store(b"\n[%d bytes left out]\n" % left_out + end)
        self._file.close()

    def tail(self, secrets: tuple[str, ...]) -> str:
        """Return the last lines as text with secrets masked."""
        text = redact(self._end.decode(errors="replace"), secrets)
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def _store(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError:  # a full disk costs the log, not the child that runs since ten hours
            self._left = 0
