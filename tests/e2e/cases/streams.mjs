// Decisions on their way to other systems.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import {atEnd, check, same, test, until} from '../lib/harness.mjs';
import {World} from '../lib/world.mjs';

// An OTLP endpoint whose mood a test sets: `ok`, `fail` (503) or `stall` (no answer at all).
async function collector() {
  const spans = [];
  const self = {mood: 'ok', requests: 0, spans};
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      ++self.requests;
      if (self.mood === 'stall') return;
      if (self.mood === 'ok') {
        for (const {scopeSpans} of JSON.parse(body).resourceSpans) spans.push(...scopeSpans.flatMap(({spans: some}) => some));
      }
      response.writeHead(self.mood === 'ok' ? 200 : 503, {'Content-Type': 'application/json'});
      response.end('{"partialSuccess":{}}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => { server.closeAllConnections(); server.close(); });
  self.url = `http://127.0.0.1:${server.address().port}/v1/traces`;
  return self;
}

const attribute = (span, key) => span.attributes.find((one) => one.key === key)?.value.stringValue;

test('Streams.EveryDecisionReachesACollectorThatFailsStallsAndComesBack', async () => {
  const target = await collector();
  const base = fs.mkdtempSync('/tmp/ambit-e2e-streams-');
  atEnd(() => fs.rmSync(base, {recursive: true, force: true}));
  const file = path.join(base, 'events.jsonl');
  const world = await World.start({flags: ['--stream', `otlp=${target.url}`, '--stream', `ocsf=${file}`]});
  const session = await world.session('streamed', 'classes');
  const decided = async (count) => {
    for (let i = 0; i < count; ++i) await session.call('query_orders', {table: 'orders'});
  };
  const seen = () => target.spans.filter((span) => !span.parentSpanId).map((span) => attribute(span, 'ambit.decision'));
  await decided(3);
  await session.call('drop_table', {table: 'orders'});
  await until('the first are there', () => seen().length >= 4);
  target.mood = 'fail';
  const before = target.requests;
  await decided(3);
  await until('it was tried', () => target.requests > before);
  target.mood = 'stall';
  // The endpoint is of no account to those who ask for decisions.
  const began = Date.now();
  await decided(3);
  check(Date.now() - began < 5000, 'decisions do not wait for it', Date.now() - began);
  target.mood = 'ok';
  const all = (await world.decisions(session.task)).map(({id}) => id).reverse();
  await until('the rest came', () => new Set(seen()).size >= all.length, 60_000);
  same([...new Set(seen())], all, 'every decision, in order');
  const calls = target.spans.filter((span) => span.parentSpanId);
  check(calls.every(({traceId}) => traceId === target.spans[0].traceId), 'one trace a task');
  const events = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  same(events.map(({metadata}) => metadata.uid), all, 'the same as OCSF events');
  same([events[0].class_uid, events[0].type_uid, events[0].action_id, events[3].disposition_id],
    [6003, 600302, 1, 2], 'class, type, allowed, blocked');
  // After a restart it goes on where it was.
  await world.end();
  await world.serve();
  const count = events.length;
  const again = await world.session('streamed-again', 'classes');
  await again.call('query_orders', {table: 'orders'});
  const lines = () => fs.readFileSync(file, 'utf8').trim().split('\n');
  await until('the new one came', () => lines().length > count);
  same(lines().length, count + 1, 'nothing twice after a stop in good order');
});
