"""Real models small enough to be built in a test: a Whisper that writes the language it was told, and a Piper voice."""

from __future__ import annotations

import json
from pathlib import Path

import ctranslate2
import numpy as np
import onnx
from faster_whisper.tokenizer import _LANGUAGE_CODES
from onnx import TensorProto, helper
from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WIDTH = 16
WORDS = ("[unk]", "bonjour", "hello", "")
"""CTranslate2 takes a vocabulary with an empty word for a multilingual one, as Whisper's is."""
FRENCH_WORD, ENGLISH_WORD, END = 1, 2, len(WORDS)
SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{code}|>" for code in _LANGUAGE_CODES),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
    *(f"<|{n * 0.02:.2f}|>" for n in range(1501)),
)


def build_multilingual_ears(folder: Path) -> Path:
    """A multilingual CTranslate2 Whisper that writes « bonjour » when its prompt has the French token, "hello" when it
    has the English one, whatever the sound."""
    tokens = [*WORDS, *SPECIAL]
    spec = ctranslate2.specs.WhisperSpec(1, 1, 1, 1)
    _fill_encoder(spec.encoder)
    _fill_decoder(spec.decoder, tokens)
    spec.register_vocabulary(tokens)
    spec.config.lang_ids = [tokens.index(f"<|{code}|>") for code in _LANGUAGE_CODES]
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], [END]
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    folder.mkdir(parents=True)
    spec.save(str(folder))
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[unk]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def _fill_norm(norm) -> None:
    norm.gamma, norm.beta = np.ones(WIDTH, np.float32), _zeros(WIDTH)


def _fill_linear(linear, rows: int, columns: int, weight: np.ndarray | None = None) -> None:
    linear.weight, linear.bias = _zeros(rows, columns) if weight is None else weight, _zeros(rows)


def _fill_block(block, attention_weight: np.ndarray | None = None, out: np.ndarray | None = None) -> None:
    _fill_norm(block.self_attention.layer_norm)
    _fill_linear(block.self_attention.linear[0], 3 * WIDTH, WIDTH, attention_weight)
    _fill_linear(block.self_attention.linear[1], WIDTH, WIDTH, out)
    _fill_norm(block.ffn.layer_norm)
    _fill_linear(block.ffn.linear_0, 4 * WIDTH, WIDTH)
    _fill_linear(block.ffn.linear_1, WIDTH, 4 * WIDTH)


def _fill_encoder(encoder) -> None:
    encoder.conv1.weight, encoder.conv1.bias = _zeros(WIDTH, 80, 3), _zeros(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = _zeros(WIDTH, WIDTH, 3), _zeros(WIDTH)
    encoder.position_encodings.encodings = _zeros(1500, WIDTH)
    _fill_norm(encoder.layer_norm)
    _fill_block(encoder.layer[0])


def _fill_decoder(decoder, tokens: list[str]) -> None:
    """Channel 0: told French; 1: told English; 2: a word was written. Attention is a plain mean of what came before."""
    told = _zeros(len(tokens), WIDTH)
    told[tokens.index("<|fr|>"), 0] = 10
    told[tokens.index("<|en|>"), 1] = 10
    told[[FRENCH_WORD, ENGLISH_WORD], 2] = 10
    decoder.embeddings.weight = told
    decoder.position_encodings.encodings = _zeros(448, WIDTH)
    written = _zeros(len(tokens), WIDTH)
    written[FRENCH_WORD, 0] = written[ENGLISH_WORD, 1] = written[END, 2] = 20
    _fill_linear(decoder.projection, len(tokens), WIDTH, written)
    _fill_norm(decoder.layer_norm)
    block = decoder.layer[0]
    values_only = np.concatenate([_zeros(2 * WIDTH, WIDTH), np.eye(WIDTH, dtype=np.float32)])
    _fill_block(block, values_only, np.eye(WIDTH, dtype=np.float32))
    _fill_norm(block.attention.layer_norm)
    _fill_linear(block.attention.linear[0], WIDTH, WIDTH)
    _fill_linear(block.attention.linear[1], 2 * WIDTH, WIDTH)
    _fill_linear(block.attention.linear[2], WIDTH, WIDTH)


SAMPLES_PER_PHONEME = 800


def build_piper_voice(folder: Path, name: str, espeak_voice: str = "fr", rate_hz: int = 22050) -> Path:
    """A Piper voice that hums 800 samples for each phoneme id, at a pitch of its own: real inputs, outputs, config."""
    folder.mkdir(parents=True, exist_ok=True)
    length = SAMPLES_PER_PHONEME
    time_s = (np.arange(length, dtype=np.float32) / rate_hz).reshape(1, 1, length)
    two_pi_t = helper.make_tensor("two_pi_t", TensorProto.FLOAT, time_s.shape, (2 * np.pi * time_s).ravel())
    # The pitch of phoneme n is a whole number of periods, so that pieces join without clicks.
    step = helper.make_tensor("step", TensorProto.FLOAT, [1], [rate_hz / length])
    base = helper.make_tensor("base", TensorProto.FLOAT, [1], [8 * rate_hz / length])
    loud = helper.make_tensor("loud", TensorProto.FLOAT, [1], [0.5])
    column = helper.make_tensor("column", TensorProto.INT64, [3], [1, -1, 1])
    line = helper.make_tensor("line", TensorProto.INT64, [3], [1, 1, -1])
    nodes = [
        helper.make_node("Cast", ["input"], ["ids"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["ids", "column"], ["ids_column"]),
        helper.make_node("Mul", ["ids_column", "step"], ["raised"]),
        helper.make_node("Add", ["raised", "base"], ["pitch_hz"]),
        helper.make_node("Mul", ["pitch_hz", "two_pi_t"], ["phase"]),
        helper.make_node("Sin", ["phase"], ["hum"]),
        helper.make_node("Mul", ["hum", "loud"], ["softer"]),
        helper.make_node("Reshape", ["softer", "line"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "hum",
        [
            helper.make_tensor_value_info("input", TensorProto.INT64, ["batch", "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch"]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, 1, "samples"])],
        [two_pi_t, step, base, loud, column, line],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    onnx.save(model, str(folder / f"{name}.onnx"))
    config = {
        "audio": {"sample_rate": rate_hz, "quality": "tiny"},
        "espeak": {"voice": espeak_voice},
        "phoneme_type": "espeak",
        "num_symbols": 256,
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_id_map": dict(DEFAULT_PHONEME_ID_MAP),
        "speaker_id_map": {},
    }
    (folder / f"{name}.onnx.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
