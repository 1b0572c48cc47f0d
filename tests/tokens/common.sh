# What the scripts of this folder share. Each is called as NAME.sh DIR COMMAND…: it starts a token of its own in DIR, an empty
# folder with a short path, runs COMMAND, stops what it started, and ends with COMMAND's status. COMMAND finds in its environment
#   TOKEN_MODULE     the PKCS#11 library
#   TOKEN_URI        names the token (RFC 7512)
#   TOKEN_PIN        its user PIN
#   TOKEN_RESERVED   what C_Initialize wants as pReserved; empty: NULL
#   TOKEN_SHARED     1 where the library has one state in a process, however often it is loaded; else empty
# and what the module itself reads. A script that lacks something ends with status 77 and says in one line what.
set -euo pipefail

[ $# -ge 2 ] || { echo "usage: $(basename "$0") DIR COMMAND…" >&2; exit 2; }
dir=$(realpath "$1")
shift

libraries=/usr/lib/$(uname -m)-linux-gnu
so_pin=12345678
export TOKEN_PIN=1234 TOKEN_RESERVED= TOKEN_SHARED=

absent() {
  echo "$1" >&2
  exit 77
}

# need PACKAGE FILE-OR-COMMAND…
need() {
  local package=$1 wanted
  shift
  for wanted in "$@"; do
    [ -e "$wanted" ] || command -v "$wanted" > /dev/null || absent "the package $package is not installed (no $wanted)"
  done
}

# make_softhsm2_token LABEL: in `dir`; nothing of the system's is touched.
make_softhsm2_token() {
  softhsm2=/usr/lib/softhsm/libsofthsm2.so
  need softhsm2 softhsm2-util "$softhsm2"
  mkdir "$dir/tokens"
  export SOFTHSM2_CONF=$dir/softhsm2.conf
  printf '%s\n' "directories.tokendir = $dir/tokens" 'objectstore.backend = file' 'log.level = ERROR' \
    'slots.removable = false' > "$SOFTHSM2_CONF"
  softhsm2-util --init-token --free --label "$1" --so-pin "$so_pin" --pin "$TOKEN_PIN" > "$dir/init.log"
}
