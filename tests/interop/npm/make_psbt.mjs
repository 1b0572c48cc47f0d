// Makes unsigned PSBTs with bitcoinjs-lib: for each script kind one, that spends two outputs of the key on the command line (33 bytes,
// hexadecimal). One line of JSON each.
import * as bitcoin from 'bitcoinjs-lib';
import * as ecc from 'tiny-secp256k1';

bitcoin.initEccLib(ecc);
const network = bitcoin.networks.regtest;
const pubkey = Buffer.from(process.argv[2], 'hex');
const internalPubkey = pubkey.subarray(1);
const stranger = Buffer.from('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'hex');

const p2wpkh = bitcoin.payments.p2wpkh({ pubkey, network });
const single = bitcoin.payments.p2ms({ m: 1, pubkeys: [pubkey, stranger], network });
const kinds = {
  p2pkh: { payment: bitcoin.payments.p2pkh({ pubkey, network }), extra: {} },
  p2wpkh: { payment: p2wpkh, extra: {} },
  'p2sh-p2wpkh': { payment: bitcoin.payments.p2sh({ redeem: p2wpkh, network }), extra: { redeemScript: p2wpkh.output } },
  p2wsh: { payment: bitcoin.payments.p2wsh({ redeem: single, network }), extra: { witnessScript: single.output } },
  p2tr: { payment: bitcoin.payments.p2tr({ internalPubkey, network }), extra: { tapInternalKey: internalPubkey } },
};

for (const [kind, { payment, extra }] of Object.entries(kinds)) {
  const parent = new bitcoin.Transaction();
  parent.addInput(Buffer.alloc(32, 7), 0);
  parent.addOutput(payment.output, 70_000n);
  parent.addOutput(payment.output, 50_000n);
  const psbt = new bitcoin.Psbt({ network });
  for (const index of [0, 1]) {
    const value = index === 0 ? 70_000n : 50_000n;
    const utxo = kind === 'p2tr' ? { witnessUtxo: { script: payment.output, value } } : { nonWitnessUtxo: parent.toBuffer() };
    psbt.addInput({ hash: parent.getId(), index, ...utxo, ...extra });
  }
  psbt.addOutput({ script: bitcoin.payments.p2wpkh({ pubkey: stranger, network }).output, value: 100_000n });
  psbt.addOutput({ script: payment.output, value: 19_000n });
  console.log(JSON.stringify({ kind, psbt: psbt.toBase64(), network: 'regtest' }));
}
