"""From texts to vectors."""

from faq_component.encoders.onnx import OnnxEncoder
from faq_component.encoders.types import Encoder, Vectors

__all__ = ["Encoder", "OnnxEncoder", "Vectors"]
