// What needs a human.
import {check, same, test, until} from '../lib/harness.mjs';
import {shared} from '../lib/world.mjs';

const kHigh = [['MoveData', 'export', {dataset: 'customers', to: 'x@example.org'}],
  ['Spend', 'pay', {account: 'acme', amount: 100}],
  ['ChangeInfra', 'scale', {service: 'web', replicas: 9}, 'more load'],
  ['ChangeAccess', 'grant_role', {role: 'admin', to: 'mallory'}, 'on duty']];

const why = (text) => (text ? {meta: {'ambit/justification': text}} : {});
const executed = async (session) => JSON.parse((await session.call('executed')).text);

for (const [name, tool, args, reason] of kHigh) {
  test(`Approvals.Requirement_G1_${name}WaitsForAHuman`, async () => {
    const world = await shared();
    const session = await world.session(`g1-${name.toLowerCase()}`, 'classes');
    const answer = session.call(tool, args, why(reason));
    const approval = await world.held(session.task);
    same(approval.view.tier, 'high', 'its tier');
    same(await executed(session), [], 'what was done while it waits');
    await world.grant(approval);
    check(!(await answer).isError, 'done on the grant', await answer);
    same(await executed(session), [tool], 'what was done then');
  });
}

const kDestructive = [['drop_table', {table: 'orders'}], ['scale', {service: 'web', replicas: 0}],
  ['grant_role', {role: 'admin', to: 'me'}], ['read_secret', {name: 'key'}],
  ['set_option', {option: 'retention', value: '0'}]];

for (const [tool, args] of kDestructive) {
  test(`Approvals.Requirement_E9_${tool}NeedsAJustificationAndAnApproval`, async () => {
    const world = await shared();
    const session = await world.session(`e9-${tool}`, 'classes');
    const silent = await session.call(tool, args);
    check(silent.isError && silent.text.includes('ambit/justification'), 'denied without a word', silent);
    same(await executed(session), [], 'nothing done');
    const answer = session.call(tool, args, why('ticket 12 asks for it'));
    const approval = await world.held(session.task);
    same(approval.view.justification, 'ticket 12 asks for it', 'what the approver reads');
    await world.grant(approval);
    check(!(await answer).isError, 'allowed with both', await answer);
    same(await executed(session), [tool], 'done once');
    const record = (await world.decisions(session.task)).find((one) => one.tool === tool &&
      one.decision.verdict === 'allow');
    same(record.justification, 'ticket 12 asks for it', 'the justification on record');
  });
}

test('Approvals.Requirement_G3_CoverOneCallOnce', async () => {
  const world = await shared();
  const session = await world.session('g3', 'classes');
  const args = {account: 'acme', amount: 100};
  const first = session.call('pay', args);
  const approval = await world.held(session.task);
  await world.grant(approval);
  check(!(await first).isError, 'the approved call');
  for (const changed of [args, {...args, amount: 101}, {...args, account: 'acme2'}]) {
    const answer = session.call('pay', changed);
    const next = await world.held(session.task);
    check(next.id !== approval.id, 'held anew', next);
    await world.refuse(next);
    same((await answer).reason, 'approval.refused', 'the answer');
    check((await answer).text.includes('`bob` refused this call, saying: no'), 'who refused', await answer);
  }
  same(await executed(session), ['pay'], 'paid once');
  const wrong = session.call('pay', args);
  const next = await world.held(session.task);
  const forged = await world.rest('bob', 'POST', `/v1/approvals/${next.id}/grant`,
    {digest: approval.action_digest.replace(/.$/, (c) => (c === '0' ? '1' : '0'))});
  same(forged.status, 409, 'a grant of another digest');
  await world.refuse(next);
  await wrong;
});

