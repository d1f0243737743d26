"""Describe the seeds: python src/describe.py makes the figures and pictures of their data card."""

import hydra
from omegaconf import DictConfig

from communique.composition import typed
from communique.config import DescribeConfig
from communique.errors import explained


@hydra.main(version_base="1.3", config_path="../conf", config_name="describe")
def main(cfg: DictConfig) -> None:
    """Describe the corpus."""
    with explained():
        config = typed(cfg, DescribeConfig)
        from communique.describing import describe

        describe(config)


if __name__ == "__main__":
    main()
