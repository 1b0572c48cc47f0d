// Usage: node compare-bitcoinjs.mjs CUSTOS FOLDER [--cases N] [--seed TEXT]
//
// Compares Custos's signing and finalizing of PSBTs with npm's bitcoinjs-lib ("npm install bitcoinjs-lib ecpair tiny-secp256k1" in
// FOLDER): inputs of every script that a key can appear in, in turn and mixed, other signers' signatures among them, of every sighash
// type. Everything must be the same but Schnorr signatures, which Custos makes with auxiliary randomness: those must be valid.
import { Custos, Random, compare, read_arguments } from './comparison.mjs';

const { custos, load, title, cases, seed } = read_arguments(110000, 'bitcoinjs-lib ecpair tiny-secp256k1');
const bitcoin = load('bitcoinjs-lib'), ecc = load('tiny-secp256k1'), pairs = load('ecpair').ECPairFactory(ecc);
bitcoin.initEccLib(ecc);
const { payments, script: { compile }, opcodes, Psbt, Transaction } = bitcoin;
const random = new Random(seed);
const new_key = () => pairs.fromPrivateKey(random.bytes(32));
const own = new_key(), pubkey = own.publicKey, x_only = pubkey.subarray(1);

function multisig() {
  const m = 1 + random.below(3), others = random.list(m - 1, m + 1, new_key);
  const pubkeys = [pubkey, ...others.map((key) => key.publicKey)].sort(Buffer.compare);
  return { redeem: payments.p2ms({ m, pubkeys }), cosigners: others.slice(0, m - 1) };
}
function in_p2wsh({ redeem, cosigners }) {
  return { script: payments.p2wsh({ redeem }).output, fields: { witnessScript: redeem.output }, cosigners };
}
function in_p2sh({ redeem, cosigners, fields }) {
  return { script: payments.p2sh({ redeem }).output, fields: { ...fields, redeemScript: redeem.output }, cosigners };
}

// Each gives the script that is spent, what the PSBT's input says of it, who else signs, and by what the own key is tweaked.
const kSpends = {
  p2pkh: () => ({ script: payments.p2pkh({ pubkey }).output }),
  p2wpkh: () => ({ script: payments.p2wpkh({ pubkey }).output }),
  'p2sh-p2wpkh': () => in_p2sh({ redeem: payments.p2wpkh({ pubkey }) }),
  'p2sh multisig': () => in_p2sh(multisig()),
  'p2wsh multisig': () => in_p2wsh(multisig()),
  'p2sh-p2wsh multisig': () => {
    const { script, ...rest } = in_p2wsh(multisig());
    return in_p2sh({ redeem: { output: script }, ...rest });
  },
  'p2wsh pk': () => in_p2wsh({ redeem: payments.p2pk({ pubkey }) }),
  'p2wsh pkh': () => in_p2wsh({ redeem: payments.p2pkh({ pubkey }) }),
  'p2tr key': () => {
    const hash = random.chance(2) ? random.bytes(32) : undefined;
    const { output } = payments.p2tr({ internalPubkey: x_only, ...(hash && { hash }) });
    const tweak = bitcoin.crypto.taggedHash('TapTweak', hash ? Buffer.concat([x_only, hash]) : x_only);
    return { script: output, fields: { tapInternalKey: x_only, ...(hash && { tapMerkleRoot: hash }) }, tweak };
  },
  'p2tr script': () => {
    const leaf_of = (key) => ({ output: compile([key, opcodes.OP_CHECKSIG]), version: 0xc0 });
    const leaf = leaf_of(x_only), internalPubkey = new_key().publicKey.subarray(1);
    const scriptTree = random.chance(2) ? leaf : [leaf, leaf_of(new_key().publicKey.subarray(1))];
    const made = payments.p2tr({ internalPubkey, scriptTree, redeem: { output: leaf.output, redeemVersion: leaf.version } });
    const tapLeafScript = [{ leafVersion: leaf.version, script: leaf.output, controlBlock: made.witness.at(-1) }];
    return { script: made.output, fields: { tapInternalKey: internalPubkey, tapMerkleRoot: made.hash, tapLeafScript } };
  },
};

// kSighashes are all types; DEFAULT (0), which is taproot's alone, is what holds when the input names none.
const kSighashes = [0, 1, 2, 3, 0x81, 0x82, 0x83];

