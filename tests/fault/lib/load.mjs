// Concurrent load on one life of the server: every worker does one kind of thing until the server is
// gone, and writes into the book only what was acknowledged.
import {McpSession} from '../../e2e/lib/http.mjs';
import {Lost} from './scene.mjs';

// Of fetch() and of http.request().
const kBroken = /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|fetch failed|aborted|other side closed|terminated/;

const isLost = (error) => error instanceof Lost || kBroken.test(`${error.message} ${error.code} ${
  error.cause?.message} ${error.cause?.code}`);

export class Load {
  #words = 0;

  constructor({scene, book, random}) {
    Object.assign(this, {scene, book, random, spenders: [], families: [], mcp: undefined});
  }

  // Whether workers of the next life go on with this task.
  uses(id) {
    return this.mcp?.task === id || [...this.spenders, ...this.families.flat()].some((task) => task.id === id);
  }

  // A word that no other call has.
  word(kind) {
    return `${kind}-${this.scene.life}-${++this.#words}`;
  }

  // Runs all workers; resolves when the server is gone for all of them.
  async run() {
    const workers = [this.spend(), this.spend(), this.spend(), this.spendInFamilies(), this.approve(),
      this.approve(), this.label(), this.callTools(), this.end(), this.administer()];
    const ends = await Promise.allSettled(workers);
    const broken = ends.find(({status, reason}) => status === 'rejected' && !isLost(reason));
    if (broken) throw broken.reason;
  }

  async ask(task, tool, word = this.word(tool)) {
    return this.book.decided(task, word, await this.scene.ask(task, tool, word));
  }

  // A task with an instance, so that the enforcement point can speak for it.
  async start(options = {}) {
    const {id, claim} = await this.scene.newTask(options);
    const task = {id, calls: options.calls ?? 1000, parent: options.parent};
    this.book.tasks.set(id, task);
    task.token = (await this.scene.admit(claim)).access_token;
    return task;
  }

  // Small budgets, used up by several at once and over several lives.
  async spend() {
    for (;;) {
      if (this.spenders.length < 3) this.spenders.push(await this.start({calls: this.random.between(5, 120)}));
      const task = this.random.one(this.spenders);
      const answer = await this.ask(task.id, 'note');
      if (!answer.allowed) this.spenders = this.spenders.filter((other) => other !== task);
    }
  }

  // A parent's budget is spent by its children, too.
  async spendInFamilies() {
    for (;;) {
      if (this.families.length === 0) {
        const parent = await this.start({calls: this.random.between(10, 60)});
        const children = [await this.start({calls: 10, parent: parent.id}),
          await this.start({calls: parent.calls, parent: parent.id})];
        this.families.push([parent, ...children]);
      }
      const family = this.families[0];
      const answers = await Promise.all(family.map(({id}) => this.ask(id, 'note')));
      if (!answers.some(({allowed}) => allowed)) this.families.shift();
    }
  }

  // Payments that wait for a grant. Some are made at once, twice at the same time, and some are left.
  async approve() {
    let task;
    for (let i = 0; ; ++i) {
      if (i % 4 === 0) task = await this.start();  // a task may wait for a few approvals only
      const word = this.word('pay');
      const held = await this.ask(task.id, 'pay', word);
      if (held.verdict !== 'hold') throw new Error(`not held: ${JSON.stringify(held)}`);
      const id = held.approval.id;
      const {digest} = await this.scene.must('bob', 'GET', `/v1/approvals/${id}`);
      const use = () => this.ask(task.id, 'pay', word);
      const early = this.random.chance(0.2) ? [use()] : [];  // may meet the grant half-way
      const broken = Promise.allSettled(early);
      await this.scene.must('bob', 'POST', `/v1/approvals/${id}/grant`, {digest});
      this.book.grants.set(id, {task: task.id, word});
      await broken;
      if (this.random.chance(0.7)) await Promise.all([use(), use()]);
    }
  }

  // What bears a label binds the next action as soon as its report is acknowledged.
  async label() {
    for (;;) {
      const task = await this.start();
      const {id} = await this.ask(task.id, 'fetch');
      await this.scene.must('pep', 'POST', `/v1/decisions/${id}/outcome`, {status: 'ok', bytes: 7, took_ms: 1});
      this.book.outcomes.push(id);
      this.book.labelled.set(task.id, 'its report was acknowledged');
      if (this.random.chance(0.5)) {
        const child = await this.start({parent: task.id, calls: 10});
        this.book.labelled.set(child.id, 'its parent was labelled when it was started');
      }
      const answer = await this.ask(task.id, 'publish');
      if (answer.allowed) throw new Error(`published: ${JSON.stringify(answer)}`);
    }
  }

  // An agent that calls tools through the gateway, with a session over several lives.
  async callTools() {
    if (!this.mcp || this.random.chance(0.1)) this.mcp = await this.openSession();
    else await this.mcp.initialize();
    for (;;) {
      const tool = this.random.chance(0.02) ? 'fetch' : 'note';
      const word = this.word(tool);
      const answer = await this.mcp.call(tool, {text: word}, {meta: {'ambit/intent': word}});
      if (answer.isError || answer.error) throw new Error(`${tool}: ${JSON.stringify(answer)}`);
      this.book.answered.add(word);
      if (tool === 'fetch') this.book.labelled.set(this.mcp.task, 'its agent has the result');
    }
  }

  async openSession() {
    const {id, claim} = await this.scene.newTask({calls: 100_000});
    this.book.tasks.set(id, {id, calls: 100_000});
    const session = await McpSession.open(this.scene, {claim, server: 'recorder'});
    session.task = id;
    return session;
  }

  // Tasks that end while calls of theirs are on the way.
  async end() {
    for (;;) {
      const task = await this.start();
      this.book.tasks.get(task.id).ending = true;
      const calls = [1, 2, 3].map(() => this.ask(task.id, 'note'));
      const all = Promise.allSettled(calls);
      await this.scene.must('alice', 'POST', `/v1/tasks/${task.id}/end`, {reason: 'enough'});
      this.book.ended.set(task.id, {token: task.token});
      await all;
      const late = await this.ask(task.id, 'note');
      if (late.allowed) throw new Error(`allowed after its end: ${JSON.stringify(late)}`);
    }
  }

  // What people do to the registry.
  async administer() {
    const {book, scene} = this;
    for (;;) {
      const person = this.word('person');
      await scene.must('admin', 'POST', '/v1/identities', {id: person, class: 'human', roles: ['auditor']});
      book.identities.set(person, 'active');
      const {id, token} = await scene.must('admin', 'POST', `/v1/identities/${person}/tokens`,
        {lifetime: '1d'});
      book.live.set(token, person);
      if (this.random.chance(0.5)) {
        book.live.delete(token);  // until it is acknowledged, nobody can say
        await scene.must('admin', 'DELETE', `/v1/identities/${person}/tokens/${id}`);
        book.dead.add(token);
      }
      const agent = this.word('agent');
      await scene.activeAgent(agent);
      book.identities.set(agent, 'active');
      const task = await scene.newTask({agent});
      book.tasks.set(task.id, {id: task.id, calls: 1000});
      book.identities.delete(agent);
      await scene.must('alice', 'POST', `/v1/identities/${agent}/suspend`);
      book.identities.set(agent, 'suspended');
      book.ended.set(task.id, {});
      book.policies = {...await scene.publishMarked(this.word('mark'))};
    }
  }
}
