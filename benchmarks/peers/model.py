"""Convert the shipped encoder to a folder of sentence-transformers, in float32 and in that library's ONNX int8.

`python -m benchmarks.peers.model FOLDER` writes the float32 model; `... FOLDER --int8` adds the int8 one, which needs
the packages of requirements-onnx.txt.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

ENCODER = Path("models/encoder")


def write_float(folder: Path) -> None:
    """Write the float32 model."""
    from sentence_transformers import SentenceTransformer

    from faq_component.encoders.metadata import EncoderMetadata
    from faq_component.training.checkpoints.dequantize import dequantize_encoder

    with tempfile.TemporaryDirectory() as temporary:
        checkpoint = Path(temporary) / "checkpoint"
        dequantize_encoder(ENCODER, checkpoint)
        modules: Any = SentenceTransformer(str(checkpoint), device="cpu")  # mean pooling, as in ours
        modules.max_seq_length = EncoderMetadata.read(ENCODER, verify=False).max_length
        modules.float().save(str(folder))
    # transformers 5 writes a class name that transformers 4, which the int8 peer needs, does not know.
    file = folder / "tokenizer_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "tokenizer_class": "PreTrainedTokenizerFast"}))


def add_int8(folder: Path) -> None:
    """Export and quantise with the functions of sentence-transformers."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.backend import export_dynamic_quantized_onnx_model

    model = SentenceTransformer(str(folder), device="cpu", backend="onnx")
    export_dynamic_quantized_onnx_model(model, "avx512_vnni", str(folder), file_suffix="qint8")


def main() -> None:
    """Write the models."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--int8", action="store_true")
    arguments = parser.parse_args()
    (add_int8 if arguments.int8 else write_float)(arguments.folder)


if __name__ == "__main__":
    main()
