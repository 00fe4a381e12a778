#!/bin/sh
# What this machine offers Speech Lab. The Makefile calls it; it changes nothing except with --install.
#
#   check_system.sh python [GIVEN]   print the Python 3.10 to 3.12 to build .venv with, or one line saying there is none
#   check_system.sh report           name what is missing to install, run and test the app, in one line; always succeeds
#   check_system.sh report run       the same for what the installed app calls while it runs
#   check_system.sh --install        install it where that needs no question (Debian or Ubuntu, as root), else report
set -eu

# Is "$1" a Python 3.10 to 3.12? pyenv's python3.12 may lie on PATH and still refuse to run, so run it.
is_supported() {
    "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' >/dev/null 2>&1
}

# Can "$1" make a virtual environment and compile against itself? Debian's bare python3 can do neither.
is_complete() {
    "$1" -c 'import ensurepip, pathlib, sysconfig, venv
raise SystemExit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())' >/dev/null 2>&1
}

candidates() {
    printf '%s\n' python3 python3.12 python3.11 python3.10
    for path in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[0-2]*/bin/python3; do
        [ ! -x "$path" ] || printf '%s\n' "$path"
    done
}

# Prints the first complete Python; else the first supported one, whose shortcomings the report names.
find_python() {
    if [ -n "${1:-}" ]; then
        is_supported "$1" && printf '%s\n' "$1"
        return
    fi
    spare=''
    for python in $(candidates); do
        is_supported "$python" || continue
        if is_complete "$python"; then
            printf '%s\n' "$python"
            return
        fi
        spare=${spare:-$python}
    done
    [ -n "$spare" ] && printf '%s\n' "$spare"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

has_chromium() {
    has chromium || has chromium-browser || has google-chrome || has google-chrome-stable ||
        [ -d '/Applications/Chromium.app' ] || [ -d '/Applications/Google Chrome.app' ]
}

# A compiler without the C library's headers is no compiler, so let it read one.
has_compiler() {
    if [ "$(uname)" = Darwin ]; then
        xcode-select -p >/dev/null 2>&1 # `cc` alone would open a dialog
        return
    fi
    echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1 && echo '#include <vector>' | c++ -x c++ -E - >/dev/null 2>&1
}

# lacks WHAT DEBIAN HOMEBREW FEDORA: notes a missing thing and the package that brings it in each system.
names='' debian='' homebrew='' fedora=''
lacks() {
    names="$names${names:+, }$1"
    debian="$debian $2" homebrew="$homebrew $3" fedora="$fedora $4"
}

# look_around [run]: fills the four lists.
look_around() {
    names='' debian='' homebrew='' fedora=''
    has ffmpeg || lacks ffmpeg ffmpeg ffmpeg ffmpeg-free
    has espeak-ng || lacks espeak-ng espeak-ng espeak-ng espeak-ng
    [ "${1:-}" != run ] || return 0
    python=$(find_python "${PYTHON:-}") || python=
    if [ -z "$python" ]; then
        # Only the default Python of a system has a package of this name, and it may be too new: `python` then says so.
        lacks 'Python 3.10 to 3.12' 'python3 python3-venv python3-dev' python@3.12 python3.12-devel
    elif ! is_complete "$python"; then
        version=$("$python" -c 'import sys; print("python3.%d" % sys.version_info[1])')
        lacks "the venv module or C headers of $python" "$version-venv $version-dev" python@3.12 "$version-devel"
    fi
    has_compiler || lacks 'a C and C++ compiler' 'gcc g++ libc6-dev' gcc 'gcc gcc-c++'
    chromium=chromium
    if grep -qs '^ID=ubuntu' /etc/os-release; then chromium='chromium-browser'; fi
    has_chromium || lacks 'Chromium (for make test only)' "$chromium" chromium chromium
    # Debian keeps it where only root looks.
    has nginx || [ -x /usr/sbin/nginx ] || lacks 'nginx (for make test only)' nginx nginx nginx
}

report() {
    [ -n "$names" ] || return 0
    sudo='sudo '
    if [ "$(id -u)" = 0 ]; then sudo=; fi
    if has apt-get; then
        how="install with: ${sudo}apt-get install -y$debian"
    elif has brew; then
        how="install with: brew install$homebrew"
    elif has dnf; then
        how="install with: ${sudo}dnf install -y$fedora"
    else
        how="install with your system's package manager:$debian"
    fi
    echo "This machine lacks $names; $how" >&2
}

install_missing() {
    [ -n "$names" ] || return 0
    if ! has apt-get || [ "$(id -u)" != 0 ]; then
        report
        return
    fi
    echo "Installing Debian packages:$debian" >&2
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    # The tests start an nginx of their own; the package alone must not open a web server here. Debian asks this file.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
    fi
    # shellcheck disable=SC2086 # the names are words of their own
    if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $debian; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
    fi
    rm -f "$log"
    look_around
    report # whatever is still missing
}

case "${1:-report}" in
python)
    if ! find_python "${2:-}"; then
        if [ -n "${2:-}" ]; then
            echo "PYTHON=$2 is not a Python 3.10 to 3.12: name one that is, or leave PYTHON out" >&2
        else
            echo "No Python 3.10 to 3.12 found: install one (python.org, pyenv or your system's packages) or name it with PYTHON=/path/to/python3" >&2
        fi
        exit 1
    fi
    ;;
report)
    look_around "${2:-}"
    report
    ;;
--install)
    look_around
    install_missing
    ;;
*)
    echo "usage: check_system.sh [python [GIVEN] | report [run] | --install]" >&2
    exit 2
    ;;
esac
