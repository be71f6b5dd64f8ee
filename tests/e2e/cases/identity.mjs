// Who may act at all: registration, instances, lifecycle.
import {check, same, test, until} from '../lib/harness.mjs';
import {McpSession} from '../lib/http.mjs';
import {shared} from '../lib/world.mjs';
import {Key, redeem} from '../../../examples/first-call/lib/dpop.mjs';

const kFields = ['purpose', 'autonomy.chooses_tools', 'autonomy.sequences_actions',
  'autonomy.acts_without_gate', 'owners.business', 'owners.control', 'owners.scope_approver',
  'owners.lifecycle', 'tools', 'data_domains', 'outcomes', 'retires_at', 'policy'];

test('Agents.Requirement_A3_AreNotActivatedWhileAnyFieldIsMissing', async () => {
  const world = await shared();
  const id = 'incomplete';
  const whole = world.agentSpec(id);
  await world.must('alice', 'POST', '/v1/identities', whole);
  for (const field of kFields) {
    const lacking = structuredClone(whole);
    const names = field.split('.');
    const last = names.pop();
    delete names.reduce((at, name) => at[name], lacking.agent)[last];
    await world.must('alice', 'PUT', `/v1/identities/${id}`, lacking);
    const refused = await world.rest('alice', 'POST', `/v1/identities/${id}/activate`);
    check(refused.status === 400 && refused.body.detail.includes(`\`agent.${field}\``),
      `activation without ${field} is refused and names it`, refused);
    const task = await world.rest('alice', 'POST', '/v1/tasks', {agent: id, goal: 'x',
      trigger: {kind: 'human', reference: 'x'}, budget: {calls: 1}, deadline_in: '1m',
      scope: {tools: ['plain/echo'], targets: [], data_domains: ['shop'], outcomes: ['read']}});
    check(task.status === 409, 'an agent that is not active gets no task', task);
  }
  await world.must('alice', 'PUT', `/v1/identities/${id}`, whole);
  await world.must('alice', 'POST', `/v1/identities/${id}/activate`);
});

test('Agents.Requirement_A3_DecisionsNameAFieldThatWentMissingLater', async () => {
  const world = await shared();
  const session = await world.session('hollowed', 'plain');
  const lacking = world.agentSpec('hollowed');
  delete lacking.agent.owners.lifecycle;
  await world.must('alice', 'PUT', '/v1/identities/hollowed', lacking);
  const answer = await session.call('echo', {text: 'x'});
  check(answer.isError && answer.reason === 'agent.incomplete' &&
    answer.text.includes('agent.owners.lifecycle'), 'denied, naming the field', answer);
});

test('Instances.Requirement_A2_HaveKeysOfTheirOwn', async () => {
  const world = await shared();
  await world.agent('many');
  const key = new Key();
  const sessions = [];
  for (let i = 0; i < 3; ++i) {
    const task = await world.task('many');
    if (i > 0) {
      const {status, body} = await redeem(world.url, task.claim, key);
      check(status === 409 && body.reason === 'instance.key_in_use', 'a key is one instance\'s', body);
    }
    const session = await McpSession.open(world, {claim: task.claim, server: 'plain',
      ...(i === 0 && {key})});
    await session.call('echo', {text: 'x'});
    sessions.push((await world.decisions(task.id))[0].instance);
  }
  same(new Set(sessions).size, 3, 'three instances in the records');
});

test('Agents.Requirement_C8_SuspendedAgentsAreDeniedWithAValidCredential', async () => {
  const world = await shared();
  const session = await world.session('suspended', 'plain');
  check(!(await session.call('echo', {text: 'x'})).isError, 'it works before');
  await world.must('alice', 'POST', '/v1/identities/suspended/suspend');
  const answer = await session.call('echo', {text: 'x'});
  check(answer.status === 401 && answer.reason === 'token.task_ended', 'dead at once', answer);
});

test('Agents.Requirement_C6_ExpireByThemselves', async () => {
  const world = await shared();
  const session = await world.session('shortlived', 'plain', {agent:
    {retires_at: new Date(Date.now() + 4000).toISOString().replace(/\.\d+/, '')}});
  check(!(await session.call('echo', {text: 'x'})).isError, 'it works before');
  await until('the agent is retired', async () =>
    (await world.must('carol', 'GET', '/v1/identities/shortlived')).state === 'retired');
  const answer = await session.call('echo', {text: 'x'});
  check(answer.status === 401, 'its credential is dead', answer);
  const task = await world.must('carol', 'GET', `/v1/tasks/${session.task}`);
  check(task.state === 'ended' && task.end_report.verified, 'its task ended, verified', task);
});

test('Agents.GetNoLastingToken', async () => {
  const world = await shared();
  await world.agent('tokenless');
  const {status, body} = await world.rest('admin', 'POST', '/v1/identities/tokenless/tokens',
    {lifetime: '1d'});
  check(status === 403 && body.reason === 'agent.static_credential', 'no token for an agent', body);
});

test('Tokens.ThatOneIssuesToOneselfEndWithTheOneUsed', async () => {
  const world = await shared();
  const {id, token} = await world.must('admin', 'POST', '/v1/identities/carol/tokens',
    {lifetime: '1h'});
  const as = async (credential, method, path, body) => {
    const answer = await fetch(world.url + path, {method, headers: {
      Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json'},
    ...(body && {body: JSON.stringify(body)})});
    return {status: answer.status, body: await answer.json()};
  };
  const longer = await as(token, 'POST', '/v1/identities/carol/tokens', {lifetime: '2h'});
  check(longer.status === 403 && longer.body.reason === 'token.outlives', 'none that lasts', longer);
  const child = await as(token, 'POST', '/v1/identities/carol/tokens', {lifetime: '30m'});
  same(child.status, 201, 'a shorter one');
  same((await as(child.body.token, 'GET', '/v1/identities/carol')).status, 200, 'it works');
  await world.must('admin', 'DELETE', `/v1/identities/carol/tokens/${id}`);
  same((await as(child.body.token, 'GET', '/v1/identities/carol')).status, 401, 'and ends with it');
});
