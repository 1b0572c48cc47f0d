// Usage: node compare-ccxt.mjs FOLDER-OF-CCXT. Signs one order again and again and prints {"ccxt","node","p50_ns",…} as one line.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.argv[2]);
const { version } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const ccxt = (await import(pathToFileURL(`${folder}/js/ccxt.js`))).default;

const exchange = new ccxt.binance({
  apiKey: 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A', // Binance's documented example
  secret: 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j',
  options: { recvWindow: 5000 },
});
const binanceOrder = { // tools/bench/request_subject.h
  symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.00125', price: '64250.15',
  newClientOrderId: 'x-R4BD3S82d8a2f6b13c7e', newOrderRespType: 'ACK',
};
const sign = () => exchange.sign('order', 'private', 'POST', { ...binanceOrder });

if (!/signature=[0-9a-f]{64}$/.test(sign().body)) throw new Error('ccxt answers something else than a signed order');

// measure answers the sorted times of `count` calls, in ns, and the seconds that all took.
function measure(sign, count) {
  for (let i = 0; i < count / 10; ++i) sign();
  const times = new Float64Array(count);
  const begin = process.hrtime.bigint();
  for (let i = 0; i < count; ++i) {
    const start = process.hrtime.bigint();
    sign();
    times[i] = Number(process.hrtime.bigint() - start);
  }
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  times.sort();
  return { at: (share) => times[Math.ceil(share * count) - 1], seconds };
}
const { at, seconds } = measure(sign, 30000);

// The orders of tools/bench/venue_samples.cc, by Custos's name of the venue: exchange, path, api, method, parameters.
const order = { symbol: 'BTCUSDT', side: 'buy', type: 'limit', price: '64250.15', amount: '0.00125' };
const orders = {
  bitfinex: ['bitfinex', 'auth/w/order/submit', 'private', 'POST', order],
  bitget: ['bitget', 'v2/spot/trade/place-order', ['private', 'spot'], 'POST', order],
  bithumb: ['bithumb', 'v1/orders', 'private', 'POST', order],
  bitstamp: ['bitstamp', 'buy/{pair}/', 'private', 'POST', { pair: 'btcusd', amount: '0.00125', price: '64250' }],
  bybit: ['bybit', 'v5/order/create', 'private', 'POST', order],
  'coinbase-exchange': ['coinbaseexchange', 'orders', 'private', 'POST', order],
  'coinbase-intx': ['coinbaseinternational', 'orders', ['v1', 'private'], 'POST', order],
  'crypto-com': ['cryptocom', 'private/create-order', ['v1', 'private'], 'POST', order],
  deribit: ['deribit', 'buy', 'private', 'GET', { instrument_name: 'BTC-PERPETUAL', amount: '10', type: 'limit', price: '64250' }],
  gate: ['gate', 'orders', ['private', 'spot'], 'POST', order],
  gemini: ['gemini', 'v1/order/new', 'private', 'POST', order],
  htx: ['htx', 'v1/order/orders', ['spot', 'private'], 'GET', { symbol: 'btcusdt', types: 'buy-limit', size: '100' }],
  kraken: ['kraken', 'AddOrder', 'private', 'POST', order],
  'kraken-futures': ['krakenfutures', 'sendorder', 'private', 'POST', order],
  kucoin: ['kucoin', 'orders', 'private', 'POST', order],
  mexc: ['mexc', 'order', ['spot', 'private'], 'POST', order],
  okx: ['okx', 'trade/order', 'private', 'POST', order],
  phemex: ['phemex', 'spot/orders/create', 'private', 'PUT', order],
  upbit: ['upbit', 'orders', 'private', 'POST', order],
  woox: ['woo', 'order', ['v1', 'private'], 'POST', order],
};
const venues = { binance: at(0.5) };
for (const [name, [id, path, api, method, params]] of Object.entries(orders)) {
  const apiKey = id === 'gemini' ? 'account-testApiKey' : 'testApiKey0123456789abcdefABCDEF';
  const one = new ccxt[id]({ apiKey, password: 'phrase-1', uid: 'user',
    secret: 'TmhxUHRtZFNKWWRLalZIakE3UFpqNE1nZTNSNVlOaVAxZTNVWmpJbkNsVk42NVhBYnZxcU02QTdINWZBVGowag==' });
  try {
    venues[name] = measure(() => one.sign(path, api, method, { ...params }), 5000).at(0.5);
  } catch (problem) {
    console.error(`compare-ccxt: ${name}: ${problem.message}`);
  }
}
console.log(JSON.stringify({
  ccxt: version, node: process.version, p50_ns: at(0.5), p90_ns: at(0.9), p99_ns: at(0.99), p999_ns: at(0.999), max_ns: at(1),
  per_second: 30000 / seconds, venues,
}));
