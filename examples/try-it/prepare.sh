#!/bin/sh
# Make a folder with the files the tutorials in docs/ talk about:  sh examples/try-it/prepare.sh FOLDER
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:?give the folder to make}
vectors=$here/fixtures/vectors
mkdir -p "$target/van-ban-den"
cp "$vectors/long-an/2691-ct-ubnd-production/document.pdf" "$target/van-ban-den/chi-thi-2691.pdf"
cp "$vectors/long-an/2691-ct-ubnd/document.pdf" "$target/van-ban-den/chi-thi-2691-thu.pdf"
cp "$vectors/bytes/changed-in-first-range/document.pdf" "$target/van-ban-den/bi-sua.pdf"
cp -R "$here/fixtures/pki" "$target/goc-tin-cay"
rm -rf "$target/goc-tin-cay/keys"
