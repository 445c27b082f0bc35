"""Loads tokenizer and encoders in the background, so that health answers from the first moment."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Literal

from mock_providers.openai.encoders.fixed import FixedEncoder
from mock_providers.openai.encoders.interface import Encoder
from mock_providers.openai.encoders.lexical import LexicalEncoder
from mock_providers.openai.encoders.minilm import MiniLMEncoder
from mock_providers.openai.encoders.semantic import SemanticEncoder
from mock_providers.openai.errors import model_unavailable
from mock_providers.openai.models import Mode, Model
from mock_providers.openai.tokens import Tokenizer

_log = logging.getLogger(__name__)


class Loading:
    """The tokenizer and the encoders of one simulator."""

    def __init__(self, mode: Mode, folder: Path) -> None:
        """Load nothing yet; `folder` may be used for files of a local model."""
        self.tokenizer = Tokenizer()
        self._mode = mode
        self._folder = folder
        self._encoders: dict[Mode, Encoder] = {"lexical": LexicalEncoder(), "fixed": FixedEncoder()}
        self._thread = threading.Thread(target=self._load, name="model-loading", daemon=True)
        self._begun = threading.Lock()
        self._failed = False

    @property
    def status(self) -> Literal["loading", "ok", "failed"]:
        """How far loading has come."""
        if self._thread.ident is None or self._thread.is_alive():
            return "loading"
        return "failed" if self._failed else "ok"

    def begin(self) -> None:
        """Start loading, unless it has been started."""
        if self._begun.acquire(blocking=False):
            self._thread.start()

    def wait(self) -> None:
        """Return when loading has ended, well or badly."""
        self.begin()
        self._thread.join()

    def encoder(self, model: Model) -> Encoder:
        """Return the encoder of a model; raises the 503 when it could not be loaded."""
        if model.mode not in self._encoders:
            raise model_unavailable(model.name)
        return self._encoders[model.mode]

    def _load(self) -> None:
        try:
            self.tokenizer.load()
            if self._mode == "semantic":
                self._encoders["semantic"] = SemanticEncoder(self._folder)
            elif self._mode == "minilm":
                self._encoders["minilm"] = MiniLMEncoder()
        except Exception:  # noqa: BLE001 a missing package, a wrong file, too little memory: health says failed
            self._failed = True
            _log.exception("The embedding model could not be loaded")
