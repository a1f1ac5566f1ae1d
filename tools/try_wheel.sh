#!/bin/sh
# Builds the wheel, installs it into an environment, and makes and asks a new project in another folder with it:
# `sh tools/try_wheel.sh .venv-3.12`. Called by the Makefile.
set -eu
environment=$(cd "${1:?which environment}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for uv in uv "$HOME/.local/bin/uv" .uv/bin/uv; do
    if "$uv" --version >/dev/null 2>&1; then break; fi
done
"$uv" build --quiet --wheel --out-dir "$folder"
"$uv" pip install --quiet --python "$environment/bin/python" --no-deps --reinstall "$folder"/rasa_faq-*.whl
cd "$folder"
"$environment/bin/faq" init --new shop --language zh >/dev/null
cd shop
"$environment/bin/faq" ask 你们几点开门 | tee answer
grep -q 9点到18点 answer
