// Witnesses over HTTP: who cosigns what the log publishes, and what it says when one does not.
import fs from 'node:fs';
import path from 'node:path';
import {atEnd, check, same, test, until} from '../lib/harness.mjs';
import {cosignatureIn, parseCheckpoint, parseKey, parseNote, publicKey, Witness} from '../lib/witness.mjs';
import {World} from '../lib/world.mjs';
import {verify} from 'node:crypto';

// The log asks each ten seconds.
const kPatience = 60_000;

// Witnesses of those names and a server that they are to cosign for; its first log key once it has one.
async function watched(names, {quorum, prepare} = {}) {
  let world;
  const logKey = () => fs.readFileSync(`${world.data}/ledger/ledger.pub`, 'utf8').split('\n')[0];
  const witnesses = [];
  for (const name of names) witnesses.push(await Witness.start(name, logKey));
  await prepare?.(...witnesses);
  world = new World();
  // The server asks as soon as it is up: the witnesses must find its folder by then.
  world.flags = witnesses.flatMap((witness) => ['--witness', witness.flag]);
  if (quorum !== undefined) world.flags.push('--witness-quorum', String(quorum));
  world.base = fs.mkdtempSync(path.join(fs.realpathSync('/tmp'), 'ambit-e2e-'));
  atEnd(() => world.remove());
  world.layOut();
  await world.serve();
  await world.setUp();
  return {world, witnesses, logKey};
}

const published = async (world) => {
  const response = await fetch(`${world.url}/tlog/checkpoint`);
  return {status: response.status, note: await response.text()};
};

// The published checkpoint, as soon as it is one that `good` likes.
const publishedWhere = (world, what, good) => until(what, async () => {
  const {status, note} = await published(world);
  return status === 200 && good(parseCheckpoint(note)) && note;
}, kPatience);

const onDisk = (world) => parseCheckpoint(fs.readFileSync(`${world.data}/ledger/checkpoint`, 'utf8'));

async function metric(world, name, witness) {
  const text = await (await fetch(`${world.url}/metrics`)).text();
  return Number(text.match(new RegExp(`^${name}\\{witness="${witness}"\\} (\\S+)$`, 'm'))?.[1]);
}

function checkNote(note, logKey, cosigners) {
  const {text, signatures} = parseNote(note);
  const log = parseKey(logKey);
  const own = signatures.find(({name, id}) => name === log.name && id.equals(log.id));
  check(verify(null, Buffer.from(text), publicKey(log.raw), own.bytes), 'the log signed it', note);
  same(signatures.length, 1 + cosigners.length, 'signatures');
  for (const witness of cosigners) {
    const seen = cosignatureIn(note, witness);
    check(seen?.good, `${witness.name} cosigned it`, note);
    check(Math.abs(seen.time - Date.now() / 1000) < 120, 'the time of the cosignature', seen);
  }
}

test('Witnesses.CosignWhatIsPublishedAndEachStepIsProved', async () => {
  const {world, witnesses, logKey} = await watched(['north.example', 'south.example']);
  const first = await publishedWhere(world, 'a checkpoint has its quorum', () => true);
  checkNote(first, logKey(), witnesses);
  const {size} = parseCheckpoint(first);
  await world.register('dora', ['auditor']);
  const next = await publishedWhere(world, 'the log grew', (checkpoint) => checkpoint.size > size);
  checkNote(next, logKey(), witnesses);
  for (const witness of witnesses) {
    const steps = witness.answers.filter(({status}) => status === 200);
    check(steps.some(({size: to, proof}) => to > size && proof > 0), 'a proof of consistency', steps);
    same(witness.answered(422) + witness.answered(403) + witness.answered(404), 0, 'refusals');
  }
  // What stands on the disk is what is published, and a receipt is made under it.
  same(fs.readFileSync(`${world.data}/ledger/witnessed`, 'utf8'), (await published(world)).note, 'witnessed');
  same(await metric(world, 'ambit_witness_trouble', 'north.example'), 0, 'trouble');
});

