"""Train a model: python src/train.py model=tfidf, or a sweep: python src/train.py -m model=tfidf,transformer."""

import hydra
from omegaconf import DictConfig

from communique.composition import in_sweep, typed
from communique.config import TrainConfig
from communique.errors import explained
from communique.sweeping import sweep


@hydra.main(version_base="1.3", config_path="../conf", config_name="train")
def main(cfg: DictConfig) -> None:
    """Train one job's model."""
    with explained(go_on=in_sweep()):
        config = typed(cfg, TrainConfig)
        from communique.training import train

        train(config, in_sweep=in_sweep())


if __name__ == "__main__":
    with sweep():
        main()
