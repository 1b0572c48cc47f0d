// Usage: node compare-cosmjs.mjs CUSTOS FOLDER [--cases N] [--seed TEXT]
//
// Compares Custos's transactions of Cosmos SDK chains with those of npm's cosmjs ("npm install @cosmjs/stargate
// @cosmjs/proto-signing @cosmjs/amino @cosmjs/encoding cosmjs-types osmojs long esbuild @dydxprotocol/v4-proto" in FOLDER): random
// messages of every type that Custos knows, direct and in amino JSON, handed over in each form that Custos reads. The signed
// transaction must be the same.
import { createHash } from 'node:crypto';
import { Custos, Random, compare, read_arguments } from './comparison.mjs';

const { custos, folder, load, title, cases, seed } = read_arguments(10000,
  '@cosmjs/stargate @cosmjs/proto-signing @cosmjs/amino @cosmjs/encoding cosmjs-types osmojs long esbuild @dydxprotocol/v4-proto');
const { AminoTypes, SigningStargateClient, createDefaultAminoConverters } = load('@cosmjs/stargate');
const { DirectSecp256k1Wallet, Registry, makeSignBytes } = load('@cosmjs/proto-signing');
const { Secp256k1Wallet, serializeSignDoc } = load('@cosmjs/amino');
const { toBech32, toUtf8 } = load('@cosmjs/encoding');
const { TxRaw } = load('cosmjs-types/cosmos/tx/v1beta1/tx');
const Long = load('long');
const random = new Random(seed);

// ------------------------------------------------------------------------------------------------------------------- values

// cosmjs-types 0.11 writes numbers from 2^31 to 2^32 - 1 as other varints than protobuf wants: they are left out.
const writable = (make) => {
  for (;;) {
    const number = make();
    if (number < 1n << 31n || number >= 1n << 32n) return number;
  }
};
const u64 = (bits = 64) => writable(() => random.bits(bits));
const u32 = () => random.below(2 ** 32), long = () => Long.fromString(random.bits(64).toString(), true);
const some = (make, most = 2) => random.list(0, most, make), at_least_one = (make, most = 3) => random.list(1, most, make);
const address = (prefix, size = random.pick([20, 20, 32])) => toBech32(prefix, random.bytes(size));
const validator = (prefix) => address(prefix + 'valoper', 20);
const amount = () => random.bits(256).toString();
const ibc_denom = () => 'ibc/' + random.bytes(32).toString('hex').toUpperCase();
const denom = () => random.pick(['uatom', ibc_denom(), 'factory/osmo1abc/x<y>&z', 'gamm/pool/1']);
const coin = () => ({ amount: amount(), denom: denom() });
// coins are as the SDK takes them in a message: positive, sorted, each denomination once.
const coins = (least = 0) => {
  const held = random.list(least, 3, () => random.pick(['uatom', ibc_denom(), 'factory/osmo1abc/x', 'gamm/pool/1']));
  return [...new Set(held)].sort().map((name) => ({ amount: String(random.bits(255) + 1n), denom: name }));
};
const kCharacters = ['a', ' ', '<', '>', '&', '"', '\\', '/', '\n', '\t', '\u0001', '\u007f', 'é', '漢', '😀', '{', '0'];
const text = () => some(() => random.pick(kCharacters), 12).join('');
const time = () => ({ seconds: writable(() => random.bits(37)), nanos: random.below(1e9) });
const maybe = (make) => (random.chance(2) ? make() : undefined);
const decimal = (weight) => weight.padStart(19, '0').replace(/(\d{18})$/, '.$1');
const weight = () => String(1 + random.below(1e15));
const option = () => random.below(5);
const subaccount = (owner) => ({ owner, number: random.below(128000) });
const order_id = (owner, orderFlags) => ({ subaccountId: subaccount(owner), clientId: u32(), orderFlags, clobPairId: random.below(300) });
const until = () => random.pick([{ goodTilBlock: 1 + random.below(2 ** 31) }, { goodTilBlockTime: 1 + random.below(2 ** 31) }]);

// ------------------------------------------------------------------------------------------------------------------ messages

const cosmos = (path) => load(`cosmjs-types/${path}`), osmosis = (path) => load(`osmojs/osmosis/${path}`);
const authorizations = { ...cosmos('cosmos/authz/v1beta1/authz'), ...cosmos('cosmos/bank/v1beta1/authz'),
  ...cosmos('cosmos/staking/v1beta1/authz') };
