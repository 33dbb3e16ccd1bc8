"""Training of the attack `generator`: a network learns to fool a frozen one toward one class.

    w <- Adam(w, dL / dw),  L = -mean over n of S_t(clip(x_n + G_w(x_n), 0, 1))

S_t the frozen network's logit of the target (Poursaeed et al. 2018, section 3, image dependent and
targeted; Kingma and Ba 2015), x_n views of the training photographs: each step draws `batch` of
them at random, cuts `SMALLEST` to all of each side out, resizes that to the network's input and
mirrors half of them, since few photographs are seen many times. Deviation: Poursaeed et al. descend
the logarithm of the cross entropy, whose gradient fades where the target leads, and, where
SqueezeNet's last ReLU cuts the target's score off, knows nothing of the target; the logit has a
stand-in there (`engine/gradients`), and does not fade (Zhao et al. 2021, "On success and
simplicity").

There is no discriminator that would judge whether the images look natural, so this is no generative
adversarial network; Xiao et al. 2018 (AdvGAN) add one. What keeps the images near the photographs
is the bound alone.

Everything random comes from streams of the seed and the target, and is drawn on the CPU.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from inputgrad.adversarial.generator_network import Generator, to_arrays, untrained
from inputgrad.adversarial.objectives import logit
from inputgrad.engine.randomness import generator as random_of
from inputgrad.engine.records import Record, TrainingItem
from inputgrad.images.tensors import to_tensor
from inputgrad.models.classifier import Classifier
from inputgrad.tables.columns import Column

FEWEST = 8  # photographs: with fewer it learns these by heart
SMALLEST = 0.75  # of a side, in a view
ROWS = 20  # of the table, at most

COLUMNS = (
    Column(name="step", kind="whole", unit="steps", low=1, key=True, meaning="Of the training."),
    Column(name="method", kind="text", meaning="The attack that is trained."),
    Column(name="target", kind="whole", unit="class", low=0, high=999, meaning="Its class."),
    Column(
        name="photographs",
        kind="whole",
        unit="photographs",
        low=1,
        meaning="How many it is trained on; the attack is never judged on these.",
    ),
    Column(
        name="gradient_evaluations",
        kind="whole",
        unit="evaluations",
        low=0,
        better="lower",
        meaning="Gradients that the training has computed up to this step.",
    ),
    Column(
        name="cross_entropy",
        kind="real",
        unit="nats",
        low=0,
        better="lower",
        meaning="Minus the logarithm of the target's probability, mean over the views since the "
        "row before.",
    ),
    Column(
        name="fooled",
        kind="real",
        unit="share",
        low=0,
        high=1,
        better="higher",
        meaning="Share of these views that are predicted as the target: training photographs, so "
        "it says nothing of others.",
    ),
)


def train(classifier: Classifier, item: TrainingItem, *, seed: int) -> list[Record]:
    """Rows on the way, and in the last one the weights; see `Parameters` of the attack."""
    chosen, device = item.run.parameters, classifier.mean.device
    network = untrained(
        side=classifier.input_size,
        width=chosen.width,
        blocks=chosen.blocks,
        random=random_of(seed, item.target, "weights of a generator"),
        device=device,
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=chosen.rate)
    photographs = [to_tensor(pixels) for pixels in item.photographs]
    random = random_of(seed, item.target, "views for a generator")
    targets = torch.full((chosen.batch,), item.target, device=device)
    found, rows = [], _marks(chosen.steps)
    records: list[Record] = []
    for step in range(1, chosen.steps + 1):
        images = views(photographs, chosen.batch, random=random).to(device)
        found.append(_learn(classifier, network, optimizer, images, targets, chosen.epsilon))
        if step in rows:
            entropy, fooled = torch.stack(found).double().mean(dim=0).tolist()
            found = []
            records.append(
                Record(
                    {"step": step, "method": item.run.method, "target": item.target}
                    | {"photographs": len(photographs), "cross_entropy": entropy, "fooled": fooled}
                    | {"gradient_evaluations": step * chosen.batch},
                    to_arrays(network) if step == chosen.steps else {},
                )
            )
    return records


def _learn(
    classifier: Classifier,
    network: Generator,
    optimizer: torch.optim.Optimizer,
    images: Tensor,
    targets: Tensor,
    epsilon: float,
) -> Tensor:
    """One step; the cross entropy and the share fooled before it, (2,)."""
    attacked = network.attacked(images, epsilon=epsilon)
    scored = logit(classifier, attacked, targets)
    optimizer.zero_grad()
    torch.autograd.backward([attacked], [-scored.gradient / len(images)])
    optimizer.step()
    score = scored.logits.log_softmax(dim=1).gather(1, targets[:, None])
    fooled = scored.logits.argmax(dim=1) == targets
    return torch.stack([-score.mean(), fooled.float().mean()])


def _marks(steps: int) -> set[int]:
    """Steps after which a row is written: about equally far from one another, and the last."""
    return {steps * number // ROWS for number in range(1, ROWS + 1)} - {0}


def views(photographs: Sequence[Tensor], count: int, *, random: torch.Generator) -> Tensor:
    """Random parts of photographs drawn at random, (count, 3, H, W), channels_last.

    photographs: (3, H, W) each, of one size.
    """
    found = []
    for _ in range(count):
        number, side, left, top, mirror = torch.rand(5, generator=random, dtype=torch.float64)
        photograph = photographs[int(number * len(photographs))]
        size = photograph.shape[1:]
        share = SMALLEST + (1 - SMALLEST) * float(side)
        height, width = (max(1, round(share * length)) for length in size)
        above = int(float(top) * (size[0] - height + 1))
        beside = int(float(left) * (size[1] - width + 1))
        part = photograph[None, :, above : above + height, beside : beside + width]
        view = functional.interpolate(part, size=size, mode="bilinear", align_corners=False)[0]
        found.append(view.flip(2) if mirror < 0.5 else view)
    return torch.stack(found).contiguous(memory_format=torch.channels_last)
