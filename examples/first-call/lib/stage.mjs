// The places of the scenario: what the agent's and the tool servers' processes can reach without
// being able to reach Ambit's own state.
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const kAsRoot = process.getuid() === 0;
// Ambit's number for tool servers (src/process/isolation.h), and ours for the agent.
const kToolUid = 64231;
export const kAgentUid = 64232;

const kPrograms = ['agent.mjs', 'notes_server.mjs', 'shell_server.mjs', 'tool_server.mjs',
  'package.json', 'package-lock.json'];

const contentOf = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');

// Replaces a file as a whole: what still runs keeps the old one.
function install(from, to) {
  fs.copyFileSync(from, `${to}.new`);
  fs.chmodSync(`${to}.new`, fs.statSync(from).mode & 0o111 ? 0o755 : 0o644);
  fs.renameSync(`${to}.new`, to);
}

function folder(name, owner, mode = 0o755) {
  fs.mkdirSync(name, {recursive: true});
  fs.chmodSync(name, mode);
  if (kAsRoot && owner) fs.chownSync(name, owner, owner);
  return name;
}

// Whether a process of any uid can read and run `file`.
function isReachable(file) {
  const real = fs.realpathSync(file);
  if ((fs.statSync(real).mode & 0o005) !== 0o005) return false;
  for (let at = path.dirname(real); ; at = path.dirname(at)) {
    if ((fs.statSync(at).mode & 0o001) === 0) return false;
    if (at === '/') return true;
  }
}

// A node that a process of any uid can run: this one, or a copy of it in `folder`.
export function reachableNode(folder) {
  if (isReachable(process.execPath)) return process.execPath;
  const copy = path.join(folder, 'node');
  install(process.execPath, copy);
  return copy;
}

function isOurs(name) {
  const info = fs.lstatSync(name, {throwIfNoEntry: false});
  return info?.isDirectory() && info.uid === process.getuid() && (info.mode & 0o022) === 0;
}

// The folder of an earlier run over the same data, or a new one: servers that were imported then
// stay where they are.
function root(data) {
  const memo = path.join(data, 'first-call.json');
  const known = fs.existsSync(memo) ? JSON.parse(fs.readFileSync(memo, 'utf8')).stage : '';
  if (known && isOurs(known)) return known;
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'ambit-first-call-'));
  fs.chmodSync(made, 0o755);
  fs.writeFileSync(memo, JSON.stringify({stage: made}) + '\n', {mode: 0o600});
  return made;
}

// The npm packages: where they are, or without types and maps copied from where only we can go.
function installPackages(app) {
  const from = path.join(here, 'node_modules');
  const to = path.join(app, 'node_modules');
  const lock = 'package-lock.json';
  if (isReachable(from)) {
    fs.rmSync(to, {recursive: true, force: true});
    return fs.symlinkSync(from, to);
  }
  const isSame = contentOf(path.join(app, lock)) === contentOf(path.join(here, lock));
  if (isSame && fs.lstatSync(to, {throwIfNoEntry: false})?.isDirectory()) return;
  fs.rmSync(to, {recursive: true, force: true});
  fs.cpSync(from, to, {recursive: true,
    filter: (name) => !/\.(map|d\.[cm]?ts|md)$|\/dist\/cjs(\/|$)/.test(name)});
  execFileSync('chmod', ['-R', 'a+rX', to]);
}

// Sets everything out under one folder, closed to writers other than us but for two folders: the
// workspace, which is the tool server's, and the agent's own.
export function makeStage({bin, data}) {
  const base = root(data);
  const stage = {base, bin: folder(path.join(base, 'bin')), app: folder(path.join(base, 'app')),
    notes: folder(path.join(base, 'notes')), agentHome: folder(path.join(base, 'agent'), kAgentUid,
      0o700), workspace: folder(path.join(base, 'workspace'), kToolUid)};
  installPackages(stage.app);
  for (const name of kPrograms) install(path.join(here, name), path.join(stage.app, name));
  stage.ambit = path.join(stage.bin, 'ambit');
  install(bin, stage.ambit);
  stage.node = reachableNode(stage.bin);
  stage.version = path.join(stage.notes, 'version');
  if (!fs.existsSync(stage.version)) fs.writeFileSync(stage.version, '1', {mode: 0o644});
  resetWorkspace(stage);
  return stage;
}

// The files as the scenario's steps expect them.
function resetWorkspace({base, workspace}) {
  for (const name of fs.readdirSync(workspace)) {
    fs.rmSync(path.join(workspace, name), {recursive: true, force: true});
  }
  const file = (name, text) => {
    fs.writeFileSync(name, text, {mode: 0o644});
    if (kAsRoot && name.startsWith(workspace)) fs.chownSync(name, kToolUid, kToolUid);
  };
  file(path.join(base, 'secret.txt'), 'the recovery key is 0451\n');
  file(path.join(workspace, 'report.txt'), 'Sales in March\nTotal: 100\nChecked: no\n');
  file(path.join(workspace, 'draft.txt'), 'first thoughts\n');
  fs.symlinkSync(path.join(base, 'secret.txt'), path.join(workspace, 'shortcut.txt'));
}

// A file that only the agent can read.
export function handToAgent(file) {
  if (kAsRoot) fs.chownSync(file, kAgentUid, kAgentUid);
}
