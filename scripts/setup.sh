#!/bin/sh
# Installs what a fresh Debian lacks for building and testing, and nothing when all is there:
# a C compiler and linker, git, certificates, pip (fetches the small model). With --web also chromium, Node, npm and
# a small Chinese font, for the pages of the web UI.
set -eu

want_web=no
for word in "$@"; do
    case $word in
    --web) want_web=yes ;;
    *)
        echo "usage: scripts/setup.sh [--web]" >&2
        exit 2
        ;;
    esac
done

can_compile() {
    folder=$(mktemp -d)
    printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' >"$folder/probe.c"
    status=0
    cc "$folder/probe.c" -o "$folder/probe" 2>"$folder/errors" || status=1
    rm -rf "$folder"
    return $status
}

has_browser() {
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null; then return 0; fi
    done
    return 1
}

has_chinese_font() {
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh)" ]
}

if ! command -v cargo >/dev/null; then
    echo "error: cargo is not on the PATH" >&2
    echo "hint: install Rust with rustup (https://rustup.rs), open a new shell, and run this again" >&2
    exit 5
fi

missing=
can_compile || missing="$missing gcc libc6-dev"
command -v git >/dev/null || missing="$missing git"
[ -s /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
python3 -m pip --version >/dev/null 2>&1 || missing="$missing python3-pip"
if [ "$want_web" = yes ]; then
    has_browser || missing="$missing chromium"
    command -v node >/dev/null || missing="$missing nodejs"
    command -v npm >/dev/null || missing="$missing npm"
fi

# Without a Chinese font only pictures of pages in Chinese look wrong: that is no reason to fail.
fonts=
if [ "$want_web" = yes ] && ! has_chinese_font; then
    fonts="fontconfig fonts-wqy-microhei"
fi
note_fonts() {
    [ -z "$fonts" ] || echo "note: pages in Chinese show boxes: there is no Chinese font (as in Debian: $fonts)" >&2
}
if [ -z "$missing" ]; then
    note_fonts
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    echo "error: this system has no apt-get, and these are missing (names as in Debian):$missing" >&2
    echo "hint: install them with the system's own package manager and run this again" >&2
    exit 5
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "error: these are missing and only root can install them:$missing" >&2
    echo "hint: as root: apt-get update && apt-get install --no-install-recommends$missing" >&2
    exit 5
fi

echo "installing:$missing" >&2
# Word splitting is wanted: each name is one argument.
# shellcheck disable=SC2086
{
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
} >&2

if [ -n "$fonts" ]; then
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $fonts >&2 || note_fonts
fi
