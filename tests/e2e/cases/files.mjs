// The real file server behind the gateway, beyond what the guided scenario shows.
import fs from 'node:fs';
import path from 'node:path';
import {makeStage} from '../../../examples/first-call/lib/stage.mjs';
import {afterAll, check, same, test} from '../lib/harness.mjs';
import {McpSession} from '../lib/http.mjs';
import {kRepository, program, shared} from '../lib/world.mjs';

const kServer = 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js';
const kTools = ['create_directory', 'write_file', 'read_text_file', 'read_multiple_files', 'edit_file',
  'list_allowed_directories'].map((name) => `files/${name}`);

let stage;
let imported;

// The shared world with the file server imported, once.
async function prepared() {
  const world = await shared();
  stage ??= makeStage({bin: program(), data: world.data});
  await (imported ??= world.importServer('files', [world.node, path.join(stage.app, kServer),
    world.workspace], {bindings: path.join(kRepository, 'examples/first-call/filesystem.tools.json')}));
  return world;
}

afterAll(() => stage && fs.rmSync(stage.base, {recursive: true, force: true}));

// A session with the file server, for an agent of its own.
async function open(world, agent) {
  await world.agent(agent, {tools: kTools, data_domains: ['workspace']});
  const {id, claim} = await world.task(agent, {tools: kTools, outcomes: ['read', 'create', 'overwrite'],
    domains: ['workspace']});
  const session = await McpSession.open(world, {claim, server: 'files'});
  session.task = id;
  return session;
}

test('Files.FoldersThatAToolServerMakesCanBeWorkedIn', async () => {
  const world = await prepared();
  const session = await open(world, 'filer-folders');
  const folder = path.join(world.workspace, 'archive');
  check(!(await session.call('create_directory', {path: folder})).isError, 'a new folder');
  const file = path.join(folder, 'march.txt');
  const made = await session.call('write_file', {path: file, content: 'x'});
  check(!made.isError, 'a file in it', made);
  same((await session.call('read_text_file', {path: file})).text, 'x', 'what is in it');
});

test('Files.EveryPathOfACallIsBound', async () => {
  const world = await prepared();
  const session = await open(world, 'filer-paths');
  const good = path.join(world.workspace, 'good.txt');
  await session.call('write_file', {path: good, content: 'x'});
  const both = await session.call('read_multiple_files', {paths: [good, '/etc/passwd']});
  same(both.reason, 'scope.target', 'one path of two outside');
  check(!(await session.call('read_multiple_files', {paths: [good]})).isError, 'all inside');
  same((await session.call('read_multiple_files', {paths: []})).isError, true, 'none at all');
});

test('Files.PathsThatHideWhereTheyLeadAreRefused', async () => {
  const world = await prepared();
  const session = await open(world, 'filer-links');
  const outside = path.join(world.base, 'outside.txt');
  fs.writeFileSync(outside, 'secret', {mode: 0o644});
  fs.symlinkSync(world.base, path.join(world.workspace, 'up'));
  fs.symlinkSync('up/outside.txt', path.join(world.workspace, 'twice'));
  for (const name of ['../outside.txt', './../outside.txt', 'up/outside.txt', 'twice', '/proc/self/root/etc/passwd',
    'up/../outside.txt', '~/x', 'a/\u0000b', 'up/new.txt', '//etc/passwd', '/etc/passwd/']) {
    const answer = await session.call('read_text_file', {path: name});
    check(answer.isError && /^(scope\.target|target\.|arguments\.)/.test(answer.reason),
      `${JSON.stringify(name)} denied by Ambit`, answer);
    check(!answer.text.includes('secret'), 'nothing of it');
  }
});

test('Files.AnApprovalIsOnlyForTheStateThatWasShown', async () => {
  const world = await prepared();
  const session = await open(world, 'filer-state');
  const file = path.join(world.workspace, 'state.txt');
  fs.writeFileSync(file, 'one', {mode: 0o666});
  fs.chmodSync(file, 0o666);
  const args = {path: file, content: 'three'};
  const writing = session.call('write_file', args, {id: 'w1'});
  const approval = await world.held(session.task);
  same(approval.view.change.before, 'one', 'the state shown');
  fs.writeFileSync(file, 'two');
  await world.grant(approval);
  const anew = await world.held(session.task, [approval.id]);
  same(anew.view.change.before, 'two', 'what is there now is shown anew');
  same(fs.readFileSync(file, 'utf8'), 'two', 'nothing was overwritten');
  await world.grant(anew);
  check(!(await writing).isError, 'done once that was granted', await writing);
  same(fs.readFileSync(file, 'utf8'), 'three', 'the file');
});

test('Files.WhatCannotBeSeenIsNoNewFile', async () => {
  const world = await prepared();
  const session = await open(world, 'filer-unseen');
  const folder = path.join(world.workspace, 'a-folder');
  fs.mkdirSync(folder);
  const writing = session.call('write_file', {path: folder, content: 'x'});
  const approval = await world.held(session.task);
  same(approval.view.outcome, 'overwrite', 'what it counts as');
  check(approval.view.change.problem.includes('EISDIR'), 'what the approver is told', approval.view.change);
  check(!('before' in approval.view.change), 'and no content made up', approval.view.change);
  await world.refuse(approval);
  same((await writing).reason, 'approval.refused', 'the answer');
});

test('Files.AToolWithoutArgumentsTakesNone', async () => {
  const world = await prepared();
  const session = await open(world, 'filer-none');
  check(!(await session.call('list_allowed_directories')).isError, 'without any');
  same((await session.call('list_allowed_directories', {path: '/'})).reason, 'arguments.invalid',
    'with one that it does not name');
});
