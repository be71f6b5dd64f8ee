// Drives the agent: a process of its own, as root under a uid of its own.
import {spawn} from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import {handToAgent, kAgentUid, kAsRoot} from './stage.mjs';

export class AgentProcess {
  #next = 1;
  #open = new Map();  // id -> {resolve, reject}
  #child;
  #stderr = '';

  // Starts the agent on `ambit mcp --server SERVER` with the claim in `claimFile`.
  static async start({stage, url, server, claimFile}) {
    const agent = new AgentProcess();
    handToAgent(claimFile);
    agent.#child = spawn(stage.node, [path.join(stage.app, 'agent.mjs'), stage.ambit, 'mcp',
      '--server', server, '--claim-file', claimFile], {
      cwd: stage.agentHome,
      env: {PATH: process.env.PATH, HOME: stage.agentHome, AMBIT_SERVER: url},
      ...(kAsRoot && {uid: kAgentUid, gid: kAgentUid}),
    });
    agent.#listen();
    await agent.#answer('connect');
    return agent;
  }

  #listen() {
    this.#child.stderr.on('data', (chunk) => { this.#stderr += chunk; });
    this.#child.stdin.on('error', () => {});
    readline.createInterface({input: this.#child.stdout}).on('line', (line) => {
      const answer = JSON.parse(line);
      this.#open.get(answer.id)?.resolve(answer);
      this.#open.delete(answer.id);
    });
    const ended = (why) => {
      for (const {reject} of this.#open.values()) {
        reject(new Error(`the agent ended (${why}): ${this.#stderr}`));
      }
      this.#open.clear();
    };
    this.#child.on('error', (error) => ended(error.message));
    this.#child.on('exit', (code, signal) => ended(code ?? signal));
  }

  #answer(id) {
    return new Promise((resolve, reject) => this.#open.set(id, {resolve, reject}));
  }

  get pid() {
    return this.#child.pid;
  }

  // Sends a step and gives its answer. The promise's `id` names the step, to cancel it.
  step(what, fields = {}) {
    const id = this.#next++;
    const answer = this.#answer(id);
    answer.catch(() => {});  // whoever waits for it is told; nobody may wait any more
    answer.id = id;
    this.#child.stdin.write(JSON.stringify({id, do: what, ...fields}) + '\n');
    return answer;
  }

  call(tool, args, meta) {
    return this.step('call', {tool, arguments: args, ...(meta && {meta})});
  }

  // Ends the agent's input and waits for it to be gone.
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.on('exit', resolve));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(timer);
  }
}
