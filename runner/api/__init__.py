"""git-loop from Python, for programs that use what loops have made.

from runner.api import compress

found = compress(text, budget=0.7)
print(found.text, found.keep_rate, found.by_class)
"""

from runner.api.compressor import compress, compressor
from runner.compression.result import Compression

__all__ = ["Compression", "compress", "compressor"]
