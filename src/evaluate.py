"""Evaluate a logged model: python src/evaluate.py model_uri=models:/communique@champion split=test."""

import hydra
from omegaconf import DictConfig

from communique.composition import typed
from communique.config import EvaluateConfig
from communique.errors import explained


@hydra.main(version_base="1.3", config_path="../conf", config_name="evaluate")
def main(cfg: DictConfig) -> None:
    """Evaluate one model on one split."""
    with explained():
        config = typed(cfg, EvaluateConfig)
        from communique.evaluating import evaluate

        evaluate(config)


if __name__ == "__main__":
    main()
