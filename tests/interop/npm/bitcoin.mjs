// Checks finalized transactions of Custos with bitcoinjs-lib, and BIP 322 messages with bip322-js: one JSON object per line in, one
// line per fault out.
import * as bitcoin from 'bitcoinjs-lib';
import * as ecc from 'tiny-secp256k1';
import { Verifier } from 'bip322-js';
import { check_lines } from './check_lines.mjs';

bitcoin.initEccLib(ecc);

const checks = {
  // A PSBT with our signatures: bitcoinjs-lib verifies each, finalizes it itself, and finds nothing missing.
  signed({ answer, network }) {
    const psbt = bitcoin.Psbt.fromBase64(answer.psbt, { network: bitcoin.networks[network] });
    const valid = psbt.validateSignaturesOfAllInputs((key, hash, signature) =>
      key.length === 32 ? ecc.verifySchnorr(hash, key, signature) : ecc.verify(hash, key, signature));
    const size = psbt.finalizeAllInputs().extractTransaction(true).byteLength();
    return [[true, valid], [true, size > 100]];
  },
  // A finalized one: it extracts the network transaction that Custos answers.
  finalized({ answer, network }) {
    const transaction = bitcoin.Psbt.fromBase64(answer.psbt, { network: bitcoin.networks[network] }).extractTransaction(true);
    return [[answer.raw, transaction.toHex()], [answer.txid, transaction.getId()]];
  },
  // BIP 322, whose version 2 puts the kind of signature in front; this library knows version 1.
  message: ({ answer, address, message }) => [[true, Verifier.verifySignature(address, message, answer.signature.replace(/^smp/, ''))]],
};

await check_lines((item) => checks[item.check](item));
