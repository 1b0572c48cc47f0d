#!/usr/bin/env bash
# Installs a build into a temporary prefix, builds tests/install/consumer against it with find_package and with pkg-config, and
# runs both programs: each makes a home, imports a secret and signs.
# Usage: install_test.sh BUILD_DIR CXX
set -euo pipefail

build=$1
cxx=$2
consumer=$(cd "$(dirname "$0")/consumer" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

echo "install into a temporary prefix"
cmake --install "$build" --prefix "$prefix" > "$scratch/install.log" || { cat "$scratch/install.log"; exit 1; }

echo "find_package(custos)"
cmake -S "$consumer" -B "$scratch/cmake" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_FLAGS="-Wall -Wextra -Wpedantic -Werror"
cmake --build "$scratch/cmake"
"$scratch/cmake/consumer" "$scratch/home-cmake"

echo "pkg-config custos"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name custos.pc)")
export PKG_CONFIG_PATH
libdir=$(pkg-config --variable=libdir custos)
read -ra flags <<< "$(pkg-config --cflags --libs custos)"
"$cxx" -std=c++20 -Wall -Wextra -Wpedantic -Werror "$consumer/sign.cc" "${flags[@]}" -Wl,-rpath,"$libdir" -o "$scratch/consumer"
"$scratch/consumer" "$scratch/home-pkg-config"

echo "the installed command line tool finds its library"
"$prefix/bin/custos" --help > "$scratch/help.txt"
