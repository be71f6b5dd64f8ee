// Proof of possession (RFC 9449) with a key of our own: what `ambit mcp` does, done by hand.
import crypto from 'node:crypto';

const base64url = (value) => Buffer.from(value).toString('base64url');

export class Key {
  constructor() {
    const {privateKey, publicKey} = crypto.generateKeyPairSync('ed25519');
    const {kty, crv, x} = publicKey.export({format: 'jwk'});
    this.privateKey = privateKey;
    this.jwk = {kty, crv, x};
    // RFC 7638: the members in lexical order.
    this.thumbprint = base64url(crypto.createHash('sha256')
      .update(JSON.stringify({crv, kty, x})).digest());
  }

  sign(header, claims) {
    const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
    return `${input}.${base64url(crypto.sign(null, Buffer.from(input), this.privateKey))}`;
  }

  // The value of the `DPoP` header for one request; `token` is the credential sent with it.
  proof(method, url, token, changes = {}) {
    const claims = {htm: method, htu: url.split('?')[0], iat: Math.floor(Date.now() / 1000),
      jti: crypto.randomUUID(), ...(token && {ath: base64url(crypto.createHash('sha256')
        .update(token).digest())}), ...changes};
    return this.sign({typ: 'dpop+jwt', alg: 'EdDSA', jwk: this.jwk}, claims);
  }
}

// Redeems a claim, bound to `key` or, without one, as a bearer: {status, body}.
export function redeem(server, claim, key) {
  return post(`${server}/v1/credentials`, {claim},
    key ? {DPoP: key.proof('POST', `${server}/v1/credentials`)} : {});
}

// Renews a credential: {status, body}. Without a key it shows the credential alone.
export function renew(server, token, key) {
  const url = `${server}/v1/credentials`;
  return post(url, {}, key
    ? {Authorization: `DPoP ${token}`, DPoP: key.proof('POST', url, token)}
    : {Authorization: `Bearer ${token}`});
}

async function post(url, body, headers) {
  const response = await fetch(url, {method: 'POST', body: JSON.stringify(body),
    headers: {'Content-Type': 'application/json', ...headers}});
  return {status: response.status, body: await response.json()};
}

export const claimsOf = (token) =>
  JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
