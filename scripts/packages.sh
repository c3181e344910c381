#!/bin/sh
# Installs what building llama.cpp needs and a fresh Debian lacks: a compiler, CMake, pip's environments, and with --bindings
# libclang, which reads its headers.
set -eu
missing=
command -v cmake >/dev/null || missing="$missing cmake"
command -v g++ >/dev/null || missing="$missing g++"
# `venv` alone is there without the package too, and cannot make an environment with pip.
python3 -c 'import ensurepip' >/dev/null 2>&1 || missing="$missing python3-venv"
if [ "${1:-}" = --bindings ]; then
    # `libclang-cpp` is another library.
    ls /usr/lib/llvm-*/lib/libclang[.-][so0-9]* /usr/lib/*/libclang[.-][so0-9]* 2>/dev/null | grep -q . || missing="$missing libclang-dev"
fi
[ -n "$missing" ] || exit 0
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
echo "installing:$missing" >&2
# Word splitting is wanted: each word is one package.
# shellcheck disable=SC2086
{
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
} >&2
