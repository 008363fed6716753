// Does what a merchant's server in JavaScript does with a request, for each of
// the tasks on standard input, a JSON array, and writes what came of each to
// standard output: {"ok": true} or {"error": "why not"}. Bodies are base64.
'use strict';

const crypto = require('crypto');
const standardwebhooks = require('standardwebhooks');
const svix = require('svix');

function need(good, why) {
  if (!good) throw new Error(why);
}

const tasks = {
  standardwebhooks: (t, body) => new standardwebhooks.Webhook(t.key).verify(body, t.headers),
  svix: (t, body) => new svix.Webhook(t.key).verify(body, t.headers),

  // As lomi.'s shop plugins and sample code do: the hex HMAC of the raw body, and
  // the whole text of the secret as the key.
  lomi: (t, body) => {
    const got = Buffer.from(t.headers['x-lomi-signature'] || '');
    const want = Buffer.from(crypto.createHmac('sha256', t.key).update(body).digest('hex'));
    need(got.length === want.length && crypto.timingSafeEqual(got, want), 'bad signature');
  },

  // Asymmetric signatures, for which these packages have no code.
  v1a: (t, body) => {
    const x = Buffer.from(t.key.replace(/^whpk_/, ''), 'base64').toString('base64url');
    const key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const content = Buffer.concat([Buffer.from(`${t.headers['webhook-id']}.${t.headers['webhook-timestamp']}.`), body]);
    const good = t.headers['webhook-signature'].split(' ').some((s) =>
      s.startsWith('v1a,') && crypto.verify(null, content, key, Buffer.from(s.slice(4), 'base64')));
    need(good, 'bad signature');
  },

  sign: (t, body) => new standardwebhooks.Webhook(t.key).sign(
    t.headers['webhook-id'], new Date(Number(t.headers['webhook-timestamp']) * 1000), body),
};

const results = JSON.parse(require('fs').readFileSync(0, 'utf8')).map((t) => {
  try {
    const result = tasks[t.do](t, Buffer.from(t.body, 'base64'));
    return { ok: true, signature: t.do === 'sign' ? result : undefined };
  } catch (e) {
    return { error: String(e.message || e) };
  }
});
process.stdout.write(JSON.stringify(results));
