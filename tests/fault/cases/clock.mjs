// Clocks that jump: what has run out stays so, and nothing stands still for ever.
import {check, same, test, until} from '../../e2e/lib/harness.mjs';
import {McpSession} from '../../e2e/lib/http.mjs';
import {breakable} from '../lib/faults.mjs';
import {ready, replays, verifies} from '../lib/health.mjs';

const kHour = 3600;

async function heldPayment(scene, task, word) {
  const held = await scene.ask(task, 'pay', word);
  const {digest} = await scene.must('bob', 'GET', `/v1/approvals/${held.approval.id}`);
  await scene.must('bob', 'POST', `/v1/approvals/${held.approval.id}/grant`, {digest});
  return held.approval.id;
}

test('Clock.AJumpForwardEndsWhatHasRunOutAndAJumpBackBringsNothingBack', async () => {
  const {scene, faults} = await breakable();
  const old = await scene.newTask();
  const {access_token: token} = await scene.admit(old.claim);
  const unused = await scene.newTask();
  const approval = await heldPayment(scene, old.id, 'word');
  faults.set({clock: 2 * kHour});
  await until('the task has ended', async () =>
    (await scene.must('carol', 'GET', `/v1/tasks/${old.id}`)).state === 'ended');
  const late = await scene.ask(old.id, 'pay', 'word');
  check(!late.allowed && late.reasons[0].code.startsWith('task.'), 'a call of it', late);
  same((await scene.rest(null, 'POST', '/v1/credentials', {claim: unused.claim})).status >= 400, true,
    'a claim that has run out');
  const young = await scene.newTask();
  await scene.admit(young.claim);
  same((await scene.ask(young.id, 'note', 'ahead')).verdict, 'allow', 'a call of a new task');

  for (const restart of [false, true]) {
    faults.set({});
    if (restart) {
      await scene.end('SIGKILL');
      await scene.serve();
    }
    same((await ready(scene)).status, 200, '/readyz');
    same((await scene.must('carol', 'GET', `/v1/tasks/${old.id}`)).state, 'ended', 'the ended task');
    same((await scene.rest({token}, 'GET', `/v1/tasks/${old.id}`)).status, 401, 'its credential');
    check(!(await scene.ask(old.id, 'pay', 'word')).allowed, 'its approval');
    same((await scene.ask(young.id, 'note', 'back')).verdict, 'allow', 'the other task goes on');
    const {state} = await scene.must('bob', 'GET', `/v1/approvals/${approval}`).catch(() => ({state: 'gone'}));
    check(state !== 'used', 'the approval was never used', state);
  }
  const {id} = await scene.newTask();
  same((await scene.must('carol', 'GET', `/v1/tasks/${id}`)).state, 'open', 'a task that begins now');
  await scene.end();
  await verifies(scene);
  await replays(scene);
});

test('Clock.AProofIsNotGoodTwiceBecauseTheClockWasSetBack', async () => {
  const {scene, faults} = await breakable();
  const {id, claim} = await scene.newTask();
  const session = await McpSession.open(scene, {claim, server: 'recorder'});
  const url = `${scene.url}/v1/tasks/${id}`;
  const proof = session.key.proof('GET', url, session.token);
  const show = async () => (await fetch(url, {headers: {Authorization: `DPoP ${session.token}`,
    DPoP: proof}})).status;
  same(await show(), 200, 'once');
  same(await show(), 401, 'twice');
  faults.set({clock: 120});
  same(await show(), 401, 'later');
  // Makes the guard forget what has run out.
  await fetch(url, {headers: {Authorization: `DPoP ${session.token}`,
    DPoP: session.key.proof('GET', url, session.token, {iat: Math.floor(Date.now() / 1000) + 120})}});
  faults.set({});
  same(await show(), 401, 'with the clock set back');
});

test('Clock.RestartedWithAClockThatIsBehindItsOwnLedger', async () => {
  const {scene, faults} = await breakable();
  const task = await scene.newTask({calls: 3});
  await scene.admit(task.claim);
  same((await scene.ask(task.id, 'note', 'one')).verdict, 'allow', 'a call');
  await scene.end('SIGKILL');
  faults.set({clock: -24 * kHour});
  await scene.serve();
  same((await ready(scene)).status, 200, '/readyz');
  for (const verdict of ['allow', 'allow', 'deny']) {
    same((await scene.ask(task.id, 'note', verdict)).verdict, verdict, 'the budget counts on');
  }
  faults.set({});
  await scene.end();
  await verifies(scene);
  await replays(scene);
});