const allowances = cosmos('cosmos/feegrant/v1beta1/feegrant');
const encoded = (typeUrl, codec, value) => ({ typeUrl, value: codec.encode(codec.fromPartial(value)).finish() });

// dYdX's package is of TypeScript without a build.
function dydx() {
  const source = ['clob/tx', 'sending/tx', 'sending/transfer'].map((path) =>
    `export * from '@dydxprotocol/v4-proto/src/codegen/dydxprotocol/${path}';`).join('\n');
  const built = load('esbuild').buildSync({ stdin: { contents: source, resolveDir: folder }, bundle: true, format: 'cjs',
    platform: 'node', write: false });
  const made = { exports: {} };
  new Function('module', 'exports', 'require', built.outputFiles[0].text)(made, made.exports, load);
  return made.exports;
}

const grant = (prefix) => random.pick([
  () => encoded('/cosmos.authz.v1beta1.GenericAuthorization', authorizations.GenericAuthorization, { msg: '/cosmos.bank.v1beta1.MsgSend' }),
  () => encoded('/cosmos.bank.v1beta1.SendAuthorization', authorizations.SendAuthorization,
    { spendLimit: coins(), allowList: some(() => address(prefix)) }),
  () => encoded('/cosmos.staking.v1beta1.StakeAuthorization', authorizations.StakeAuthorization,
    { maxTokens: maybe(coin), denyList: { address: some(() => validator(prefix)) }, authorizationType: 1 + random.below(3) }),
  () => ({ typeUrl: '/x.y.Z', value: Uint8Array.from([0x0a, 0x01, 0x41]) }),
])();
const basic = () => ({ spendLimit: coins(), expiration: maybe(time) });
const allowance = () => random.pick([
  () => encoded('/cosmos.feegrant.v1beta1.BasicAllowance', allowances.BasicAllowance, basic()),
  () => encoded('/cosmos.feegrant.v1beta1.PeriodicAllowance', allowances.PeriodicAllowance, { basic: basic(),
    period: { seconds: u64(20), nanos: 0 }, periodSpendLimit: coins(), periodCanSpend: coins(), periodReset: time() }),
  () => encoded('/cosmos.feegrant.v1beta1.AllowedMsgAllowance', allowances.AllowedMsgAllowance,
    { allowance: allowance(), allowedMessages: ['/cosmos.bank.v1beta1.MsgSend'] }),
])();

