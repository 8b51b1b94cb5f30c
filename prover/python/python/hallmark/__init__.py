"""Hallmark proves that a committed machine learning model computed an answer.

    import hallmark

    hallmark.new_srs("srs.bin", insecure=True, log_size=13)
    hallmark.compile("model.onnx", samples, output="m.hallmark")
    digest = hallmark.commit("m.hallmark", srs="srs.bin").model_digest
    hallmark.export_key("m.hallmark", "m.key")
    hallmark.prove("m.hallmark", srs="srs.bin", input=x, output="p.proof")
    hallmark.verify("p.proof", key="m.key", srs="srs.bin", digest=digest, input=x)

Calls take paths, arrays and models as they are, let other threads run, and end when they are interrupted. They overwrite what could
be missed only with `force=True`.
"""

from . import errors, reports
from ._calls import (
    commit,
    compile,
    digest,
    export_key,
    import_srs,
    inspect,
    list_srs,
    new_srs,
    prove,
    run,
    score,
    setup,
    verify,
)
from ._native import VERSION as __version__
from .errors import HallmarkError, HallmarkWarning, RefusedError

__all__ = [
    "HallmarkError",
    "HallmarkWarning",
    "RefusedError",
    "__version__",
    "commit",
    "compile",
    "digest",
    "errors",
    "export_key",
    "import_srs",
    "inspect",
    "list_srs",
    "new_srs",
    "prove",
    "reports",
    "run",
    "score",
    "setup",
    "verify",
]
