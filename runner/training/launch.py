"""TRL's `SFTTrainer` under `accelerate launch`, for models that one process cannot train."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import runner
from runner.core.canonical import canonical
from runner.core.file import write_atomic
from runner.sandbox.command import Command
from runner.sandbox.mechanism import Mechanism
from runner.sandbox.run import run
from runner.training.errors import TrainingError
from runner.training.params import Recipe
from runner.training.row import TrainingRow, write_rows

FIGURES = "figures.json"
_SAME_SANDBOX = Mechanism("plain", reason="whoever trains is in a sandbox already")
_TAIL = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Where and how wide to train.

    Attributes:
        processes: One per GPU, or per core that shall train.
        device: `cuda` with NCCL, or `cpu` with gloo.
        window: Longest row in tokens; longer ones are cut off by TRL.
        timeout_s: Seconds until the training is ended.
        environ: More variables for the processes, such as `CUDA_VISIBLE_DEVICES`.
    """

    processes: int
    device: Literal["cuda", "cpu"]
    window: int
    timeout_s: float = 86_400.0
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Launched:
    """How it went.

    Attributes:
        loss: Mean over the steps, as TRL reports it.
        steps: Optimizer steps that were taken.
        processes: How many took part.
        seconds: Wall time, all starts included.
    """

    loss: float
    steps: int
    processes: int
    seconds: float


def launch(
    model: Path, rows: Sequence[TrainingRow], out: Path, recipe: Recipe, how: Launch, *, seed: int
) -> Launched:
    """Train a model folder on rows and leave the trained one in `out`; nothing is fetched.

    Args:
        model: Hugging Face folder.
        rows: Conversations to imitate.
        out: Takes the trained model as `out/model`, beside the data, the settings and the log.
        recipe: Steps, rate, tokens per step over all processes, loss, layout, method, precision.
        how: Processes and device.
        seed: Of data order and first weights of adapters.

    Raises:
        TrainingError: there is no row, or the training ended badly; the message ends with its log.
    """
    if not rows:
        raise TrainingError("no row to train on: 0 rows given")
    out.mkdir(parents=True, exist_ok=True)
    write_rows(out / "rows.jsonl", rows)
    settings = {
        "model": str(model),
        "rows": str(out / "rows.jsonl"),
        "out": str(out / "model"),
        "figures": str(out / FIGURES),
        "recipe": recipe.model_dump(mode="json"),
        "processes": how.processes,
        "device": how.device,
        "window": how.window,
        "seed": seed,
    }
    write_atomic(out / "settings.json", canonical(settings))
    (out / FIGURES).unlink(missing_ok=True)
    done = run(_command(out, how), mechanism=_SAME_SANDBOX)
    if done.returncode or not (out / FIGURES).is_file():
        why = "its time was up" if done.timed_out else f"exit status {done.returncode}"
        raise TrainingError(
            f"the training in {how.processes} processes ended badly, {why}: "
            + " ".join(done.log_tail[-_TAIL:].split())
        )
    figures = json.loads((out / FIGURES).read_bytes())
    return Launched(seconds=done.seconds, **figures)


def _command(out: Path, how: Launch) -> Command:
    wide = ("--multi_gpu",) if how.processes > 1 else ()
    alone = ("--cpu",) if how.device == "cpu" and how.processes == 1 else ()
    argv = (
        *(sys.executable, "-m", "accelerate.commands.launch", *wide, *alone),
        *("--num_processes", str(how.processes), "--num_machines", "1"),
        *("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"),
        *("--module", "runner.training.trl_main", str(out / "settings.json")),
    )
    return Command(
        argv=argv,
        cwd=Path(runner.__file__).parents[1],
        log=out / "training.log",
        env={**_variables(how), **how.environ},
        network="all",  # the processes speak to one another
        timeout_s=how.timeout_s,
    )


def _variables(how: Launch) -> dict[str, str]:
    offline = ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TRANSFORMERS_OFFLINE")
    # `--multi_gpu` is accelerate's word for several processes: on CPUs it wants MPI otherwise
    cpu = {"ACCELERATE_USE_CPU": "true"} if how.device == "cpu" else {}
    threads = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return {**dict.fromkeys(offline, "1"), **cpu, **threads}
