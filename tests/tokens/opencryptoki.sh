#!/usr/bin/env bash
# opencryptoki.sh DIR COMMAND…: openCryptoki's software token (packages opencryptoki opensc). Its paths are compiled in, so it runs
# in mount, ipc and pid namespaces of its own, with its own daemon, which ends with the namespace. As another user than root
# it takes a user namespace besides.
. "$(dirname "$0")/common.sh"

need opencryptoki pkcsslotd "$libraries/opencryptoki/libopencryptoki.so.0"
need opensc pkcs11-tool
spaces=(--mount --ipc --pid --mount-proc --fork --kill-child)
[ "$(id -u)" -eq 0 ] || spaces+=(--user --map-root-user)
unshare "${spaces[@]}" true 2> /dev/null || absent "this machine gives no namespaces (unshare ${spaces[*]})"

mkdir -p "$dir"/{etc,lib/swtok/TOK_OBJ,run/lock/opencryptoki/swtok}
chmod -R 770 "$dir/lib" "$dir/run"
printf 'version opencryptoki-3.1\nslot 0\n{\nstdll = libpkcs11_sw.so\n}\n' > "$dir/etc/opencryptoki.conf"
{ sed '/^pkcs11:/d' /etc/group; echo 'pkcs11:x:0:root'; } > "$dir/group"  # it refuses who is not in that group

export TOKEN_MODULE=$libraries/opencryptoki/libopencryptoki.so.0 TOKEN_URI=pkcs11:token=contract TOKEN_SHARED=1
export dir so_pin
exec unshare "${spaces[@]}" bash -euc '
  mount --bind "$dir/etc" /etc/opencryptoki
  mount --bind "$dir/lib" /var/lib/opencryptoki
  mount --bind "$dir/run" /run
  mount --bind "$dir/group" /etc/group
  pkcsslotd  # answers when it listens
  # A token is born with the SO PIN 87654321, which must be changed before it lets anybody work.
  tool() { pkcs11-tool --module "$TOKEN_MODULE" --slot 0 "$@" >> "$dir/init.log" 2>&1; }
  tool --init-token --label contract --so-pin 87654321
  tool --login --login-type so --so-pin 87654321 --change-pin --new-pin "$so_pin"
  tool --init-pin --login --so-pin "$so_pin" --new-pin "$TOKEN_PIN"
  "$@"' command "$@"
