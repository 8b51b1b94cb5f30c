"""Runs a notebook from top to bottom, and fails where a cell fails. It must have no outputs of its own.

    python run_notebook.py NOTEBOOK
"""

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config


def main() -> None:
    notebook = nbformat.read(sys.argv[1], as_version=4)  # type: ignore[no-untyped-call]
    if any(cell.get("outputs") for cell in notebook.cells):
        sys.exit(f"{sys.argv[1]}: clear the outputs before you commit it")
    with tempfile.TemporaryDirectory() as folder:
        # Sockets of this user's, which nobody else on the machine reads.
        config = Config(AsyncKernelManager={"transport": "ipc", "ip": f"{folder}/kernel"})
        NotebookClient(notebook, timeout=600, kernel_name="python3", config=config).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            print(output.get("text") or output.get("data", {}).get("text/plain", ""), end="\n", flush=True)
    print(f"{Path(sys.argv[1]).name}: {len(notebook.cells)} cells run")


if __name__ == "__main__":
    main()
