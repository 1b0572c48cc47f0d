#!/usr/bin/env bash
# nss.sh DIR COMMAND…: NSS's softoken with a key database of its own (packages libnss3 libnss3-tools).
. "$(dirname "$0")/common.sh"

need libnss3-tools certutil
need libnss3 "$libraries/libsoftokn3.so"
printf %s "$TOKEN_PIN" > "$dir/pin"
certutil -N -d "sql:$dir" -f "$dir/pin"
export TOKEN_MODULE=$libraries/libsoftokn3.so TOKEN_URI='pkcs11:token=NSS%20Certificate%20DB'
export TOKEN_RESERVED="configdir='sql:$dir' certPrefix='' keyPrefix='' secmod='secmod.db' flags="
"$@"
