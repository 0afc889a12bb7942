"""Answers kept by what was asked, so that nothing is paid for twice."""

import hashlib
from collections import defaultdict
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from runner.core.canonical import canonical, digest
from runner.core.chat import ChatModel, ChatRequest, ChatResponse
from runner.core.file import write_atomic
from runner.lm.error import LmError

_DIGEST_BYTES = 32


class Cells:
    """Bytes in a folder, each under the digest of its key; safe for threads and processes.

    A cell begins with the digest of its content: a damaged one, or half of one, is a miss.
    """

    def __init__(self, folder: Path) -> None:
        """Keep cells in a folder, which need not exist yet."""
        self._folder = folder

    def get(self, key: object) -> bytes | None:
        """Return what was put under a key; None for nothing, or for a damaged cell.

        Args:
            key: Any JSON value; equal values are one key.

        Raises:
            ValueError: a NaN or an infinity in the key.
        """
        try:
            data = self._path(key).read_bytes()
        except OSError:
            return None
        content = data[_DIGEST_BYTES:]
        whole = hashlib.sha256(content).digest() == data[:_DIGEST_BYTES]
        return content if whole else None

    def put(self, key: object, content: bytes) -> None:
        """Keep bytes under a key, in place of what was there.

        Raises:
            LmError: the folder cannot be written.
            ValueError: a NaN or an infinity in the key.
        """
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, hashlib.sha256(content).digest() + content)
        except OSError as err:
            raise LmError(f"the cache {self._folder} cannot be written ({err.strerror})") from err

    def _path(self, key: object) -> Path:
        name = digest(canonical(key))
        return self._folder / name[:2] / name[2:]


class CachedModel:
    """A model that is asked only once for equal requests.

    Greedy requests and those with a seed are kept; an answer that was drawn without one is not
    the answer to the next request. Threads that ask the same at once wait for the first.
    """

    def __init__(self, model: ChatModel, cells: Cells, *, identity: object = None) -> None:
        """Wrap a model.

        Args:
            model: What answers the first time.
            cells: Where answers are kept.
            identity: JSON value of all that makes this model another than one of the same name.
        """
        self._model = model
        self._cells = cells
        self._identity = identity
        self._asking: defaultdict[str, Lock] = defaultdict(Lock)
        self._lock = Lock()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def complete(self, request: ChatRequest) -> ChatResponse:
        """Answer from the cache, at no cost and in no time, or by the model.

        Raises:
            LmError: as the model does, or the cache cannot be written.
        """
        if request.decoding.temperature and request.decoding.seed is None:
            return self._model.complete(request)
        key = [self.name, self._identity, request.model_dump(mode="json")]
        with self._lock:
            asking = self._asking[digest(canonical(key))]
        with asking:
            return self._kept(key) or self._asked(key, request)

    def _kept(self, key: object) -> ChatResponse | None:
        found = self._cells.get(key)
        if found is None:
            return None
        try:
            answer = ChatResponse.model_validate_json(found)
        except ValidationError:
            return None
        return answer.model_copy(update={"cost_usd": 0.0, "seconds": 0.0})

    def _asked(self, key: object, request: ChatRequest) -> ChatResponse:
        answer = self._model.complete(request)
        self._cells.put(key, answer.model_dump_json().encode())
        return answer


def cached(model: ChatModel, cells: Cells, *, identity: object = None) -> ChatModel:
    """Return a model that is asked only once for equal requests; see `CachedModel`."""
    return CachedModel(model, cells, identity=identity)
