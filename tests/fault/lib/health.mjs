// How a server says that it is.
import {check} from '../../e2e/lib/harness.mjs';

export async function ready(scene) {
  const {status, body} = await scene.rest(null, 'GET', '/readyz');
  return {status, ...body};
}

// The value of a metric that has no labels.
export async function metric(scene, name) {
  const text = await (await fetch(`${scene.url}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name} (\\S+)$`, 'm'))[1]);
}

export async function verifies(scene) {
  const {status, out, err} = await scene.ambit.run('admin', ['ledger', 'verify', `${scene.data}/ledger`]);
  check(status === 0, 'the ledger verifies', out + err);
}

export async function replays(scene) {
  const {status, out} = await scene.ambit.run('admin', ['replay', `${scene.data}/ledger`, '--json']);
  const report = JSON.parse(out);
  check(status === 0 && report.identical === report.decisions, 'every decision replays', out.slice(0, 2000));
}
