"""The network: Whisper's architecture at 3.4 million parameters, with a character CTC head used in training only."""

from pathlib import Path

import torch
from torch.nn import functional
from transformers import WhisperConfig, WhisperForConditionalGeneration

from tools.practice_ears.tokens import CHARACTERS, Tokens

WIDTH = 192
HEADS = 4
ENCODER_LAYERS, DECODER_LAYERS = 4, 2
ENCODER_POSITIONS = 1500  # 30 s: WhisperModel.transcribe always pads to that
DECODER_POSITIONS = 448  # faster-whisper's max_length; a shorter table fails when decoding runs on
BLANK = len(CHARACTERS)


def whisper_config(tokens: Tokens) -> WhisperConfig:
    return WhisperConfig(
        vocab_size=tokens.size, num_mel_bins=80, d_model=WIDTH, encoder_layers=ENCODER_LAYERS, decoder_layers=DECODER_LAYERS,
        encoder_attention_heads=HEADS, decoder_attention_heads=HEADS, encoder_ffn_dim=4 * WIDTH, decoder_ffn_dim=4 * WIDTH,
        max_source_positions=ENCODER_POSITIONS, max_target_positions=DECODER_POSITIONS, dropout=0.0, pad_token_id=tokens.end,
        bos_token_id=tokens.start, eos_token_id=tokens.end, decoder_start_token_id=tokens.start, begin_suppress_tokens=None,
        suppress_tokens=None,
    )  # fmt: skip


class PracticeEars(torch.nn.Module):
    """Whisper plus the CTC head."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self.whisper = WhisperForConditionalGeneration(whisper_config(tokens))
        self.whisper.set_attn_implementation("eager")  # on a CPU in bfloat16 a third faster than the flash kernel
        self.ctc = torch.nn.Linear(WIDTH, len(CHARACTERS) + 1)

    def encode(self, mel: torch.Tensor) -> torch.Tensor:
        """Whisper's encoder without its demand for 3,000 frames. mel: (batch, 80, frames), frames even."""
        encoder = self.whisper.model.encoder
        hidden = functional.gelu(encoder.conv1(mel))
        hidden = functional.gelu(encoder.conv2(hidden)).transpose(1, 2)
        hidden = hidden + encoder.embed_positions.weight[: hidden.shape[1]]
        for layer in encoder.layers:
            hidden = layer(hidden, attention_mask=None)
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        return encoder.layer_norm(hidden)

    def decode(self, inputs: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
        """Logits after each input token. inputs: (batch, length)."""
        decoder = self.whisper.model.decoder
        state = decoder(input_ids=inputs, encoder_hidden_states=hidden, use_cache=False).last_hidden_state
        return self.whisper.proj_out(state)


def save(ears: PracticeEars, path: Path) -> None:
    """Writes weights; the sinusoidal positions are left out, being a formula."""
    weights = {name: tensor for name, tensor in ears.state_dict().items() if "encoder.embed_positions" not in name}
    temporary = path.with_suffix(".tmp")
    torch.save(weights, temporary)
    temporary.replace(path)


def load(ears: PracticeEars, path: Path) -> None:
    """Reads weights of save(), or of the stage-1 prototype ({"m": whisper, "c": ctc}; 200 decoder positions)."""
    stored = torch.load(path, map_location="cpu", weights_only=True)
    if set(stored) == {"m", "c"}:
        stored = {f"whisper.{name}": tensor for name, tensor in stored["m"].items()} | {
            f"ctc.{name}": tensor for name, tensor in stored["c"].items()
        }
    positions = "whisper.model.decoder.embed_positions.weight"
    table = ears.state_dict()[positions].clone()
    table[: len(stored[positions])] = stored[positions]
    stored[positions] = table
    stored = {name: tensor for name, tensor in stored.items() if "encoder.embed_positions" not in name}
    missing, unexpected = ears.load_state_dict(stored, strict=False)
    if unexpected or any("encoder.embed_positions" not in name for name in missing):
        raise ValueError(f"{path} does not fit this model: missing {missing}, unexpected {unexpected}")