test('Witnesses.OneThatIsDownIsWaitedForAndHoldsUpNobody', async () => {
  const {world, witnesses: [up, down], logKey} = await watched(['up.example', 'down.example'],
    {quorum: 1, prepare: (_, late) => late.stop()});
  const note = await publishedWhere(world, 'the quorum of one is met', () => true);
  checkNote(note, logKey(), [up]);
  await until('the log says that one does not answer', () =>
    world.log.includes('ledger.not_cosigned') && world.log.includes('down.example'), kPatience);
  check(!world.log.includes('contradicted'), 'nobody contradicts', world.log);
  // Decisions go on meanwhile; the witness joins when it is back.
  await world.register('dora', ['auditor']);
  await down.listen(down.port);
  await until('both cosigned', async () => cosignatureIn((await published(world)).note, down)?.good &&
    cosignatureIn((await published(world)).note, up)?.good, kPatience);
  await until('its trouble is over', async () => await metric(world, 'ambit_witness_trouble', 'down.example') === 0,
    kPatience);
});

test('Witnesses.ABadCosignatureCountsForNothing', async () => {
  const lie = (_, liar) => { liar.lies = true; };
  const {world, witnesses: [honest, liar], logKey} = await watched(['honest.example', 'liar.example'],
    {quorum: 1, prepare: lie});
  const note = await publishedWhere(world, 'the honest one cosigned', () => true);
  checkNote(note, logKey(), [honest]);
  await until('the log says so', () => /not_cosigned.*liar\.example/.test(world.log), kPatience);
  check(liar.answered(200) > 0, 'it was asked and answered', liar.answers);
  same(await metric(world, 'ambit_witness_trouble', 'liar.example'), 1, 'trouble');
  same(await metric(world, 'ambit_witness_trouble', 'honest.example'), 0, 'no trouble');
});

test('Witnesses.WithoutTheQuorumNothingIsPublished', async () => {
  const {world, witnesses: [honest]} = await watched(['honest.example', 'liar.example'],
    {prepare: (_, liar) => { liar.lies = true; }});
  await until('the honest one cosigned', () => honest.answered(200) > 0, kPatience);
  await until('the other one lied', () => world.log.includes('liar.example'), kPatience);
  const {status, note} = await published(world);
  same([status, JSON.parse(note).reason], [503, 'ledger.no_checkpoint'], 'no checkpoint');
  check(onDisk(world).size > 0, 'the log itself goes on', onDisk(world));
});

// The server asks with what it remembers; a witness that remembers more says so with 409.
test('Witnesses.AnotherSizeIsTakenFromTheWitnessAndProvedAgain', async () => {
  const {world, witnesses: [witness], logKey} = await watched(['memory.example']);
  const {size} = parseCheckpoint(await publishedWhere(world, 'it is witnessed', () => true));
  await world.end();
  fs.rmSync(`${world.data}/ledger/witnessed`);
  await world.serve();
  await world.register('dora', ['auditor']);
  const note = await publishedWhere(world, 'it is witnessed again', (checkpoint) => checkpoint.size > size);
  checkNote(note, logKey(), [witness]);
  check(witness.answered(409) > 0, 'the witness corrected the size', witness.answers);
  check(!world.log.includes('contradicted'), 'that is no contradiction', world.log);
});

test('Witnesses.ALogThatWasRolledBackIsContradicted', async () => {
  const {world, witnesses: [witness]} = await watched(['elephant.example']);
  await publishedWhere(world, 'it is witnessed', () => true);
  await world.end();
  const older = path.join(world.base, 'older');
  fs.cpSync(world.data, older, {recursive: true});
  await world.serve();
  const {size} = onDisk(world);
  await world.register('dora', ['auditor']);
  await publishedWhere(world, 'the witness saw more', (checkpoint) => checkpoint.size > size);
  await world.end();
  fs.rmSync(world.data, {recursive: true});
  fs.renameSync(older, world.data);
  await world.serve();
  await until('the node says that it was rolled back', () =>
    /ledger\.contradicted.*elephant\.example/.test(world.log), kPatience);
  same(await metric(world, 'ambit_witness_contradicts', 'elephant.example'), 1, 'the metric');
  check(witness.size > onDisk(world).size, 'the witness cosigned nothing of it', witness.size);
});