// add_input adds an input that spends one of its parent's outputs; it gives the amount.
function add_input(psbt, kind, { script, fields }, sighash) {
  const parent = new Transaction(), outputs = 1 + random.below(3), index = random.below(outputs), value = BigInt(10000 + random.below(1e8));
  parent.version = 2;
  parent.addInput(random.bytes(32), random.below(5));
  if (random.chance(2)) parent.setWitness(0, [random.bytes(71), random.bytes(33)]);
  for (let i = 0; i < outputs; ++i) parent.addOutput(i === index ? script : random_script(), i === index ? value : random.bits(30));
  const both = kind.startsWith('p2tr') || (kind.includes('w') && random.chance(2));
  psbt.addInput({ hash: parent.getId(), index, sequence: random.pick([0xfffffffd, 0xffffffff]),
    nonWitnessUtxo: Buffer.from(parent.toBuffer()), ...(both && { witnessUtxo: { script, value } }), ...fields,
    ...(sighash && { sighashType: sighash }) });
  return value;
}
function random_script() {
  const { publicKey } = random.chance(4) ? own : new_key();
  return random.pick([() => payments.p2wpkh({ pubkey: publicKey }), () => payments.p2pkh({ pubkey: publicKey }),
    () => payments.p2tr({ internalPubkey: publicKey.subarray(1) })])().output;
}

const valid = (key, hash, signature) =>
  (key.length === 32 ? ecc.verifySchnorr(hash, key, signature) : ecc.verify(hash, key, signature));
// masked hides Schnorr signatures, of 64 bytes and perhaps the sighash type: in witnesses they come first.
const masked = (signature) => Buffer.concat([Buffer.alloc(64), signature.subarray(64)]);
function masked_psbt(text) {
  const psbt = Psbt.fromBase64(text);
  for (const input of psbt.data.inputs) {
    if (input.tapKeySig) input.tapKeySig = masked(input.tapKeySig);
    for (const one of input.tapScriptSig ?? []) one.signature = masked(one.signature);
    delete input.finalScriptWitness;
  }
  return psbt.toBase64();
}
function masked_raw(text) {
  const transaction = Transaction.fromHex(text);
  for (const { witness } of transaction.ins) if ([64, 65].includes(witness[0]?.length)) witness[0] = masked(witness[0]);
  return transaction.toHex();
}

let made_so_far = 0;
function make() {
  const names = Object.keys(kSpends), kind = [...names, 'mixed'][made_so_far++ % (names.length + 1)];
  const kinds = kind === 'mixed' ? random.list(2, 5, () => random.pick(names)) : [kind];
  const sighashes = kinds.map(() => (random.chance(2) ? undefined : random.pick(kSighashes.slice(1))));
  const psbt = new Psbt(), finalize = random.chance(2);
  psbt.setVersion(random.pick([1, 2])).setLocktime(random.below(900000));
  const spends = kinds.map((kind) => kSpends[kind]());
  const total = spends.map((spend, i) => add_input(psbt, kinds[i], spend, sighashes[i])).reduce((sum, value) => sum + value);
  const fee = 200 + random.below(5000), outputs = kinds.length + random.below(4), share = (total - BigInt(fee)) / BigInt(outputs);
  psbt.addOutput({ script: random_script(), value: total - BigInt(fee) - share * BigInt(outputs - 1) });
  for (let i = 1; i < outputs; ++i) psbt.addOutput({ script: random_script(), value: share });
  spends.forEach(({ cosigners = [] }, i) => cosigners.forEach((key) => psbt.signInput(i, key, kSighashes)));
  const handed = psbt.toBase64();
  spends.forEach(({ tweak }, i) => psbt.signInput(i, tweak ? own.tweak(tweak) : own, kSighashes));
  const signed = psbt.toBase64(), transaction = psbt.finalizeAllInputs().extractTransaction(true);
  const expected = finalize ? { txid: transaction.getId(), vsize: transaction.virtualSize(), fee } : { complete: true };
  return { kind, finalize, signed, raw: transaction.toHex(),
    line: JSON.stringify({ transaction: handed, finalize, any_sighash: true }), expected };
}

function check(answer, { finalize, signed, raw }) {
  const wrong = [];
  if (!finalize && masked_psbt(answer.psbt) !== masked_psbt(signed)) wrong.push(`psbt: ours ${answer.psbt}, theirs ${signed}`);
  if (!finalize && !Psbt.fromBase64(answer.psbt).validateSignaturesOfAllInputs(valid)) wrong.push('a signature is not valid');
  if (finalize && masked_raw(answer.raw) !== masked_raw(raw)) wrong.push(`raw: ours ${answer.raw}, theirs ${raw}`);
  if (finalize && Psbt.fromBase64(answer.psbt).extractTransaction(true).toHex() !== answer.raw) {
    wrong.push('raw is not what the PSBT holds');
  }
  return wrong;
}

const home = new Custos(custos);
await compare({ title, custos: home, key: home.import('bitcoin', Buffer.from(own.privateKey)), cases, make, check });
