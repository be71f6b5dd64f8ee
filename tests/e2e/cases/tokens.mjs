// Credentials that must not work.
import crypto from 'node:crypto';
import {check, same, test} from '../lib/harness.mjs';
import {McpSession, request} from '../lib/http.mjs';
import {shared} from '../lib/world.mjs';
import {Key, redeem, renew} from '../../../examples/first-call/lib/dpop.mjs';

const kPing = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

// What the gateway answers to a ping with these headers.
async function ping(session, headers) {
  const {status, body} = await request(session.url, {method: 'POST', body: kPing,
    headers: {'Content-Type': 'application/json', Accept: 'application/json, text/event-stream',
      'Mcp-Session-Id': session.id, ...headers}});
  return {status, reason: JSON.parse(body).error?.data?.reason};
}

test('Tokens.ABearerIsGoodForTheLowTierOnly', async () => {
  const world = await shared();
  const session = await world.session('bearer', 'plain', {bearer: true});
  check(!(await session.call('echo', {text: 'x'})).isError, 'low tier over loopback');
  const write = await session.call('write', {path: `${world.workspace}/b.txt`, text: 'x'});
  check(write.isError && write.reason === 'credential.not_bound', 'elevated tier', write);
  const renewed = await renew(world.url, session.token);
  check(renewed.status === 403 && renewed.body.reason === 'credential.not_bound', 'no renewal', renewed);
});

test('Tokens.ABoundOneNeedsItsKey', async () => {
  const world = await shared();
  const session = await world.session('bound', 'plain');
  const {token, url, key} = session;
  const dpop = (proof) => ({Authorization: `DPoP ${token}`, DPoP: proof});
  same((await ping(session, dpop(key.proof('POST', url, token)))).status, 200, 'with its key');
  const other = new Key();
  const cases = [
    ['as a bearer', {Authorization: `Bearer ${token}`}, 'dpop.missing'],
    ['without a proof', {Authorization: `DPoP ${token}`}, 'dpop.missing'],
    ['with another key', dpop(other.proof('POST', url, token)), 'dpop.binding'],
    ['for another method', dpop(key.proof('GET', url, token)), 'dpop.method'],
    ['for another URL', dpop(key.proof('POST', `${url}x`, token)), 'dpop.uri'],
    ['for another token', dpop(key.proof('POST', url, 'x')), 'dpop.token'],
    ['from an hour ago', dpop(key.proof('POST', url, token, {iat: Math.floor(Date.now() / 1000) - 3600})),
      'dpop.time'],
  ];
  for (const [what, headers, reason] of cases) {
    const answer = await ping(session, headers);
    check(answer.status === 401 && answer.reason === reason, `${what}: ${reason}`, answer);
  }
  const proof = key.proof('POST', url, token);
  same((await ping(session, dpop(proof))).status, 200, 'a proof');
  same((await ping(session, dpop(proof))).reason, 'dpop.replay', 'the same proof again');
});

test('Tokens.ForgedOnesAreRefused', async () => {
  const world = await shared();
  const session = await world.session('forged', 'plain', {bearer: true});
  const [header, payload, signature] = session.token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const other = crypto.generateKeyPairSync('ed25519').privateKey;
  const resigned = `${header}.${encode({...claims, exp: claims.exp + 9999})}`;
  const cases = {
    'changed claims': `${header}.${encode({...claims, task: 'tsk_other'})}.${signature}`,
    'another key': `${resigned}.${crypto.sign(null, Buffer.from(resigned), other).toString('base64url')}`,
    'no signature': `${encode({alg: 'none', typ: 'at+jwt'})}.${payload}.`,
    'cut off': session.token.slice(0, -4),
    'not a token': 'amb_0000000000000000000000000000000000000000000',
    'nonsense': 'a.b.c',
  };
  for (const [what, token] of Object.entries(cases)) {
    const {status} = await ping(session, {Authorization: `Bearer ${token}`});
    same(status, 401, what);
  }
  same((await ping(session, {})).status, 401, 'none at all');
  same((await ping(session, {Authorization: `Bearer ${session.token}`})).status, 200, 'the real one');
});

test('Tokens.AClaimAdmitsOnceAndOnlyWithAGoodProof', async () => {
  const world = await shared();
  await world.agent('claiming');
  const {claim} = await world.task('claiming');
  const url = `${world.url}/v1/credentials`;
  const post = (headers) => request(url, {method: 'POST', body: JSON.stringify({claim}),
    headers: {'Content-Type': 'application/json', ...headers}});
  same((await post({DPoP: new Key().proof('GET', url)})).status, 401, 'a wrong proof is no bearer');
  const both = await Promise.all([redeem(world.url, claim, new Key()), redeem(world.url, claim, new Key())]);
  same(both.map(({status}) => status).sort(), [201, 401], 'of two at once, one');
  const guessed = await redeem(world.url, `${claim.slice(0, -1)}x`, new Key());
  same(guessed.status, 401, 'a guessed one');
});

test('Tokens.HumansAndServicesCannotCallTools', async () => {
  const world = await shared();
  for (const name of ['admin', 'alice', 'pep']) {
    const session = new McpSession(world.url, 'plain', {token: world.ambit.token(name)});
    const answer = await session.rpc('initialize', {protocolVersion: '2025-11-25', capabilities: {},
      clientInfo: {name: 'x', version: '1'}});
    same(answer.status, 403, name);
  }
});
