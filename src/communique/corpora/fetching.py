"""Public corpora: fetched once into a cache, each file checked by its sha256. None of them is part of the project."""

import logging
import os
from pathlib import Path

from communique.config import FetchedConfig
from communique.errors import InputError

CACHE_VARIABLE = "COMMUNIQUE_CACHE"
"""Environment variable that names another cache folder."""


def fetch(config: FetchedConfig, name: str) -> Path:
    """Give the path of one of a corpus's files, after fetching it where the cache hasn't got it."""
    import pooch  # imports requests, which only the public corpora need

    logging.getLogger("pooch").setLevel(logging.WARNING)
    cache = Path(os.environ.get(CACHE_VARIABLE) or pooch.os_cache("communique")).expanduser()
    file = config.files[name]
    store = pooch.create(cache / config.folder, base_url=config.url, registry={file.path: f"sha256:{file.sha256}"})
    try:
        return Path(store.fetch(file.path))
    except (OSError, ValueError) as error:  # no network, no such page; a wrong sha256
        raise InputError(
            f"{config.url}{file.path} can't be fetched: {error}. Without a network, put it there yourself as "
            f"{cache / config.folder / file.path}, or name another cache that has it: {CACHE_VARIABLE}=…"
        ) from error