// A package of messages: where their codecs are, whether cosmjs writes them in amino JSON, and their values by name. `me` signs.
const vote_of = (written) => ({
  MsgVote: (me) => ({ proposalId: u64(), voter: me, option: option() }),
  MsgVoteWeighted: (me) => ({ proposalId: u64(), voter: me,
    options: at_least_one(() => ({ option: option(), weight: written(weight()) })) }),
  MsgDeposit: (me) => ({ proposalId: u64(), depositor: me, amount: coins() }),
});
const kSwaps = {
  MsgSwapExactAmountIn: (me) => ({ sender: me, routes: at_least_one(() => ({ poolId: u64(30) + 1n, tokenOutDenom: denom() })),
    tokenIn: coin(), tokenOutMinAmount: amount() }),
  MsgSwapExactAmountOut: (me) => ({ sender: me, routes: at_least_one(() => ({ poolId: u64(30) + 1n, tokenInDenom: denom() })),
    tokenInMaxAmount: amount(), tokenOut: coin() }),
};
const kPackages = [
  ['cosmos.bank.v1beta1', cosmos('cosmos/bank/v1beta1/tx'), true, {
    MsgSend: (me, prefix) => ({ fromAddress: me, toAddress: address(prefix), amount: coins(1) }),
    MsgMultiSend: (me, prefix) => ({ inputs: [{ address: me, coins: coins(1) }],
      outputs: some(() => ({ address: address(prefix), coins: coins(1) })) }),
  }],
  ['cosmos.staking.v1beta1', cosmos('cosmos/staking/v1beta1/tx'), true, {
    MsgDelegate: (me, prefix) => ({ delegatorAddress: me, validatorAddress: validator(prefix), amount: coin() }),
    MsgUndelegate: (me, prefix) => ({ delegatorAddress: me, validatorAddress: validator(prefix), amount: coin() }),
    MsgBeginRedelegate: (me, prefix) => ({ delegatorAddress: me, validatorSrcAddress: validator(prefix),
      validatorDstAddress: validator(prefix), amount: coin() }),
    MsgCancelUnbondingDelegation: (me, prefix) => ({ delegatorAddress: me, validatorAddress: validator(prefix), amount: coin(),
      creationHeight: u64(63) }),
  }],
  ['cosmos.distribution.v1beta1', cosmos('cosmos/distribution/v1beta1/tx'), true, {
    MsgWithdrawDelegatorReward: (me, prefix) => ({ delegatorAddress: me, validatorAddress: validator(prefix) }),
    MsgSetWithdrawAddress: (me, prefix) => ({ delegatorAddress: me, withdrawAddress: address(prefix) }),
    MsgFundCommunityPool: (me) => ({ depositor: me, amount: coins(1) }),
  }],
  ['cosmos.gov.v1beta1', cosmos('cosmos/gov/v1beta1/tx'), true, vote_of((weight) => weight)],
  ['cosmos.gov.v1', cosmos('cosmos/gov/v1/tx'), false, vote_of(decimal)],
  ['ibc.applications.transfer.v1', cosmos('ibc/applications/transfer/v1/tx'), true, {
    MsgTransfer: (me) => ({ sourcePort: 'transfer', sourceChannel: `channel-${random.below(999)}`, token: coin(), sender: me,
      receiver: address('osmo'), timeoutHeight: { revisionNumber: u64(), revisionHeight: u64() }, timeoutTimestamp: u64(), memo: text() }),
  }],
  ['cosmos.authz.v1beta1', cosmos('cosmos/authz/v1beta1/tx'), false, {
    MsgGrant: (me, prefix) => ({ granter: me, grantee: address(prefix), grant: { authorization: grant(prefix), expiration: maybe(time) } }),
    MsgExec: (me, prefix, depth) => ({ grantee: me, msgs: depth > 2 ? [] : some(() => {
      const { typeUrl, codec, value } = random.pick(kMessages);
      return encoded(typeUrl, codec, value(address(prefix), prefix, depth + 1));
    }) }),
    MsgRevoke: (me, prefix) => ({ granter: me, grantee: address(prefix), msgTypeUrl: '/cosmos.bank.v1beta1.MsgSend' }),
  }],
  ['cosmos.feegrant.v1beta1', cosmos('cosmos/feegrant/v1beta1/tx'), false, {
    MsgGrantAllowance: (me, prefix) => ({ granter: me, grantee: address(prefix), allowance: allowance() }),
    MsgRevokeAllowance: (me, prefix) => ({ granter: me, grantee: address(prefix) }),
  }],
  ['cosmwasm.wasm.v1', cosmos('cosmwasm/wasm/v1/tx'), false, {
    MsgExecuteContract: (me, prefix) => ({ sender: me, contract: address(prefix, 32), funds: coins(),
      msg: toUtf8(JSON.stringify({ swap: { a: text(), b: random.below(1e9) } })) }),
  }],
  ['osmosis.poolmanager.v1beta1', osmosis('poolmanager/v1beta1/tx'), false, kSwaps],
  ['osmosis.gamm.v1beta1', osmosis('gamm/v1beta1/tx'), false, { ...kSwaps,
    MsgJoinPool: (me) => ({ sender: me, poolId: u64(30) + 1n, shareOutAmount: amount(), tokenInMaxs: coins() }),
    MsgExitPool: (me) => ({ sender: me, poolId: u64(30) + 1n, shareInAmount: amount(), tokenOutMins: coins() }),
  }],
  ['osmosis.lockup', osmosis('lockup/tx'), false, {
    MsgLockTokens: (me) => ({ owner: me, duration: { seconds: u64(24), nanos: 0 }, coins: coins(1) }),
    MsgBeginUnlocking: (me) => ({ owner: me, ID: u64(), coins: coins() }),
  }],
  ['dydxprotocol.clob', dydx(), false, {
    MsgPlaceOrder: (me, prefix) => ({ order: { orderId: order_id(me, random.pick([0, 32, 64])), side: random.below(3),
      quantums: long(), subticks: long(), timeInForce: random.below(4), reduceOnly: random.chance(2), clientMetadata: u32(),
      conditionType: random.below(3), conditionalOrderTriggerSubticks: long(), ...until(),
      builderCodeParameters: maybe(() => ({ builderAddress: address(prefix), feePpm: random.below(10000) })) } }),
    MsgCancelOrder: (me) => ({ orderId: order_id(me, 64), ...until() }),
    MsgBatchCancel: (me) => ({ subaccountId: subaccount(me), goodTilBlock: random.below(1e6),
      shortTermCancels: some(() => ({ clobPairId: random.below(300), clientIds: at_least_one(u32) })) }),
  }],
  ['dydxprotocol.sending', dydx(), false, {
    MsgCreateTransfer: (me, prefix) => ({ transfer: { sender: subaccount(me), recipient: subaccount(random.pick([me, address(prefix)])),
      assetId: random.below(2), amount: long() } }),
    MsgDepositToSubaccount: (me, prefix) => ({ sender: me, recipient: subaccount(random.pick([me, address(prefix)])),
      assetId: random.below(2), quantums: long() }),
    MsgWithdrawFromSubaccount: (me, prefix) => ({ sender: subaccount(me), recipient: address(prefix), assetId: random.below(2),
      quantums: long() }),
  }],
];
const kMessages = kPackages.flatMap(([name, codecs, amino, values]) =>
  Object.entries(values).map(([type, value]) => ({ typeUrl: `/${name}.${type}`, codec: codecs[type], amino, value })));

