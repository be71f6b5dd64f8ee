// Authority belongs to tasks: what one gives, bounds, and takes back.
import {check, same, test, until} from '../lib/harness.mjs';
import {McpSession} from '../lib/http.mjs';
import {kAsRoot, shared} from '../lib/world.mjs';
import {Key, claimsOf, redeem, renew} from '../../../examples/first-call/lib/dpop.mjs';
import fs from 'node:fs';
import path from 'node:path';

test('Tasks.Requirement_C1_NameGoalScopeBudgetOwnerAndDeadline', async () => {
  const world = await shared();
  await world.agent('instantiated');
  const {task} = await world.task('instantiated', {calls: 7, deadline: '2m'});
  check(task.goal && task.scope.tools.length > 0 && task.budget.calls === 7 && task.deadline &&
    task.started_by === 'alice', 'all of them', task);
  const whole = {agent: 'instantiated', goal: 'x', trigger: {kind: 'human', reference: 'x'},
    scope: task.scope, budget: {calls: 1}, deadline_in: '1m'};
  for (const field of ['agent', 'goal', 'trigger', 'scope', 'budget', 'deadline_in']) {
    const {[field]: _, ...lacking} = whole;
    const {status, body} = await world.rest('alice', 'POST', '/v1/tasks', lacking);
    check(status === 400 && body.detail.includes(field.replace('_in', '')), `refused without ${field}`, body);
  }
});

test('Tasks.Requirement_D2_CredentialsAreShortAndBound', async () => {
  const world = await shared();
  await world.agent('credentialed');
  const {id, claim} = await world.task('credentialed', {tools: ['plain/echo'], outcomes: ['read']});
  const key = new Key();
  const {body} = await redeem(world.url, claim, key);
  const claims = claimsOf(body.access_token);
  check(claims.exp - claims.iat <= 600, 'ten minutes at most', claims);
  same([claims.task, claims.instance, claims.session, claims.cnf.jkt, claims.sub],
    [id, body.instance, body.session, key.thumbprint, 'credentialed'], 'its bindings');
  const [authority] = claims.authorization_details;
  check(authority.tools[0] === 'plain/echo' && authority.locations.length === 4 &&
    authority.datatypes[0] === 'shop' && authority.actions[0] === 'read',
  'tool, target, data and action', authority);
});

test('Tasks.Requirement_C3_EndTakesEverythingAtOnce', async () => {
  const world = await shared();
  const session = await world.session('ended', 'classes');
  const second = await world.task('ended');
  const open = session.call('pay', {account: 'acme', amount: 5});
  const approval = await world.held(session.task);
  const ended = await world.must('alice', 'POST', `/v1/tasks/${session.task}/end`, {reason: 'done'});
  check((await open).isError, 'the held call is refused');
  const dead = await session.call('query_orders', {table: 'x'});
  check(dead.status === 401, 'the credential is dead', dead);
  same((await renew(world.url, session.token, session.key)).status, 401, 'no renewal');
  same((await world.grant(approval)).status, 409, 'no grant');
  check(ended.end_report.verified && ended.end_report.probes.length > 3, 'a verified report', ended);
  await world.must('alice', 'POST', '/v1/identities/ended/decommission');
  const late = await redeem(world.url, second.claim, new Key());
  check(late.status >= 400, 'the claim of its other task is dead', late);
});

test('Tasks.Requirement_E8_LimitToolsPerTaskNotPerAgent', async () => {
  const world = await shared();
  await world.agent('twofold');
  const open = async (tools) => McpSession.open(world,
    {claim: (await world.task('twofold', {tools})).claim, server: 'plain'});
  const [a, b] = [await open(['plain/echo']), await open(['plain/add', 'plain/slow'])];
  same(await a.tools(), ['echo'], 'the first task\'s tools');
  same(await b.tools(), ['add', 'slow'], 'the second task\'s tools');
  const answer = await b.call('echo', {text: 'x'});
  check(/Unknown tool/.test(answer.error?.message), 'the other task\'s tool does not exist', answer);
});

test('Tasks.Requirement_E3_AuthoriseOutcomesNotOnlyTools', async () => {
  const world = await shared();
  const session = await world.session('creator', 'plain', {task: {outcomes: ['read', 'create']}});
  const file = path.join(world.workspace, 'created.txt');
  const created = await session.call('write', {path: file, text: 'one'});
  check(!created.isError, 'creates', created);
  const again = await session.call('write', {path: file, text: 'two'});
  check(again.isError && again.reason === 'scope.outcome', 'may not overwrite', again);
  if (!kAsRoot) same(fs.readFileSync(file, 'utf8'), 'one', 'the file as it was');
});

test('Tasks.Requirement_E11_BurstsAreBounded', async () => {
  const world = await shared();
  const session = await world.session('hasty', 'plain',
    {agent: {limits: {calls_per_minute: 1, burst: 5}}});
  const answers = await Promise.all(Array.from({length: 12}, () => session.call('echo', {text: 'x'})));
  same(answers.filter(({isError}) => !isError).length, 5, 'calls let through');
  check(answers.filter(({reason}) => reason === 'limit.rate').length === 7, 'the others denied', answers);
});

test('Tasks.BudgetsCountWhatWasReleased', async () => {
  const world = await shared();
  const session = await world.session('thrifty', 'plain', {task: {calls: 10}});
  for (let i = 0; i < 5; ++i) {
    check(!(await session.call('echo', {text: 'x'})).isError, 'a call within budget');
    const wrong = await session.call('echo', {txt: 'x'});
    same(wrong.reason, 'arguments.invalid', 'a denied call, which costs no budget');
  }
  const rest = await Promise.all(Array.from({length: 8}, () => session.call('echo', {text: 'x'})));
  same(rest.filter(({isError}) => !isError).length, 5, 'what was left, even at once');
  check(rest.filter(({reason}) => reason === 'limit.budget').length === 3, 'then none', rest);
});

test('Tasks.EndAtTheirDeadlineAndTheirClaimsWithThem', async () => {
  const world = await shared();
  await world.agent('late');
  const {id, claim} = await world.task('late', {deadline: '1s'});
  await until('the task has ended', async () =>
    (await world.must('carol', 'GET', `/v1/tasks/${id}`)).state === 'ended');
  const {status, body} = await redeem(world.url, claim, new Key());
  check(status === 410 && body.reason === 'task.ended', 'the claim expired with it', {status, body});
  const again = await redeem(world.url, claim, new Key());
  check(again.status === 401 && again.body.reason === 'claim.unknown', 'and is forgotten', again);
});

test('Tasks.TwoAgentsAtOnceKeepTheirOwn', async () => {
  const world = await shared();
  const sessions = await Promise.all(['left', 'right'].map((name) => world.session(name, 'plain')));
  const [left, right] = sessions;
  const calls = Array.from({length: 20}, (_, i) => [left, right].map(async (session, who) => {
    const answer = await session.call('echo', {text: `${who}-${i}`});
    return answer.text === `${who}-${i}`;
  })).flat();
  check((await Promise.all(calls)).every(Boolean), 'each gets its own answers');
  for (const [i, name] of ['left', 'right'].entries()) {
    const decisions = await world.decisions(sessions[i].task);
    check(decisions.length === 20 && decisions.every(({agent}) => agent === name), `${name}'s records`);
  }
  // One's session and credential do not mix with the other's.
  const mixed = new McpSession(world.url, 'plain', {token: left.token, key: left.key});
  mixed.id = right.id;
  same((await mixed.call('echo', {text: 'x'})).status, 404, 'the other\'s session does not exist');
});
