#!/usr/bin/env bash
# softhsm2.sh DIR COMMAND…: SoftHSM2 (package softhsm2).
. "$(dirname "$0")/common.sh"

make_softhsm2_token contract
export TOKEN_MODULE=$softhsm2 TOKEN_URI=pkcs11:token=contract
"$@"
