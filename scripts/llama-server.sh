#!/bin/sh
# Builds llama.cpp's server from the sources that PyPI's llama-cpp-python carries, and runs what needs one: `--serve
# llama-server` end to end with the small model. Installs what a fresh Debian lacks for that. The binary is kept below
# target/test-assets; EVALSCOPE_TEST_LLAMA_SERVER names another one, which is then not built.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
version=0.3.36
checksum=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
folder=$root/target/test-assets/llama-server-$version

build() {
    partial=$folder.partial
    rm -rf "$partial"
    mkdir -p "$partial"
    echo "llama-cpp-python==$version --hash=sha256:$checksum" >"$partial/requirement.txt"
    # pip looks at the package's build before it hands it out, in a venv so that nothing else is touched.
    python3 -m venv "$partial/venv"
    "$partial/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary llama-cpp-python --require-hashes \
        --dest "$partial" --requirement "$partial/requirement.txt" >&2
    tar -xzf "$partial/llama_cpp_python-$version.tar.gz" -C "$partial"
    # The web UI would be fetched, and encryption would need OpenSSL; neither is used.
    cmake -S "$partial/llama_cpp_python-$version/vendor/llama.cpp" -B "$partial/build" -DCMAKE_BUILD_TYPE=Release \
        -DBUILD_SHARED_LIBS=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF \
        -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF -DLLAMA_OPENSSL=OFF -DGGML_OPENMP=OFF >&2
    cmake --build "$partial/build" --target llama-server --parallel "$(nproc)" >&2
    mkdir "$folder"
    mv "$partial/build/bin/llama-server" "$folder/"
    rm -rf "$partial"
}

if [ -z "${EVALSCOPE_TEST_LLAMA_SERVER:-}" ]; then
    EVALSCOPE_TEST_LLAMA_SERVER=$folder/llama-server
    export EVALSCOPE_TEST_LLAMA_SERVER
    if [ ! -x "$EVALSCOPE_TEST_LLAMA_SERVER" ]; then
        scripts/packages.sh
        build
    fi
fi
exec scripts/test.sh -p evalscope-cli --test e2e -- llama_server --nocapture
