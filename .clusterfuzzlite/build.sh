#!/bin/bash -eu
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For ClusterFuzzLite and OSS-Fuzz: the targets with whatever compiler, flags and engine they ask for
# ($CC, $CFLAGS, $LIB_FUZZING_ENGINE), each with its seeds, its dictionary and, next to it, the libraries that
# it needs. FUZZ_TARGETS: only those.
build=${WORK:?}/swme
meson setup "$build" --buildtype=debugoptimized -Db_ndebug=false -Db_lundef=false -Dfuzz=true \
  -Dfuzz_engine="${LIB_FUZZING_ENGINE:--fsanitize=fuzzer}" -Dc_link_args="-Wl,-rpath,'\$ORIGIN/lib'"
mkdir -p "${OUT:?}/lib"
for target in ${FUZZ_TARGETS:-$(scripts/fuzz --list)}; do
  name=fuzz-$target
  corpus=tests/fuzz/corpus/$target
  ninja -C "$build" "tests/fuzz/$name"
  cp "$build/tests/fuzz/$name" "$OUT/"
  ldd "$build/tests/fuzz/$name" | awk '$3 ~ /^\// {print $3}' |
    grep -Ev '/(libc|libm|libdl|libpthread|librt|ld-linux[^/]*)\.so' | xargs -r cp -Lnt "$OUT/lib"
  [ ! -d "$corpus" ] || zip -qj "$OUT/${name}_seed_corpus.zip" "$corpus"/*
  [ ! -e "$corpus.dict" ] || cp "$corpus.dict" "$OUT/$name.dict"
done
