"""Rasa without TensorFlow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from faq_component.rasa.process.launch import quiet_environment
from faq_component.rasa.process.light_rasa import LIGHT, light_components
from tests.servers import ROOT, Bot

BEGIN = (
    "from faq_component.rasa import patches; from faq_component.rasa.process.light_rasa import LIGHT;"
    "patches.register_named_components(LIGHT); patches.leave_out_tensorflow();"
)


def test_the_configuration_that_comes_with_the_bot_is_light() -> None:
    assert light_components(ROOT / "config.yml") == [
        "JiebaTokenizer",
        "RegexEntityExtractor",
        "FallbackClassifier",
        "RulePolicy",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "pipeline: [{name: JiebaTokenizer}, {name: DIETClassifier}]\npolicies: [{name: RulePolicy}]",
        "pipeline: [{name: JiebaTokenizer}]\npolicies: [{name: TEDPolicy}]",
        "pipeline: [{name: somebody.else.Component}]\npolicies: []",
        "pipeline: [{name: JiebaTokenizer}]",  # Rasa has policies of its own then
        "pipeline: JiebaTokenizer\npolicies: []",
        "pipeline: [{}]\npolicies: []",
        "pipeline: [",
        "- a list",
    ],
)
def test_whatever_may_need_tensorflow_is_left_to_rasa(tmp_path: Path, content: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text(content, "utf-8")
    assert light_components(config) is None


def test_a_missing_configuration_is_left_to_rasa(tmp_path: Path) -> None:
    assert light_components(tmp_path / "config.yml") is None


def run(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", BEGIN + code], capture_output=True, text=True, env=quiet_environment(), timeout=120
    )
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


def test_every_light_component_can_be_had_and_tensorflow_stays_out() -> None:
    shown = run(
        "from rasa.engine.recipes.default_components import DEFAULT_COMPONENTS as found;"
        "import tensorflow.keras.layers as layers;"
        "print(*[component.__name__ for component in found], hasattr(layers, '__file__'))"
    )
    assert shown.split() == [*LIGHT, "False"]


def test_what_is_left_out_can_be_a_base_but_not_be_called() -> None:
    shown = run(
        "import tensorflow as tf\n"
        "class Model(tf.keras.Model):\n"
        "    @tf.function(input_signature=1)\n"
        "    def call(self, x: tf.Tensor) -> tf.Tensor: return x\n"
        "    @tf.function\n"
        "    def other(self): return 2\n"
        "print(Model.call(None, 1), Model.other(None))\n"
        "try: Model()\n"
        "except RuntimeError as error: print(error)\n"
    )
    assert shown.startswith("1 2\nModel of TensorFlow is needed, which was left out because")


def test_a_running_bot_has_no_tensorflow_in_memory(bot: Bot) -> None:
    maps = Path(f"/proc/{bot.rasa.pid}/maps")
    if not maps.exists():
        pytest.skip("there is no /proc to look into")
    loaded = maps.read_text("utf-8")
    assert "onnxruntime" in loaded
    assert "libtensorflow" not in loaded
    assert "_pywrap_tensorflow" not in loaded
