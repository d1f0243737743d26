"""Measure before and after: python src/bench.py benchmarks=[labelling,start] holds ours against peers, side by side."""

import hydra
from omegaconf import DictConfig

from communique.composition import typed
from communique.config import BenchConfig
from communique.errors import explained


@hydra.main(version_base="1.3", config_path="../conf", config_name="bench")
def main(cfg: DictConfig) -> None:
    """Run the benchmarks that are named."""
    with explained():
        config = typed(cfg, BenchConfig)
        from communique.benching import bench

        bench(config)


if __name__ == "__main__":
    main()
