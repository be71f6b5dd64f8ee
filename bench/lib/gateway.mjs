// A tools/call through the gateway beside the same call direct, interleaved.
import { Agent, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from './median.mjs';
import { cpuSeconds, prepare, startAmbit, startPaced, startProgram, startTool } from './server.mjs';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const calls = 1500;
const warmUp = 1000;
const nowUs = () => Number(process.hrtime.bigint()) / 1e3;
const callMessage = (id) => JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call',
  params: { name: 'echo', arguments: { text: 'hello' } } });
const initialize = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: {
  protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } } });

// One keep-alive connection; resolves to the body.
function poster(agent, url, headers) {
  const { hostname, port, pathname } = new URL(url);
  return (body) => new Promise((done, failed) => {
    const sent = request({ agent, hostname, port, path: pathname, method: 'POST', headers: {
      'content-type': 'application/json', accept: 'application/json, text/event-stream',
      'content-length': Buffer.byteLength(body), ...headers } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (data) => { text += data; });
      answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, text }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

// A program that answers each line with one: the tool server itself, the yardstick of the disk.
function lines(child) {
  let buffer = '';
  let waiting = null;
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (data) => {
    buffer += data;
    const end = buffer.indexOf('\n');
    if (end < 0) return;
    const line = buffer.slice(0, end);
    buffer = buffer.slice(end + 1);
    waiting?.(line);
  });
  return { child, call: (message) => new Promise((done) => {
    waiting = done;
    child.stdin.write(message + '\n');
  }) };
}

export async function gatewayRows(build) {
  const ambit = await startAmbit(build, 7792);
  const starter = readFileSync(join(project, 'policies/starter.cedar'), 'utf8');
  const who = await prepare(ambit, { policies: { starter } });
  const echo = startProgram(join(build, 'bench/echo_server'), ['0']);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const bare = poster(agent, `http://127.0.0.1:${await echo.firstLine}/`, {});
  const open = poster(agent, `${ambit.base}/mcp/plain`, { authorization: `Bearer ${who.credential}` });
  const opened = await open(initialize);
  const through = poster(agent, `${ambit.base}/mcp/plain`, {
    authorization: `Bearer ${who.credential}`, 'mcp-protocol-version': '2025-11-25',
    'mcp-session-id': opened.headers['mcp-session-id'] });
  await through(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  const first = await through(callMessage(1));
  if (!/hello/.test(first.text)) throw new Error(`not allowed: ${first.status} ${first.text}`);
  const server = lines(startTool());
  const disk = lines(startPaced(join(build, 'bench/fdatasync_probe'), [ambit.folder, '--paced']));
  await server.call(initialize);
  const took = { direct: [], gateway: [], echo: [], sync: [] };
  const cpuOf = () => [ambit, echo, disk].map(({ child }) => cpuSeconds(child.pid));
  let cpu = [];
  // What a start costs once (the next segment's zeros, first pages, caches) is not a call's cost.
  for (let i = 2; i < warmUp + calls + 2; ++i) {
    if (i === warmUp + 2) {
      for (const list of Object.values(took)) list.length = 0;
      cpu = cpuOf();
    }
    const message = callMessage(i);
    took.sync.push(Number(await disk.call('')));
    let start = nowUs();
    await server.call(message);
    took.direct.push(nowUs() - start);
    start = nowUs();
    await bare(message);
    took.echo.push(nowUs() - start);
    start = nowUs();
    await through(message);
    took.gateway.push(nowUs() - start);
  }
  const [spent, ...yardstick] = cpuOf().map((seconds, i) => (seconds - cpu[i]) * 1e3 / calls);
  const bareCpu = yardstick[0] + yardstick[1];
  const gateway = median(took.gateway), plain = median(took.direct);
  const echoed = median(took.echo), sync = median(took.sync);
  server.child.kill();
  disk.child.kill();
  echo.child.kill();
  await ambit.stop();
  agent.destroy();
  return [
    { name: 'gateway.direct_p50', value: plain, unit: 'µs' },
    { name: 'gateway.call_p50', value: gateway, unit: 'µs', yardstick: 'direct',
      yardstick_value: plain, ratio: gateway / plain },
    { name: 'gateway.added_p50', value: gateway - plain, unit: 'µs',
      yardstick: 'echo p50 + fdatasync p50', yardstick_value: echoed + sync,
      ratio: (gateway - plain) / (echoed + sync), target: '≤ yardstick + 200 µs' },
    { name: 'gateway.cpu_per_call', value: spent, unit: 'ms', yardstick: 'CPU of echo + fdatasync',
      yardstick_value: bareCpu, ratio: spent / bareCpu, target: '≤ 0.2 ms' },
  ];
}
