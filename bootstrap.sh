#!/bin/sh
# Makes .venv with Python 3.10 and the locked requirements: `sh bootstrap.sh run` (chat) or `sh bootstrap.sh dev`
# (tests and training as well); `sh bootstrap.sh library 3.12` makes .venv-3.12 with what the library and the service
# need, and their tests, without Rasa. Nothing is installed outside this folder. Called by the Makefile.
set -eu
cd "$(dirname "$0")"
kind=${1:?which requirements: run, dev or library}
wanted=${2:-$(cat .python-version)}
venv=.venv${2:+-$2}

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# A command on the PATH may be a pyenv shim that fails in this folder: try it, do not only look for it.
works() {
    "$@" >/dev/null 2>&1
}

find_uv() {
    for candidate in uv "$HOME/.local/bin/uv" .uv/bin/uv; do
        if works "$candidate" --version; then
            uv=$candidate
            return
        fi
    done
    for python in python3 python3.12 python3.11 python3.10 python; do
        works "$python" -c 'import sys; assert sys.version_info >= (3, 8)' || continue
        echo "Installing uv into .uv ..."
        if works "$python" -m venv .uv && .uv/bin/python -m pip install --quiet --disable-pip-version-check uv; then
            uv=.uv/bin/uv
            return
        fi
        rm -rf .uv
        if works "$python" -m venv --help; then
            fail "uv could not be installed: check the network (or the proxy in HTTPS_PROXY) and python's venv module (Debian: apt install python3-venv), then run the command again."
        fi
    done
    fail "No Python was found to install uv with: install Python 3.10 (or uv itself), then run the command again."
}

find_python() {
    for candidate in "python$wanted" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$wanted"*/bin/python; do
        if works "$candidate" -c "import sys; assert '%d.%d' % sys.version_info[:2] == '$wanted'"; then
            python=$candidate
            return
        fi
    done
    if python=$("$uv" python find --no-project "$wanted" 2>/dev/null); then
        return
    fi
    echo "Python $wanted is not on this machine; asking uv for one ..."
    if "$uv" python install --quiet "$wanted" >/dev/null 2>&1 && python=$("$uv" python find --no-project "$wanted" 2>/dev/null); then
        return
    fi
    fail "Python $wanted is needed (Rasa's last open-source line runs on 3.10 only, the library and the service on 3.11 and 3.12 too) and was not found; install it with 'pyenv install $wanted', 'uv python install $wanted' or your system's packages, then run the command again."
}

find_uv
find_python
if [ -e "$venv" ]; then
    works "$venv/bin/python" -c "import sys; assert '%d.%d' % sys.version_info[:2] == '$wanted'" ||
        fail "$venv is not an environment of Python $wanted that works; remove it (make clean), then run the command again."
else
    "$uv" venv --quiet --python "$python" "$venv"
fi
echo "Installing the locked requirements ($kind) into $venv ..."
VIRTUAL_ENV=$PWD/$venv
export VIRTUAL_ENV
"$uv" pip install --python "$venv/bin/python" --require-hashes --requirements "requirements/$kind.txt" ||
    fail "The requirements could not be installed: check the network (or the proxy in HTTPS_PROXY) and the free disk space (3 GB for run, 8 GB for dev), then run the command again."
# The library is tried from its wheel (tools/try_wheel.sh).
[ "$kind" = library ] || "$uv" pip install --python "$venv/bin/python" --quiet --no-deps --no-build-isolation --editable .
touch "$venv/.$kind"
