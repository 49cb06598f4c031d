"""Trains the practice ears: attention loss plus character CTC loss, from scratch or from an earlier checkpoint.

python -m tools.practice_ears.train --data data/train --tokenizer tokenizer.json --out run --steps 10000 --stage-1
python -m tools.practice_ears.train --data data/train --tokenizer tokenizer.json --out run2 --start run/last.pt --steps 9000
"""

import os
import socket
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import torch
import typer
from torch import distributed
from torch.nn import functional

from tools.practice_ears.batches import EASY, IGNORED, Batch, Batches, Manner, character_targets
from tools.practice_ears.clips import Clips
from tools.practice_ears.model import BLANK, PracticeEars, load, save
from tools.practice_ears.tokens import Tokens, train_tokenizer

CTC_SHARE_EASY, CTC_SHARE = 0.7, 0.3
EASY_SHARE_OF_STEPS = 1 / 3  # of a run from scratch: high CTC weight, little noise
FULL_WINDOW_SHARE = 0.03
LAST_RATE_SHARE = 0.02
MUON_FACTOR = 2.0
WEIGHT_DECAY = 0.01
LOG_EVERY, SAVE_EVERY = 50, 250


class Schedule:
    """Learning rate by steps alone, so that a process that is paused loses nothing: warm-up, plateau, linear decay.

    A file `decay` in the run's folder, holding a number of steps, starts a decay of that length at once.
    """

    def __init__(self, peak: float, steps: int, warm_up: int, decay_share: float, folder: Path) -> None:
        self._peak = peak
        self._warm_up = warm_up
        self.last_step = steps
        self._decay_from = int(steps * (1 - decay_share))
        self._request = folder / "decay"

    def look_for_request(self, step: int) -> None:
        """Moves the decay to now if the file asks for it."""
        if self._request.exists() and step < self._decay_from:
            self._decay_from = step
            self.last_step = step + int(self._request.read_text())

    def rate(self, step: int) -> float:
        warm = min(1.0, (step + 1) / self._warm_up)
        left = (self.last_step - step) / max(1, self.last_step - self._decay_from)
        return self._peak * warm * min(1.0, max(LAST_RATE_SHARE, left))


