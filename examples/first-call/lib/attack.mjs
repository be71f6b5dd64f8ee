// What a shell under the agent's or the tool server's uid tries against Ambit, and must not achieve.
import fs from 'node:fs';
import path from 'node:path';
import {kAsRoot} from './stage.mjs';
import {startAgent, startTask} from './opening.mjs';
import {expect, said, tried, note} from './say.mjs';

// Each command must fail, in a shell that ends with the status of its last command.
function attempts({ambit, stage, claimFile}, approval) {
  const {pid} = JSON.parse(fs.readFileSync(path.join(ambit.data, 'serve.json'), 'utf8'));
  const quoted = (text) => `'${text}'`;
  const data = quoted(ambit.data);
  const cli = `AMBIT_SERVER=${quoted(ambit.server)} AMBIT_DATA=${data} ${quoted(stage.ambit)}`;
  return [
    `cat ${data}/admin.token`,
    `cat ${data}/bob.token`,
    `ls ${data}`,
    `echo x >> ${data}/ledger/x`,
    `${cli} approval grant ${approval} --yes`,
    `${cli} approval grant ${approval} --yes --as ${quoted(claimFile)}`,
    `AMBIT_TOKEN=amb_guessed ${cli} approval grant ${approval} --yes`,
    `cat /proc/${pid}/environ`,
    `dd if=/proc/${pid}/mem bs=1 count=1`,
    `ls /proc/${pid}/fd`,
    `kill -9 ${pid}`,
  ];
}

async function attack(world, approval, who, shell) {
  const commands = attempts(world, approval);
  // The shell and the program work there: what fails below fails for another reason.
  const works = await shell(`'${world.stage.ambit}' approval grant --help`);
  expect(works.status === 0 && works.out.includes('Usage'), `a shell as ${who}`, works);
  for (const command of commands) {
    const {status, out} = await shell(command);
    expect(status !== 0, `\`${command}\` fails as ${who}`, {status, out});
    expect(!/amb_[A-Za-z0-9_-]{20}/.test(out), `no token for ${who}`, command);
  }
  const still = await world.ambit.json('bob', ['approval', 'show', approval]);
  expect(still.state === 'pending', 'the approval still waits', still.state);
  said('DENIED', `${commands.length} of ${commands.length} attempts failed as ${who}`);
}

// Runs the attempts from a tool server that offers a shell, through the gateway.
async function fromToolServer(world, approval) {
  const {claimFile} = await startTask(world, 'shell', 'run commands',
    {tools: ['shell/run'], outcomes: ['execute']});
  const agent = await startAgent(world, 'shell', claimFile);
  const shell = async (command) => {
    const answer = await agent.call('run', {command});
    expect(answer.text !== undefined && !answer.meta?.['ambit/reason'], 'the command was run', answer);
    const [, out, status] = /^([\s\S]*?)exit (\S+)$/.exec(answer.text);
    return {status: status === '0' ? 0 : status, out};
  };
  await attack(world, approval, 'the tool server\'s process', shell);
  await agent.stop();
}

export async function attackFrom(world, approval) {
  tried('meanwhile a shell beside the agent tries to read Ambit\'s state, to grant it, to kill Ambit');
  if (kAsRoot) {
    await attack(world, approval, 'the agent\'s process', (command) =>
      world.files.step('shell', {command}));
  } else {
    note('not shown from the agent: without root it shares your uid, and could read your tokens');
    note('run agents under a uid of their own (as root, `./run` does that)');
  }
  await fromToolServer(world, approval);
}