// ------------------------------------------------------------------------------------------------------------------- the run

const registry = new Registry(kMessages.map(({ typeUrl, codec }) => [typeUrl, codec]));
const aminoTypes = new AminoTypes(createDefaultAminoConverters());
const secret = random.bytes(32);
const base64 = (bytes) => Buffer.from(bytes).toString('base64'), hex = (bytes) => Buffer.from(bytes).toString('hex');

// Each form of a direct SignDoc that Custos reads.
const kForms = [
  (doc) => base64(makeSignBytes(doc)), (doc) => hex(makeSignBytes(doc)),
  (doc) => ({ bodyBytes: base64(doc.bodyBytes), authInfoBytes: base64(doc.authInfoBytes), chainId: doc.chainId,
    accountNumber: String(doc.accountNumber) }),
  (doc) => ({ body_bytes: hex(doc.bodyBytes), auth_info_bytes: hex(doc.authInfoBytes), chain_id: doc.chainId,
    account_number: String(doc.accountNumber) }),
];

async function make() {
  const prefix = random.pick(['cosmos', 'osmo', 'dydx', 'juno', 'c4e']), amino = random.chance(2);
  const wallet = await (amino ? Secp256k1Wallet : DirectSecp256k1Wallet).fromKey(secret, prefix);
  const [{ address: me }] = await wallet.getAccounts();
  const known = kMessages.filter((one) => one.amino || !amino);
  const messages = at_least_one(() => {
    const { typeUrl, codec, value } = random.pick(known);
    return { typeUrl, value: codec.fromPartial(value(me, prefix, 0)) };
  });
  let given;
  const watched = { getAccounts: () => wallet.getAccounts() };
  watched[amino ? 'signAmino' : 'signDirect'] = (who, doc) => {
    given = amino ? JSON.parse(Buffer.from(serializeSignDoc(doc)).toString()) : random.pick(kForms)(doc);
    return amino ? wallet.signAmino(who, doc) : wallet.signDirect(who, doc);
  };
  const client = await SigningStargateClient.offline(watched, { registry, aminoTypes });
  const fee = { amount: some(coin), gas: String(random.below(1e9)), ...(random.chance(5) && { granter: address(prefix) }),
    ...(random.chance(5) && { payer: me }) };
  const signer = { accountNumber: Number(u64(40)), sequence: Number(u64(45)),
    chainId: random.pick(['cosmoshub-4', 'dydx-mainnet-1', 'x&y-1']) };
  const bytes = TxRaw.encode(await client.sign(me, messages, fee, text(), signer, maybe(() => u64(62) + 1n))).finish();
  return { kind: amino ? 'amino' : 'direct', line: JSON.stringify({ transaction: given }),
    expected: { tx_bytes: base64(bytes), hash: createHash('sha256').update(bytes).digest('hex').toUpperCase(), from: me, complete: true } };
}

const home = new Custos(custos);
await compare({ title, custos: home, key: home.import('cosmos', secret), cases, make });
