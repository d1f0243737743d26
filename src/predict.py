"""Label raw articles: python src/predict.py input=FOLDER output=data/predicted/articles.jsonl."""

import hydra
from omegaconf import DictConfig

from communique.composition import typed
from communique.config import PredictConfig
from communique.errors import explained


@hydra.main(version_base="1.3", config_path="../conf", config_name="predict")
def main(cfg: DictConfig) -> None:
    """Label one input."""
    with explained():
        config = typed(cfg, PredictConfig)
        from communique.predicting import predict

        predict(config)


if __name__ == "__main__":
    main()
