// Usage: node compare-ethers.mjs CUSTOS FOLDER [--cases N] [--seed TEXT]
//
// Compares Custos's Ethereum transactions with those of npm's ethers ("npm install ethers" in FOLDER): random ones of each kind in
// turn, as JSON in the spellings that wallets use, or as unsigned RLP, signed by both with the same key. Raw transaction, hash and
// sender must be the same.
import { Custos, Random, compare, read_arguments } from './comparison.mjs';

const { custos, load, title, cases, seed } = read_arguments(70000, 'ethers');
const { ethers } = load('ethers');
const random = new Random(seed);
const secret = random.bytes(32);
const wallet = new ethers.Wallet('0x' + secret.toString('hex')), other = new ethers.Wallet(random.hex(32));

const address = () => ethers.getAddress(random.chance(20) ? '0x' + '00'.repeat(19) + '07' : random.hex(20));
const data = () => random.hex(random.pick([0, 1, 4, 36, 55, 56, 68, 255, 256, random.below(2000)]));
const authorization = (chainId) => {
  const one = { address: address(), nonce: random.bits(63), chainId: random.chance(3) ? 0 : chainId };
  return { ...one, signature: other.authorizeSync(one).signature };
};

// The commitment and the proof are of nothing: neither side looks into a blob.
const blob = () => ({ data: '0x' + Buffer.alloc(131072, random.bytes(31)).toString('hex'), commitment: random.hex(48), proof: random.hex(48) });

const kKinds = [
  { kind: 'legacy', type: 0 },
  { kind: 'legacy without chain id', type: 0, chainId: 0 },
  { kind: 'EIP-2930', type: 1 },
  { kind: 'EIP-1559', type: 2 },
  { kind: 'EIP-4844', type: 3 },
  { kind: 'EIP-4844 with sidecar', type: 3, sidecar: true },
  { kind: 'EIP-7702', type: 4 },
];

function transaction({ type, sidecar, ...rest }) {
  const chainId = rest.chainId ?? (random.chance(4) ? Number(random.bits(48) + 1n) : random.below(300) + 1);
  const made = { type, chainId, nonce: Number(random.bits(48)), gasLimit: random.bits(48) + 1n, value: random.bits(256), data: data(),
    to: type < 3 && random.chance(8) ? null : address() };
  if (made.to === null && made.data === '0x') made.data = '0x00'; // a contract has code
  if (type < 2) made.gasPrice = random.bits(96);
  else [made.maxPriorityFeePerGas, made.maxFeePerGas] = [random.bits(96), random.bits(96)].sort((a, b) => (a < b ? -1 : 1));
  if (type > 0) made.accessList = random.list(0, 4, () => ({ address: address(), storageKeys: random.list(0, 4, () => random.hex(32)) }));
  if (type === 3) {
    made.maxFeePerBlobGas = random.bits(80);
    if (sidecar) made.blobs = random.list(1, 2, blob);
    else made.blobVersionedHashes = random.list(1, 6, () => '0x01' + random.hex(31).slice(2));
  }
  if (type === 4) made.authorizationList = random.list(1, 4, () => authorization(chainId));
  return made;
}

// Numbers as JSON-RPC has them, as decimal text, or as JSON numbers where those are exact.
const spellings = [(n) => '0x' + n.toString(16), (n) => n.toString(), (n) => (n <= Number.MAX_SAFE_INTEGER ? Number(n) : n.toString())];

function as_json(made) {
  const spelling = random.pick(spellings), number = (n) => spelling(BigInt(n));
  const json = { nonce: number(made.nonce), gas: number(made.gasLimit), value: number(made.value), from: wallet.address };
  if (made.chainId !== 0) json.chainId = number(made.chainId);
  if (made.to) json.to = random.chance(2) ? made.to : made.to.toLowerCase();
  if (made.data !== '0x') json[random.pick(['data', 'input'])] = made.data;
  for (const name of ['gasPrice', 'maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas']) {
    if (name in made) json[name] = number(made[name]);
  }
  if (made.type > 2 || random.chance(2)) json.type = number(made.type);
  if (made.accessList && (made.type === 1 || made.accessList.length > 0)) json.accessList = made.accessList;
  if (made.blobVersionedHashes) json.blobVersionedHashes = made.blobVersionedHashes;
  if (made.blobs) {
    for (const [list, member] of [['blobs', 'data'], ['commitments', 'commitment'], ['proofs', 'proof']]) {
      json[list] = made.blobs.map((one) => one[member]);
    }
  }
  if (made.authorizationList) {
    json.authorizationList = made.authorizationList.map(({ signature: { yParity, r, s }, chainId, nonce, address }) => ({
      chainId: number(chainId), address, nonce: number(nonce), yParity: number(yParity), r, s }));
  }
  return json;
}

let made_so_far = 0;
function make() {
  const kind = kKinds[made_so_far++ % kKinds.length], made = transaction(kind), theirs = ethers.Transaction.from(made);
  theirs.signature = wallet.signingKey.sign(theirs.unsignedHash);
  const given = !made.blobs && random.chance(10) ? theirs.unsignedSerialized : as_json(made);
  return { kind: kind.kind, line: JSON.stringify({ transaction: given, ...(made.chainId === 0 && { without_replay_protection: true }) }),
    expected: { raw: theirs.serialized, hash: theirs.hash, from: wallet.address } };
}

const home = new Custos(custos);
await compare({ title, custos: home, key: home.import('evm', secret), cases, make });