def losses(ears: PracticeEars, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention and CTC loss of a batch."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = ears.encode(batch.mel)
        logits = ears.decode(batch.inputs, hidden)
        characters = ears.ctc(hidden)
    attention = functional.cross_entropy(logits.float().flatten(0, 1), batch.labels.flatten(), ignore_index=IGNORED)
    lengths = torch.tensor([min(hidden.shape[1], int(seconds * 50)) for seconds in batch.seconds])
    targets, target_lengths = character_targets(batch.texts)
    probabilities = characters.float().log_softmax(-1).transpose(0, 1)
    ctc = functional.ctc_loss(probabilities, targets, lengths, target_lengths, blank=BLANK, zero_infinity=True)
    return attention, ctc


@dataclass(frozen=True, slots=True)
class Run:
    """What one training run is told. Each process works on batch_size clips of a step with one thread."""

    data: list[Path]
    tokenizer: Path
    out: Path
    start: Path | None
    stage_1: bool
    steps: int
    peak_rate: float
    warm_up: int
    decay_share: float
    batch_size: int
    processes: int
    seed: int
    pid_file: Path | None


def average_gradients(parameters: list[torch.nn.Parameter], processes: int) -> None:
    """The mean over processes of all gradients, in one exchange."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= processes
    for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))


def make_optimisers(ears: PracticeEars) -> list[tuple[torch.optim.Optimizer, float]]:
    """Muon for the matrices of the layers, AdamW for the rest; with the factor on the learning rate of each."""
    trained = [(name, parameter) for name, parameter in ears.named_parameters() if parameter.requires_grad]
    matrices = [parameter for name, parameter in trained if parameter.ndim == 2 and ".layers." in name]
    others = [parameter for name, parameter in trained if parameter.ndim != 2 or ".layers." not in name]
    muon = torch.optim.Muon(matrices, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw")
    return [(muon, MUON_FACTOR), (torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY), 1.0)]


def loop(ears: PracticeEars, batches: Batches, plan: Run, rank: int) -> None:
    """Steps until the schedule ends; the first process writes last.pt now and then and at the end."""
    parameters = [parameter for parameter in ears.parameters() if parameter.requires_grad]
    schedule = Schedule(plan.peak_rate, plan.steps, plan.warm_up, plan.decay_share, plan.out)
    optimisers = make_optimisers(ears)
    easy_steps = int(plan.steps * EASY_SHARE_OF_STEPS) if plan.stage_1 else 0
    chance = torch.Generator().manual_seed(plan.seed)
    started, sums = time.monotonic(), [0.0, 0.0]
    for step, indices in enumerate(batches.order(plan.batch_size * plan.processes)):
        if step >= schedule.last_step:
            break
        easy = step < easy_steps
        full = torch.rand(1, generator=chance).item() < FULL_WINDOW_SHARE and not easy
        batch = batches.make(indices[rank :: plan.processes], EASY if easy else Manner(full_window=full))
        for optimiser, factor in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate(step) * factor
        attention, ctc = losses(ears, batch)
        share = CTC_SHARE_EASY if easy else CTC_SHARE
        ears.zero_grad()
        ((1 - share) * attention + share * ctc).backward()
        if plan.processes > 1:
            average_gradients(parameters, plan.processes)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        for optimiser, _ in optimisers:
            optimiser.step()
        sums = [sums[0] + attention.item(), sums[1] + ctc.item()]
        done = step + 1
        if done % LOG_EVERY == 0:
            schedule.look_for_request(done)
            if rank == 0:
                minutes, rate = (time.monotonic() - started) / 60, schedule.rate(step)
                means = f"attention {sums[0] / LOG_EVERY:.3f} ctc {sums[1] / LOG_EVERY:.3f}"
                typer.echo(f"{minutes:.1f} min step {done} of {schedule.last_step} {means} rate {rate:.5f}")
            sums = [0.0, 0.0]
        if done % SAVE_EVERY == 0 and rank == 0:
            save(ears, plan.out / "last.pt")
    if rank == 0:
        save(ears, plan.out / "last.pt")


def work(rank: int, plan: Run, port: int) -> None:
    """One process of a run."""
    torch.manual_seed(plan.seed)  # the same first weights in every process
    torch.set_num_threads(1)
    if plan.processes > 1:
        rendezvous = f"tcp://127.0.0.1:{port}"
        distributed.init_process_group(
            "gloo",
            init_method=rendezvous,
            rank=rank,
            world_size=plan.processes,
            timeout=timedelta(hours=12),  # a paused process must not end the run
        )
    if plan.pid_file:
        with plan.pid_file.open("a") as pids:
            pids.write(f"{os.getpid()}\n")
    tokens = Tokens(plan.tokenizer)
    ears = PracticeEars(tokens)
    if plan.start:
        load(ears, plan.start)
    clips = Clips(plan.data)
    if rank == 0:
        millions = sum(parameter.numel() for parameter in ears.parameters()) / 1e6
        typer.echo(f"{millions:.2f} M parameters, {tokens.size} tokens, {len(clips)} clips")
    loop(ears, Batches(clips, tokens, plan.seed, rank), plan, rank)


def main(
    data: Annotated[list[Path], typer.Option(help="folder of training clips; may be given several times")],
    tokenizer: Annotated[Path, typer.Option(help="tokenizer file; learnt from the data if it does not exist")],
    out: Annotated[Path, typer.Option(help="folder of the run")],
    start: Annotated[Path | None, typer.Option(help="checkpoint to go on from")] = None,
    stage_1: Annotated[
        bool, typer.Option("--stage-1", help="from scratch: easy first third with a high CTC weight")
    ] = False,
    steps: int = 9000,
    peak_rate: float = 1.5e-3,
    warm_up: int = 400,
    decay_share: float = 0.5,
    batch_size: int = 24,
    processes: Annotated[int, typer.Option(help="one per core; a step is processes × batch_size clips")] = 2,
    seed: int = 0,
    pid_file: Annotated[
        Path | None, typer.Option(help="process ids, one per line, for whoever wants to pause the run")
    ] = None,
) -> None:
    """Trains and leaves last.pt in the folder of the run."""
    out.mkdir(parents=True, exist_ok=True)
    if not tokenizer.exists():
        clips = Clips(data)
        train_tokenizer((clips.clip(index).text for index in range(len(clips))), tokenizer)
    if pid_file:
        pid_file.write_text("")
    plan = Run(
        data,
        tokenizer,
        out,
        start,
        stage_1,
        steps,
        peak_rate,
        warm_up,
        decay_share,
        batch_size,
        processes,
        seed,
        pid_file,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(work, (plan, port), nprocs=processes)


if __name__ == "__main__":
    typer.run(main)