test('Approvals.Requirement_G3_AreNotForThoseWhoAskedOrForAgents', async () => {
  const world = await shared();
  const session = await world.session('g3-own', 'classes');
  const answer = session.call('pay', {account: 'acme', amount: 1});
  const approval = await world.held(session.task);
  const own = await world.grant(approval, 'alice');
  check(own.status === 403 && own.body.reason === 'approval.own_request', 'alice started it', own);
  same((await world.grant(approval, 'carol')).status, 403, 'an auditor');
  same((await world.grant(approval, 'pep')).status, 403, 'a service');
  const url = `${world.url}/v1/approvals/${approval.id}/grant`;
  const agents = await fetch(url, {method: 'POST', body: JSON.stringify({digest: approval.action_digest}),
    headers: {'Content-Type': 'application/json', Authorization: `DPoP ${session.token}`,
      DPoP: session.key.proof('POST', url, session.token)}});
  same(agents.status, 403, 'the agent');
  await world.refuse(approval);
  await answer;
});

test('Approvals.Requirement_G6_ShowTheContextAndLapse', async () => {
  const world = await shared();
  const session = await world.session('g6', 'classes', {task: {deadline: '4s'}});
  const answer = session.call('export', {dataset: 'customers', to: 'x@example.org'},
    {meta: {'ambit/intent': 'send the list'}});
  const {view, id, expires_at: expires} = await world.held(session.task);
  check(view.trigger.reference === 'e2e' && view.tool === 'export' && view.targets.length === 2 &&
    view.reasons.length > 0 && view.data_domain === 'shop' && view.scope.tools.length > 0 &&
    view.intent === 'send the list' && view.owners.business === 'alice' && expires,
  'trigger, tool, target, reason, data, reach', view);
  check((await answer).isError, 'no answer is a refusal', await answer);
  const after = await world.must('bob', 'GET', `/v1/approvals/${id}`);
  check(['expired', 'refused'].includes(after.state), 'nothing is left to be granted', after.state);
});

test('Approvals.HoldIsKeptOpenForFiftySecondsThenAnswersWithItsApproval', async () => {
  const world = await shared();
  const session = await world.session('patient', 'classes');
  const args = {account: 'acme', amount: 7};
  const began = Date.now();
  const waited = await session.call('pay', args, {meta: {progressToken: 'p'}});
  const took = Date.now() - began;
  check(took > 45_000 && took < 58_000, 'about 50 s', String(took));
  check(waited.isError && waited.reason === 'approval.pending' && waited.meta['ambit/approval'],
    'the approval\'s id', waited);
  check(waited.before.filter((m) => m.method === 'notifications/progress').length >= 5,
    'progress while it waits', waited.before);
  check(waited.comments.length >= 5, 'keep-alive comments while it waits', waited.comments);
  const progress = waited.before.map((m) => m.params.progress);
  check(progress.every((value, i) => i === 0 || value > progress[i - 1]), 'it only grows', progress);
  const approval = await world.held(session.task);
  same(approval.id, waited.meta['ambit/approval'], 'the same approval');
  await world.grant(approval);
  const again = await session.call('pay', args);
  check(!again.isError && again.text.startsWith('did pay'), 'the same call goes through', again);
  same(await executed(session), ['pay'], 'paid once');
});

test('Approvals.CancellingTheCallEndsTheHold', async () => {
  const world = await shared();
  const session = await world.session('cancelling', 'classes');
  const answer = session.call('pay', {account: 'acme', amount: 3}, {id: 'c1'});
  const approval = await world.held(session.task);
  await session.notify('notifications/cancelled', {requestId: 'c1', reason: 'no longer'});
  const given = await answer;
  check(given.error || given.isError || !given.result, 'it is over for the agent', given);
  await world.grant(approval);
  same(await executed(session), [], 'nothing is done by a grant that comes later');
});

test('Approvals.PendingOnesPerTaskAreBounded', async () => {
  const world = await shared();
  const session = await world.session('flooding', 'classes');
  const open = [];
  for (let i = 1; i <= 8; ++i) open.push(session.call('pay', {account: 'acme', amount: i}));
  await until('eight wait', async () => (await world.pending(session.task)).length === 8);
  const ninth = await session.call('pay', {account: 'acme', amount: 9});
  check(ninth.isError && ninth.reason === 'approval.too_many_pending', 'the ninth is denied', ninth);
  for (const approval of await world.pending(session.task)) await world.refuse(approval);
  await Promise.all(open);
});
