"""Noisy linear imputation against a sparse solver, and what it must never depend on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import csc_matrix, diags, identity, kron
from scipy.sparse.linalg import splu
from torch import Tensor

from inputgrad.images.imputation import impute, noisy_linear
from inputgrad.images.multigrid import hierarchy, v_cycle

LEVEL = 1 / 255
Mask = NDArray[np.bool_]


def solved(image: Tensor, removed: Mask) -> NDArray[np.float64]:
    """Rong et al. 2022, section 4.2, by a direct sparse solver in float64."""
    height, width = removed.shape
    down, across = (diags([1.0, 1.0], [-1, 1], shape=(n, n)) for n in (height, width))
    direct = kron(down, identity(width)) + kron(identity(height), across)
    weights = csc_matrix(direct / 6 + kron(down, across) / 12)
    laplacian = diags(np.asarray(weights.sum(axis=1))[:, 0]) - weights
    values, gone = image.numpy().astype(np.float64).reshape(3, -1).T, removed.reshape(-1)
    rows = csc_matrix(laplacian)[gone]
    values[gone] = splu(csc_matrix(rows[:, gone])).solve(-(rows[:, ~gone] @ values[~gone]))
    return values.T.reshape(image.shape)


def photograph(height: int, width: int, seed: int = 0) -> Tensor:
    """Smooth shapes with sharp edges and a little noise, float32 in [0, 1]."""
    drawn = np.random.default_rng(seed)
    smooth = gaussian_filter(drawn.standard_normal((3, height, width)), (0, 3, 3))
    edges = np.sign(gaussian_filter(drawn.standard_normal((height, width)), 5))
    image = 0.5 + 2 * smooth + 0.3 * edges + 0.02 * drawn.standard_normal((3, height, width))
    return torch.from_numpy(image.clip(0, 1).astype(np.float32))


def largest(values: NDArray[Any], share: float) -> Mask:
    return values >= np.quantile(values, 1 - share)


def masks(height: int, width: int) -> dict[str, Mask]:
    """Scattered pixels, blobs, rings, stripes: 10 to 95 % of the pixels, and all but one."""
    drawn = np.random.default_rng(1)
    noise = drawn.standard_normal((height, width))
    down, across = np.mgrid[:height, :width]
    radius = np.hypot(down - 0.45 * height, across - 0.55 * width)
    found = {f"scattered {share}": largest(noise, share) for share in (0.1, 0.4, 0.8, 0.95)}
    found |= {f"blob {share}": largest(-radius, share) for share in (0.1, 0.4, 0.8, 0.95)}
    found |= {f"around {share}": largest(radius, share) for share in (0.1, 0.4, 0.8, 0.95)}
    found |= {f"lumps {s}": largest(gaussian_filter(noise, 4), s) for s in (0.2, 0.6, 0.95)}
    found |= {f"grains {s}": largest(gaussian_filter(noise, 1), s) for s in (0.2, 0.6, 0.95)}
    found["half"] = across < width / 2
    found["all but a line"] = down != height // 2
    found["all but one pixel"] = (down != 3) | (across != 5)
    found["chequers"] = (down + across) % 2 == 0
    return found


@pytest.mark.parametrize("shape", [(96, 96), (75, 61), (32, 7)])
def test_within_a_grey_level_of_the_sparse_solution(shape: tuple[int, int]) -> None:
    image, removed = photograph(*shape), masks(*shape)
    found = impute(image, torch.from_numpy(np.stack([*removed.values()]))).numpy()
    for name, mask, filled in zip(removed, removed.values(), found, strict=True):
        error = float(np.abs(filled - solved(image, mask)).max())
        assert error < 0.8 * LEVEL, f"{name}: {error * 255:.2f} grey levels"


def test_a_blob_of_a_whole_photograph_is_filled_as_well() -> None:
    """224 pixels: a hole of 200 across, where plain conjugate gradients need 300 steps."""
    image, removed = photograph(224, 224), masks(224, 224)["blob 0.8"]
    error = np.abs(
        impute(image, torch.from_numpy(removed[None]))[0].numpy() - solved(image, removed)
    )
    assert error.max() < 0.8 * LEVEL


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_mask_is_solved_and_known_pixels_stay(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(2, 12), st.integers(2, 12)))
    image = photograph(*shape, seed=data.draw(st.integers(0, 99)))
    drawn = np.random.default_rng(data.draw(st.integers(0, 99)))
    removed = drawn.random((3, *shape)) < data.draw(st.floats(0, 1))
    removed.reshape(3, -1)[:, data.draw(st.integers(0, removed[0].size - 1))] = False
    found = impute(image, torch.from_numpy(removed)).numpy()
    for mask, filled in zip(removed, found, strict=True):
        assert (filled[:, ~mask] == image.numpy()[:, ~mask]).all()
        if mask.any():
            assert np.abs(filled - solved(image, mask)).max() < LEVEL


def test_what_was_removed_has_no_say() -> None:
    image, removed = photograph(40, 40), torch.from_numpy(masks(40, 40)["lumps 0.6"])
    spoilt = torch.where(removed, torch.rand(3, 40, 40, generator=torch.manual_seed(0)), image)
    assert not torch.equal(spoilt, image)
    assert torch.equal(impute(spoilt, removed[None]), impute(image, removed[None]))


def test_a_plane_is_filled_with_itself() -> None:
    """A pixel of a plane is the mean of its neighbours."""
    down, across = torch.meshgrid(
        torch.linspace(0, 0.4, 64), torch.linspace(0, 0.5, 64), indexing="ij"
    )
    plane = torch.stack([down + across, across, 0.9 - down])
    removed = torch.zeros(64, 64, dtype=torch.bool)
    removed[5:60, 3:50] = True
    assert float((impute(plane, removed[None])[0] - plane).abs().max()) < LEVEL / 2


@pytest.mark.parametrize("size", [48, 45])
def test_a_mask_s_filling_does_not_depend_on_the_other_masks(size: int) -> None:
    """Nor on how many steps these need: one is solved at once, others take several."""
    image = photograph(size, size)
    removed = torch.from_numpy(np.stack([*masks(size, size).values()][:9]))
    together = impute(image, removed)
    others = torch.flip(removed, dims=[0])
    nothing = torch.zeros_like(removed)
    for position in range(9):
        for filling in (others, nothing):
            batch = filling.clone()
            batch[position] = removed[position]
            assert torch.equal(impute(image, batch)[position], together[position])


def test_image_and_mask_are_not_written_to() -> None:
    image, removed = photograph(20, 20), torch.from_numpy(masks(20, 20)["half"])[None]
    before = image.clone(), removed.clone()
    impute(image, removed)
    assert torch.equal(image, before[0])
    assert torch.equal(removed, before[1])


def test_refusals_say_what_is_wrong() -> None:
    image = photograph(8, 8)
    everything = torch.zeros(2, 8, 8, dtype=torch.bool)
    everything[1] = True
    with pytest.raises(ValueError, match="removes every pixel"):
        impute(image, everything)
    with pytest.raises(ValueError, match=r"expected masks \(N, 8, 8\), got \(2, 8, 7\)"):
        impute(image, everything[:, :, 1:])
    with pytest.raises(ValueError, match="of 2 by 2 pixels or more, got 1 by 8"):
        impute(image[:, :1], everything[:, :1])


def test_noise_is_on_what_was_removed_alone_and_stays_in_range() -> None:
    image, removed = photograph(32, 32), torch.from_numpy(masks(32, 32)["half"])[None]
    noise = 0.3 * torch.randn(3, 32, 32, generator=torch.manual_seed(3))
    filled, noisy = impute(image, removed), noisy_linear(image, removed, noise)
    assert torch.equal(noisy[:, :, ~removed[0]], filled[:, :, ~removed[0]])
    assert torch.equal(noisy[0][:, removed[0]], (filled[0] + noise).clamp(0, 1)[:, removed[0]])
    assert float(noisy.min()) == 0
    assert float(noisy.max()) == 1


def test_the_preconditioner_is_symmetric_and_positive() -> None:
    """What conjugate gradients ask of it, on sides that halve and on those that do not."""
    for shape in ((24, 24), (13, 22)):
        removed = torch.from_numpy(masks(*shape)["lumps 0.6"]).float()[None, None]
        levels, places = hierarchy(removed, colours=1), torch.nonzero(removed.flatten())[:, 0]
        units = torch.eye(removed.numel())[places].view(-1, 1, 1, *shape)
        columns = torch.stack([v_cycle(levels, unit).flatten()[places] for unit in units]).double()
        assert float((columns - columns.T).abs().max()) < 1e-5 * float(columns.abs().max())
        assert float(torch.linalg.eigvalsh((columns + columns.T) / 2).min()) > 0
