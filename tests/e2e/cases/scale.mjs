// What can be read of a task that is long enough for every lookup to go further than its first step.
import fs from 'node:fs';
import path from 'node:path';
import {check, same, test, until} from '../lib/harness.mjs';
import {kRepository, World} from '../lib/world.mjs';

// More than a chunk of the search index, and than any lookup reads at once.
const kDecisions = 66_560;
const kAtOnce = 256;

async function decideMany(world, task) {
  const one = {action: {name: 'tools/call'}, subject: {type: 'agent', id: 'tireless'},
    resource: {type: 'tool', id: 'plain/echo'}, context: {task, arguments: {text: 'x'}}};
  for (let made = 0; made < kDecisions; made += kAtOnce) {
    const {evaluations} = await world.must('pep', 'POST', '/access/v1/evaluations',
      {...one, evaluations: Array(kAtOnce).fill({})});
    const denied = evaluations.find(({decision}) => !decision);
    check(!denied && evaluations.length === kAtOnce, 'all are allowed', denied);
  }
}

async function readAll(world, session, id) {
  const from = `from=${kDecisions}`;
  for (const url of ['/v1/decisions?limit=500', `/v1/decisions?task=${session.task}&tool=plain/echo`,
    '/v1/decisions?agent=tireless&verdict=allow&since=2020-01-01T00:00:00Z', `/v1/decisions/${id}`,
    `/v1/decisions/${id}/explanation`, `/v1/decisions/${id}/trace`, `/v1/decisions/${id}/trace?${from}`,
    `/v1/timeline?task=${session.task}`, `/v1/timeline?task=${session.task}&${from}`, '/v1/timeline?identity=tireless',
    '/v1/timeline?identity=admin', '/v1/identities/tireless/entitlements', '/v1/policies/coverage',
    `/v1/tasks/${session.task}`, `/v1/ledger/entries?${from}`]) {
    const {status, body} = await world.rest('admin', 'GET', url);
    check(status === 200, url, body);
    const behind = body.not_indexed;
    check(behind === undefined, `${url}: the index has it all`, body.not_indexed);
    if (!url.startsWith('/v1/decisions?')) continue;
    check(body.items.length > 0 && body.items.every((one) => one.task === session.task && one.agent === 'tireless'),
      `${url}: whose they are`, body.items[0]);
  }
}

test('Scale.AllOfALongTaskCanBeReadBeforeAndAfterARestart', async () => {
  const world = await World.start();
  const session = await world.session('tireless', 'plain', {task: {calls: 100_000, deadline: '1h'},
    agent: {limits: {calls_per_minute: 10_000_000, burst: 1_000_000}}});
  await session.call('echo', {text: 'first'});
  await decideMany(world, session.task);
  await session.call('echo', {text: 'last'});
  const indexed = async () => (await world.rest('admin', 'GET', '/v1/decisions?limit=1')).body.not_indexed === undefined;
  await until('the index has come up', indexed);
  const ids = (await world.decisions(session.task)).map((one) => one.id);
  await readAll(world, session, ids[0]);
  await world.publish({starter: fs.readFileSync(path.join(kRepository, 'policies/starter.cedar'), 'utf8') + '// again\n'});
  await world.end('SIGKILL');
  await world.serve();
  await until('the index has come up', indexed);
  await readAll(world, session, ids[0]);
  const replayed = JSON.parse((await world.ambit.run('admin', ['replay', `${world.data}/ledger`, '--json'])).out);
  same([replayed.different, replayed.identical], [0, kDecisions + 2], 'replay');
});
