#!/usr/bin/env bash
# Runs check.c on 64-bit ARM: natively where the processor is one, otherwise under qemu-aarch64 with Debian's packages
# qemu-user, gcc-aarch64-linux-gnu and libc6-dev-arm64-cross.
set -euo pipefail
cd "$(dirname "$0")/../.."
program=$(mktemp)
trap 'rm -f "$program"' EXIT
kernels=Sources/CKernels
clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
flags=(-O2 -std=gnu11 -Wall -I$kernels/include -I$kernels Tests/Neon/check.c $kernels/*.c -lm -lpthread -o "$program")
if [ "$(uname -m)" = aarch64 ]; then
  "$clang" "${flags[@]}"
  "$program"
else
  "$clang" --target=aarch64-linux-gnu -fuse-ld=/usr/bin/aarch64-linux-gnu-ld -static "${flags[@]}"
  qemu-aarch64 "$program"
fi
