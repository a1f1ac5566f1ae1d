"""The packages of the wheel: the library, and the shipped encoder from ``models/`` as a part of it."""

from setuptools import find_packages, setup

ENCODER = "faq_component.shipped_encoder"

setup(
    packages=[*find_packages(include=["faq_component*"]), ENCODER],
    package_dir={ENCODER: "models/encoder"},
)
