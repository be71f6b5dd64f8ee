// A disk and a clock that break on command: fault_shim.cpp, preloaded into the server.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {atEnd, skip} from '../../e2e/lib/harness.mjs';
import {program} from '../../e2e/lib/world.mjs';
import {Scene} from './scene.mjs';

const kErrors = os.constants.errno;

export class Faults {
  #file;

  constructor(file) {
    this.#file = fs.openSync(file, 'w+');
    this.set({});
  }

  // What is not named works.
  set({clock = 0, write, sync, most = 0}) {
    const bytes = Buffer.alloc(24);
    bytes.writeBigInt64LE(BigInt(clock), 0);
    bytes.writeInt32LE(write ? kErrors[write] : 0, 8);
    bytes.writeInt32LE(sync ? kErrors[sync] : 0, 12);
    bytes.writeInt32LE(most, 16);
    fs.writeSync(this.#file, bytes, 0, bytes.length, 0);
  }
}

// A scene of the test's own with faults: {scene, faults}.
export async function breakable() {
  const shim = path.resolve(path.dirname(program()), '../tests/fault/fault_shim.so');
  if (!fs.existsSync(shim)) skip(`${shim} is not built`);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-faults-'));
  const control = path.join(folder, 'control');
  const faults = new Faults(control);
  const scene = await Scene.make({env: {LD_PRELOAD: shim, AMBIT_FAULTS: control}});
  atEnd(async () => {
    faults.set({});
    await scene.remove();
    fs.rmSync(folder, {recursive: true, force: true});
  });
  return {scene, faults};
}

export async function fresh(options) {
  const scene = await Scene.make(options);
  atEnd(() => scene.remove());
  return scene;
}
