#!/usr/bin/env bash
# tpm2.sh DIR COMMAND…: tpm2-pkcs11 on a software TPM (packages swtpm swtpm-tools tpm2-tools tpm2-abrmd libtss2-tcti-tabrmd0
# libtpm2-pkcs11-1 libtpm2-pkcs11-tools dbus-daemon). Between the two stands the resource manager tpm2-abrmd, without which three
# objects fill the TPM; a D-Bus session of our own starts it when it is first asked for.
. "$(dirname "$0")/common.sh"

module=$libraries/pkcs11/libtpm2_pkcs11.so
need swtpm swtpm
need tpm2-tools tpm2_dictionarylockout
need tpm2-abrmd tpm2-abrmd
need libtss2-tcti-tabrmd0 "$libraries/libtss2-tcti-tabrmd.so.0"
need libtpm2-pkcs11-1 "$module"
need libtpm2-pkcs11-tools tpm2_ptool
need dbus-daemon dbus-run-session

mkdir -p "$dir"/{state,store,share/dbus-1/services}
# Answers when it listens, and goes on in the background.
swtpm socket --tpm2 --tpmstate "dir=$dir/state" --server "type=unixio,path=$dir/tpm" --ctrl "type=unixio,path=$dir/tpm.ctrl" \
  --flags not-need-init,startup-clear --daemon --pid "file=$dir/swtpm.pid"
trap 'kill "$(cat "$dir/swtpm.pid")" 2> /dev/null || true' EXIT

printf '%s\n' '[D-BUS Service]' 'Name=com.intel.tss2.Tabrmd' \
  "Exec=$(command -v tpm2-abrmd) --allow-root --session --tcti=swtpm:path=$dir/tpm" \
  > "$dir/share/dbus-1/services/com.intel.tss2.Tabrmd.service"
export XDG_DATA_HOME=$dir/share dir so_pin
export TPM2_PKCS11_STORE=$dir/store TPM2_PKCS11_LOG_LEVEL=0 TSS2_LOG=all+NONE
manager=tabrmd:bus_name=com.intel.tss2.Tabrmd,bus_type=session
export TPM2TOOLS_TCTI=$manager TPM2_PKCS11_TCTI=$manager
export TOKEN_MODULE=$module TOKEN_URI=pkcs11:token=contract
dbus-run-session -- bash -euc '
  { tpm2_ptool init --path "$TPM2_PKCS11_STORE"
    tpm2_ptool addtoken --pid=1 --label=contract --userpin="$TOKEN_PIN" --sopin="$so_pin" --path "$TPM2_PKCS11_STORE"
    # So that wrong PINs, which are part of a test, do not lock the TPM.
    tpm2_dictionarylockout --setup-parameters --max-tries=1000 --recovery-time=1 --lockout-recovery-time=1 --clear-lockout
  } > "$dir/init.log" 2>&1
  "$@"' command "$@"
