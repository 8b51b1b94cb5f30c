"""What a contract costs to call, on a node for development by the rules of Osaka.

The node is anvil, and the compiler solc, both as npm brings them to `verifier-contracts`.
"""

import json
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

from measure import BenchError, Report

CONTRACTS = Path(__file__).resolve().parents[2] / "verifier-contracts"
SOLC = CONTRACTS / "tools" / "solc"
# The most that a transaction may use (EIP-7825).
GAS_LIMIT = 1 << 24
# The most bytes that a contract may have (EIP-170). Larger ones are measured all the same.
CODE_LIMIT = 24_576
# Seconds to wait for a node.
PATIENCE = 60
# Where the contract is put.
ADDRESS = "0x" + "11" * 20
# Any would do; the contract is made for one call, so that the compiler may let it grow.
OPTIMIZER_RUNS = 1


def require_tools() -> None:
    """Refuses to start without what npm brings."""
    if not (CONTRACTS / "node_modules" / "solc").is_dir() or not list(anvils()):
        raise BenchError("the gas needs solc and anvil: run `npm ci --no-audit --no-fund` in verifier-contracts")


def anvils() -> Iterator[Path]:
    """The program itself: what npm puts before it is a script that does not take it along when it is killed."""
    return (CONTRACTS / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil*")


def compile_contract(source: Path, evm_version: str = "osaka") -> str:
    """The deployed code of the only contract of a file."""
    request = {
        "language": "Solidity",
        "sources": {source.name: {"content": source.read_text()}},
        "settings": {
            "evmVersion": evm_version,
            "optimizer": {"enabled": True, "runs": OPTIMIZER_RUNS},
            "outputSelection": {"*": {"*": ["evm.deployedBytecode.object"]}},
        },
    }
    run = subprocess.run(["node", SOLC, "--standard-json"], input=json.dumps(request), capture_output=True, text=True)
    if run.returncode:
        raise BenchError(f"solc did not run: {run.stderr.strip()}")
    answer = json.loads(run.stdout)
    faults = [fault for fault in answer.get("errors", []) if fault["severity"] == "error"]
    if faults:
        raise BenchError(f"solc refuses {source}: {faults[0]['formattedMessage']}")
    codes = [each["evm"]["deployedBytecode"]["object"] for each in answer["contracts"][source.name].values()]
    return "0x" + max(codes, key=len)


class Node:
    """A node that answers JSON-RPC."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method: str, *parameters: Any) -> Any:
        """The result of a call, or the node's error."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        request = urllib.request.Request(self.url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise BenchError(f"{method}: {answer['error'].get('message', answer['error'])}")
        return answer["result"]

    def receipt(self, transaction: str) -> dict[str, str]:
        """The receipt of a transaction, which the node has a moment after it took it."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            receipt = self.ask("eth_getTransactionReceipt", transaction)
            if receipt:
                return receipt
            time.sleep(0.02)
        raise BenchError(f"anvil mines no transaction within {PATIENCE} s: run again on a machine with less to do")


@contextmanager
def node() -> Iterator[Node]:
    """Anvil, for as long as the context lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--port", str(port), "--hardfork", "osaka", "--gas-limit", "60000000", "--enable-tx-gas-limit"]
    program = next(anvils())
    with subprocess.Popen([program, *options, "--silent"], stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(port, process)
            yield Node(port)
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Returns once something listens."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise BenchError("anvil does not start: run it by hand to see why")


def accepts(chain: Node, call: dict[str, str]) -> bool:
    """Whether a call returns a true word. A contract may refuse by reverting."""
    try:
        return int(chain.ask("eth_call", call, "latest"), 16) == 1
    except BenchError:
        return False


def another_output(calldata: bytes) -> bytes:
    """A call of `verifyProof(bytes proof, uint256[] instances)` with another last instance, which is an output's."""
    start = 4 + int.from_bytes(calldata[36:68], "big")
    last = start + 32 * int.from_bytes(calldata[start : start + 32], "big")
    return calldata[: last + 31] + bytes([calldata[last + 31] ^ 1]) + calldata[last + 32 :]


def measure(source: Path, calldata: bytes) -> Report:
    """The gas of a transaction that has the contract verify, with its calldata, once it is sure that it does verify."""
    code = compile_contract(source)
    with node() as chain:
        sender = chain.ask("eth_accounts")[0]
        chain.ask("anvil_setCode", ADDRESS, code)
        call = {"from": sender, "to": ADDRESS, "data": "0x" + calldata.hex(), "gas": hex(GAS_LIMIT)}
        wrong = another_output(calldata)
        if not accepts(chain, call):
            raise BenchError("the contract refuses the proof: its gas would mean nothing")
        if accepts(chain, {**call, "data": "0x" + wrong.hex()}):
            raise BenchError("the contract accepts another output: its gas would mean nothing")
        receipt = chain.receipt(chain.ask("eth_sendTransaction", call))
    size = len(code) // 2 - 1
    return {
        "transaction": int(receipt["gasUsed"], 16),
        "calldata_bytes": len(calldata),
        "contract_bytes": size,
        "deployable": size <= CODE_LIMIT,
    }
