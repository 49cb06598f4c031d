"""The tokenizer: 512 byte-level pieces, then Whisper's special tokens and timestamps under their usual names."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

PIECES = 512
TIMESTAMPS = 501  # 0.00 s to 10.00 s in steps of 20 ms
SPECIAL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|fr|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
CHARACTERS = " abcdefghijklmnopqrstuvwxyz'àâäçéèêëîïôöùûüÿœæñ"  # the alphabet of normalise(), for the CTC head


def train_tokenizer(texts: Iterable[str], path: Path) -> None:
    """Learns the pieces from training texts and writes the tokenizer file."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=PIECES, initial_alphabet=alphabet))
    tokenizer.add_special_tokens([*SPECIAL, *(f"<|{step * 0.02:.2f}|>" for step in range(TIMESTAMPS))])
    tokenizer.save(str(path))


class Tokens:
    """Token ids of texts and of the special tokens that training needs."""

    def __init__(self, path: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(path))
        self.size = self.tokenizer.get_vocab_size()
        self.end = self._id("<|endoftext|>")
        self.start = self._id("<|startoftranscript|>")
        self.no_speech = self._id("<|nospeech|>")
        self.no_timestamps = self._id("<|notimestamps|>")
        self.time_zero = self._id("<|0.00|>")
        self._known: dict[str, list[int]] = {}

    def _id(self, token: str) -> int:
        identifier = self.tokenizer.token_to_id(token)
        if identifier is None:
            raise ValueError(f"the tokenizer has no token {token}")
        return identifier

    def pieces(self, text: str) -> list[int]:
        if text not in self._known:
            self._known[text] = self.tokenizer.encode(text).ids if text else []
        return self._known[text]

    def time(self, seconds: float) -> int | None:
        """Timestamp token of an offset, or None past the last one."""
        step = round(seconds / 0.02)
        return self.time_zero + step if step < TIMESTAMPS else None
