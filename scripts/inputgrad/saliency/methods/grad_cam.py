"""Grad-CAM: where the feature maps of a layer are that raise the score.

    M = ReLU(sum over k of a_k F_k),  a_k the mean over positions of dS_y / dF_k

F_k the layer's feature maps. Selvaraju, Cogswell, Das, Vedantam, Parikh, Batra 2017, "Grad-CAM:
visual explanations from deep networks via gradient-based localization" (arXiv 1610.02391),
equations 1 and 2; Captum's `LayerGradCam` computes it. The map, as wide as the layer's, is enlarged
to the image bilinearly. It has no colours, and a sign only without the outer ReLU (`relu: false`,
with `reduction: sum`): with it, a class that nothing in the photograph speaks for has an empty map.

The layer is by default the last one with feature maps, as in the paper; `middle` and `early` are
the ends of the two resolutions before (`models/layers.py` names them for each architecture), and
any other module that gives feature maps may be named. A module that is called several times counts
where it is called last.
"""

from __future__ import annotations

from captum.attr import LayerAttribution, LayerGradCam
from torch import Tensor

from inputgrad.config.settings import Field
from inputgrad.engine.randomness import Noise
from inputgrad.errors import ModelError
from inputgrad.models.classifier import Classifier, TargetScores
from inputgrad.models.feature_maps import target_layer
from inputgrad.saliency.attribution import Attribution
from inputgrad.saliency.parameters import SaliencyParameters

NEEDS = "feature_maps"  # of a network, by `models.layers`


class Parameters(SaliencyParameters):
    """The layer whose feature maps are looked at, and what becomes of what speaks against."""

    layer: str = Field(
        "last",
        min_length=1,
        description="The layer: `last`, the last one with feature maps; `middle` and `early`, the "
        "ends of the resolutions before it; or a module's dotted name, such as `layer4.0.conv2`.",
    )
    relu: bool = Field(
        True, description="Whether what speaks against the class counts as zero, as in the paper."
    )


def attribute(
    classifier: Classifier, images: Tensor, targets: Tensor, parameters: Parameters, noise: Noise
) -> Attribution:
    """Maps (N, H, W) of the classes `targets` (N,), images (N, 3, H, W) in [0, 1].

    They are >= 0 with `relu`, signed without.
    Raises ModelError where the network has no such layer.
    """
    del noise
    scored: list[TargetScores] = []

    def score(images: Tensor) -> Tensor:
        found = classifier.score_targets(classifier.normalize(images), targets)
        scored.append(TargetScores(*(part.detach() for part in found)))
        return found.score

    try:
        layer = target_layer(classifier, parameters.layer)
    except ModelError as error:
        raise ModelError(f"grad_cam: {error}") from None
    cam = LayerGradCam(score, layer).attribute(images, relu_attributions=parameters.relu)
    maps: Tensor = LayerAttribution.interpolate(cam, images.shape[2:], "bilinear")
    return Attribution(maps[:, 0].detach(), scored[-1])
