// Writes tests/data/vectors/key_tree_differential.json: 1,000 random nodes of each kind of tree, as other libraries compute them.
// Run it where npm has installed @scure/bip32 and ed25519-hd-key:  node key_tree_differential.mjs > key_tree_differential.json
//
// Seed i is SHA-256("custos key tree i"); its path comes from SHA-256("custos key path i"): byte 0 gives 1 to 8 steps, and each 3
// bytes behind it one step, the top bit of the first telling whether it is hardened (always, for Ed25519). A row is the first 8
// bytes of SHA-256(private key ‖ chain code ‖ public key ‖ fingerprint of the parent).
import {createHash} from 'node:crypto';
import {HDKey} from '@scure/bip32';
import * as ed25519 from 'ed25519-hd-key';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const ripemd160 = (bytes) => createHash('ripemd160').update(bytes).digest();

function path_of(i, hardened) {
  const bytes = sha256(`custos key path ${i}`);
  let path = 'm';
  for (let step = 0; step < 1 + (bytes[0] % 8); ++step) {
    const [a, b, c] = bytes.subarray(1 + 3 * step);
    path += `/${(a & 0x7f) * 65536 + b * 256 + c}${hardened || a >= 0x80 ? "'" : ''}`;
  }
  return path;
}

function secp256k1(seed, path) {
  const key = HDKey.fromMasterSeed(seed).derive(path);
  const parent = Buffer.alloc(4);
  parent.writeUInt32BE(key.parentFingerprint);
  return [key.privateKey, key.chainCode, key.publicKey, parent];
}

function edwards(seed, path) {
  const key = ed25519.derivePath(path, seed.toString('hex'));
  const above = path.slice(0, path.lastIndexOf('/'));
  const parent = above === 'm' ? ed25519.getMasterKeyFromSeed(seed.toString('hex')) : ed25519.derivePath(above, seed.toString('hex'));
  const fingerprint = ripemd160(sha256(ed25519.getPublicKey(parent.key))).subarray(0, 4);
  return [key.key, key.chainCode, ed25519.getPublicKey(key.key, false), fingerprint];
}

const rows = {bip32: [], 'slip10-ed25519': []};
for (let i = 0; i < 1000; ++i) {
  const seed = sha256(`custos key tree ${i}`);
  rows.bip32.push(sha256(...secp256k1(seed, path_of(i, false))).toString('hex', 0, 8));
  rows['slip10-ed25519'].push(sha256(...edwards(seed, path_of(i, true))).toString('hex', 0, 8));
}
const lines = (list) => list.reduce((text, row, i) => text + (i === 0 ? '' : i % 6 === 0 ? ',\n    ' : ', ') + `"${row}"`, '');
console.log(`{
 "source": "tests/key/key_tree_differential.mjs with npm @scure/bip32 2.4.0 and ed25519-hd-key 2.0.0",
 "vectors": {
  "bip32": [
    ${lines(rows.bip32)}],
  "slip10-ed25519": [
    ${lines(rows['slip10-ed25519'])}]
 }
}`);
