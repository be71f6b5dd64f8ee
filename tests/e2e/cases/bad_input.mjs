// Bad input: each a clear error, nothing lost, server up.
import net from 'node:net';
import {check, same, test} from '../lib/harness.mjs';
import {request} from '../lib/http.mjs';
import {shared} from '../lib/world.mjs';

const kJson = {'Content-Type': 'application/json'};

async function post(world, path, body, headers = {}) {
  const answer = await request(world.url + path, {method: 'POST', body,
    headers: {...kJson, Authorization: `Bearer ${world.ambit.token('alice')}`, ...headers}});
  return {status: answer.status, reason: JSON.parse(answer.body || '{}').reason};
}

test('BadInput.RestRefusesEachWithAReason', async () => {
  const world = await shared();
  const deep = '['.repeat(100) + ']'.repeat(100);
  const cases = [
    ['malformed', '{"id":', 400], ['two values', '{} {}', 400], ['a list', '[]', 400],
    ['deep', `{"id":${deep}}`, 400], ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['half a surrogate', '{"id":"\\ud800"}', 400], ['a key twice', '{"id":"a","id":"b"}', 400],
    ['unknown member', '{"id":"a","class":"human","rank":1}', 400],
    ['wrong type', '{"id":1,"class":"human"}', 400], ['NaN', '{"id":NaN}', 400],
    ['huge', `{"id":"${'x'.repeat(5 << 20)}"}`, 413],
  ];
  for (const [what, body, status] of cases) {
    const answer = await post(world, '/v1/identities', body).catch((error) => ({status: error.code}));
    // A client that is still sending may find the connection closed before it reads the answer.
    const closed = what === 'huge' && ['EPIPE', 'ECONNRESET'].includes(answer.status);
    check(closed || (answer.status === status && answer.reason), `${what}: ${status}`, answer);
  }
  const text = await post(world, '/v1/identities', '{}', {'Content-Type': 'text/plain'});
  same(text.status, 415, 'another type');
  same((await request(`${world.url}/healthz`)).status, 200, 'still up');
});

test('BadInput.GatewayRefusesEachWithAReason', async () => {
  const world = await shared();
  const session = await world.session('clumsy', 'plain');
  const call = (args) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${args}}}`;
  const deep = '['.repeat(300) + ']'.repeat(300);
  const cases = [
    ['malformed', '{"jsonrpc":"2.0",', 400], ['no message', '{}', 400], ['a number', '1', 400],
    ['deep', call(deep), 400], ['bad UTF-8', Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":1,"method":"'),
      Buffer.from([0xff]), Buffer.from('"}')]), 400],
    ['an id of another kind', '{"jsonrpc":"2.0","id":{},"method":"ping"}', 400],
    ['an answer that nobody asked for', '{"jsonrpc":"2.0","id":7,"result":{}}', 400],
  ];
  for (const [what, body, status] of cases) {
    same((await session.post(body)).status, status, what);
  }
  for (const args of ['{"text":"a","text":"b"}', '{"text":1}', '{}', '{"text":"a","more":1}', '[]', '"x"',
    '{"text":"\\ud800"}']) {
    const {messages} = await session.post(call(args));
    const answer = messages.at(-1);
    check(answer.error || answer.result?.isError, `arguments ${args}`, answer);
  }
  same((await session.call('echo', {text: 'still here'})).text, 'still here', 'the session works on');
});

test('BadInput.WrongHostAndOrigin', async () => {
  const world = await shared();
  const origin = (value) => request(`${world.url}/v1/tools`, {headers: {Origin: value,
    Authorization: `Bearer ${world.ambit.token('alice')}`}});
  same((await origin('https://evil.example')).status, 403, 'a foreign origin');
  same((await origin('null')).status, 403, 'an opaque origin');
  same((await origin(world.url)).status, 200, 'its own origin');
  const foreign = await request(`${world.url}/healthz`, {headers: {Host: 'evil.example'}});
  same(foreign.status, 421, 'a foreign host');
  const session = await world.session('rebound', 'plain');
  const answer = await session.post('{"jsonrpc":"2.0","id":1,"method":"ping"}',
    {headers: {Origin: 'http://evil.example'}});
  same(answer.status, 403, 'a foreign origin at the gateway');
});

// Bytes as they are, on a connection of their own; gives the first line of the answer.
const rawly = ({port}, bytes) => new Promise((resolve, reject) => {
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
  let received = '';
  socket.on('data', (chunk) => { received += chunk; });
  socket.on('close', () => resolve(received.split('\r\n')[0]));
  socket.on('error', reject);
  socket.setTimeout(15_000, () => socket.destroy());
});

test('BadInput.AmbiguousFramingIsRefused', async () => {
  const world = await shared();
  const head = `POST /v1/identities HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\n`;
  const cases = {
    'both lengths': `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`,
    'a signed length': `${head}Content-Length: +5\r\n\r\nhello`,
    'a space before the colon': `${head}Content-Length : 5\r\n\r\nhello`,
    'a folded header': `${head}X: a\r\n b\r\n\r\n`,
    'no host': 'GET /healthz HTTP/1.1\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(cases)) {
    check(/^HTTP\/1\.1 (400|501)/.test(await rawly(world, bytes)), `${what} is refused`, await rawly(world, bytes));
  }
});
