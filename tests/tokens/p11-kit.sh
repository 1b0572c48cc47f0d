#!/usr/bin/env bash
# p11-kit.sh DIR COMMAND…: a SoftHSM2 token behind a Unix socket: p11-kit's server and its client module (packages softhsm2 p11-kit
# p11-kit-modules). COMMAND may kill or stop the server, $P11_KIT_SERVER_PID; each connection is a child of the server.
. "$(dirname "$0")/common.sh"

client=$libraries/pkcs11/p11-kit-client.so
need p11-kit p11-kit
need p11-kit-modules "$client"
make_softhsm2_token contract

# Answers when it listens, and goes on in the background.
eval "$(p11-kit server --provider "$softhsm2" --name "$dir/socket" pkcs11:token=contract)"
stop_server() {
  # shellcheck disable=SC2046  # one word for each child
  kill $(pgrep -P "$P11_KIT_SERVER_PID") "$P11_KIT_SERVER_PID" 2> /dev/null || true
}
trap stop_server EXIT

export TOKEN_MODULE=$client TOKEN_URI=pkcs11:token=contract
"$@"
