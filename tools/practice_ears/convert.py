"""Converts a checkpoint to the CTranslate2 int8 model that faster-whisper loads.

python -m tools.practice_ears.convert --checkpoint run/last.pt --tokenizer tokenizer.json --out voicebot/speech/practice_ears
"""

import tempfile
from pathlib import Path
from typing import Annotated

import ctranslate2
import typer
from transformers import GenerationConfig, PreTrainedTokenizerFast

from tools.practice_ears.model import DECODER_LAYERS, HEADS, PracticeEars, load
from tools.practice_ears.tokens import Tokens

MODEL_FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")


def generation_config(tokens: Tokens) -> GenerationConfig:
    """Nothing is suppressed at the beginning: the end of text comes first where nobody speaks, and must be able to."""
    config = GenerationConfig(
        bos_token_id=tokens.start,
        eos_token_id=tokens.end,
        pad_token_id=tokens.end,
        decoder_start_token_id=tokens.start,
        max_length=200,
    )
    config.suppress_tokens = []
    config.begin_suppress_tokens = []
    config.alignment_heads = [[DECODER_LAYERS - 1, head] for head in range(HEADS)]
    return config


def main(
    checkpoint: Annotated[Path, typer.Option()],
    tokenizer: Annotated[Path, typer.Option()],
    out: Annotated[Path, typer.Option(help="folder that gets the model's files; other files in it are left alone")],
) -> None:
    """Writes model.bin, config.json, tokenizer.json and vocabulary.json."""
    tokens = Tokens(tokenizer)
    ears = PracticeEars(tokens)
    load(ears, checkpoint)
    ears.whisper.generation_config = generation_config(tokens)
    with tempfile.TemporaryDirectory() as scratch:
        source, converted = Path(scratch, "transformers"), Path(scratch, "ctranslate2")
        ears.whisper.save_pretrained(source)
        PreTrainedTokenizerFast(
            tokenizer_object=tokens.tokenizer,
            eos_token="<|endoftext|>",
            bos_token="<|startoftranscript|>",
            unk_token="<|endoftext|>",
        ).save_pretrained(source)
        converter = ctranslate2.converters.TransformersConverter(str(source), copy_files=["tokenizer.json"])
        converter.convert(str(converted), quantization="int8")
        out.mkdir(parents=True, exist_ok=True)
        for name in MODEL_FILES:
            (out / name).write_bytes((converted / name).read_bytes())
    typer.echo(", ".join(f"{name} {(out / name).stat().st_size / 1e6:.2f} MB" for name in MODEL_FILES))


if __name__ == "__main__":
    typer.run(main)
