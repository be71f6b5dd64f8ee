// The MCP gateway: methods in both directions, streams, cancellation.
import {check, same, test, until} from '../lib/harness.mjs';
import {McpSession} from '../lib/http.mjs';
import {shared, World} from '../lib/world.mjs';

test('Gateway.ProgressOfTheToolServerComesThrough', async () => {
  const world = await shared();
  const session = await world.session('watching', 'plain');
  const answer = await session.call('slow', {ms: 600, steps: 3}, {meta: {progressToken: 'tok-1'}});
  const steps = answer.before.filter((m) => m.method === 'notifications/progress').map((m) => m.params);
  same(steps.map(({progressToken, progress}) => [progressToken, progress]),
    [['tok-1', 1], ['tok-1', 2], ['tok-1', 3]], 'progress under the agent\'s own token');
  same(answer.text, 'done', 'then the answer');
});

test('Gateway.LongCallsAreKeptAliveWithComments', async () => {
  const world = await shared();
  const session = await world.session('longer', 'plain');
  const answer = await session.call('slow', {ms: 11_500, steps: 1});
  check(answer.comments.length >= 2, 'comments while it takes its time', answer.comments);
  same(answer.text, 'done', 'then the answer');
});

test('Gateway.CancellationReachesTheToolServer', async () => {
  const world = await shared();
  const session = await world.session('impatient', 'plain');
  const answer = session.call('never', {}, {id: 'n1'});
  await until('the call is open', async () => (await world.decisions(session.task)).length === 1);
  await session.notify('notifications/cancelled', {requestId: 'n1'});
  await answer;
  const told = JSON.parse((await session.call('cancelled')).text);
  same(told.length, 1, 'cancellations at the server');
});

test('Gateway.ServersMayNotSampleOrElicit', async () => {
  const world = await shared();
  const session = await world.session('sampled', 'plain');
  for (const tool of ['sample', 'elicit']) {
    const answer = await session.call(tool);
    check(answer.text.includes('error') && answer.text.includes('-32601'), `${tool} refused`, answer);
    same(answer.before, [], 'nothing of it reaches the agent');
  }
});

test('Gateway.RootsAreAnsweredFromTheTask', async () => {
  const world = await shared();
  const narrow = `${world.workspace}/inner`;
  const session = await world.session('rooted', 'plain',
    {task: {targets: [{kind: 'path', within: narrow}]}});
  const {roots} = JSON.parse((await session.call('roots')).text);
  same(roots.map(({uri}) => uri), [`file://${narrow}`], 'roots that the server is told');
});

test('Gateway.UnknownMethodsAreRefused', async () => {
  const world = await shared();
  const session = await world.session('curious', 'plain');
  for (const method of ['resources/list', 'resources/read', 'prompts/list', 'prompts/get',
    'completion/complete', 'tasks/list', 'server/discover', 'made/up', 'sampling/createMessage']) {
    const answer = await session.rpc(method, {});
    same(answer.error?.code, -32601, `${method} is not there`);
  }
  same((await session.rpc('ping')).result, {}, 'ping is');
});

test('Gateway.ResultsComeThroughByteForByte', async () => {
  const world = await shared();
  const session = await world.session('exact', 'plain');
  const {body} = await session.post(JSON.stringify({jsonrpc: '2.0', id: 1, method: 'tools/call',
    params: {name: 'numbers', arguments: {}}}));
  check(body.includes('90071992547409931234') && body.includes('"one":1.0') && body.includes('1e-400'),
    'numbers as the server wrote them', body);
});

test('Gateway.WhatIsDecidedIsWhatTheServerGets', async () => {
  const world = await shared();
  const session = await world.session('canonical', 'plain');
  await session.post('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":' +
    '{"name":"add","arguments":{ "b" : 2, "a":\n1 },"extra":{"a":9}}}');
  const last = (await session.call('last_call')).text;
  check(last.includes('"arguments":{"a":1,"b":2}') && !last.includes('extra'), 'canonical bytes', last);
});

test('Gateway.ToolErrorsComeThrough', async () => {
  const world = await shared();
  const session = await world.session('failing', 'plain');
  const refused = await session.call('refuse');
  check(refused.isError && refused.text === 'no' && !refused.reason, 'the tool\'s own error', refused);
  const answer = await session.call('rpc_error');
  same(answer.error?.code, -32050, 'the tool\'s own code');
});

test('Gateway.SecretsOfOursStayOutOfTheToolServersEnvironment', async () => {
  const world = await shared();
  const session = await world.session('scrubbed', 'plain');
  const environment = JSON.parse((await session.call('environment')).text);
  same(Object.keys(environment).filter((name) => !['PATH', 'HOME', 'LANG'].includes(name)), [],
    'variables beside PATH, HOME and LANG');
});

test('Gateway.BatchesOnlyInTheRevisionThatHasThem', async () => {
  const world = await shared();
  const batch = JSON.stringify(['a', 'b'].map((text, id) =>
    ({jsonrpc: '2.0', id: id + 1, method: 'tools/call', params: {name: 'echo', arguments: {text}}})));
  await world.agent('batching');
  for (const [revision, status] of [['2025-06-18', 400], ['2025-11-25', 400], ['2025-03-26', 200]]) {
    const session = await McpSession.open(world,
      {claim: (await world.task('batching')).claim, server: 'plain', revision});
    same((await session.post(batch)).status, status, `an array in ${revision}`);
  }
});

test('Gateway.SessionsEndAndUnknownOnesAre404', async () => {
  const world = await shared();
  const session = await world.session('leaving', 'plain');
  const gone = await fetch(session.url, {method: 'DELETE', headers: session.headers('DELETE')});
  same(gone.status, 204, 'deleted');
  same((await session.call('echo', {text: 'x'})).status, 404, 'then unknown');
  await session.initialize();
  same((await session.call('echo', {text: 'x'})).text, 'x', 'a new one works');
});

test('Gateway.ListChangesAreToldAndTheChangedToolIsFrozen', async () => {
  const world = await World.start();
  const session = await world.session('changed', 'plain');
  const controller = new AbortController();
  const heard = [];
  const listening = session.listen({signal: controller.signal, onMessage: (m) => heard.push(m.method)});
  check(!(await session.call('echo', {text: 'x'})).isError, 'echo works');
  await session.call('change');
  await until('the agent is told', () => heard.includes('notifications/tools/list_changed'));
  check(!(await session.tools()).includes('echo'), 'the changed tool is gone');
  for (let again = 0; again < 2; ++again) {
    const answer = await session.call('echo', {text: 'x'});
    check(answer.isError && answer.reason === 'tool.frozen', 'and says why it cannot be called', answer);
    check(answer.text.includes('waits to be approved again'), 'and what it waits for', answer);
  }
  const [last] = await world.decisions(session.task);
  same(last.decision.reasons[0].code, 'tool.frozen', 'the reason on record');
  controller.abort();
  await listening;
});
