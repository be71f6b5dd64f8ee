// Plain HTTP and MCP over it, with every byte in our hands: the tests send what no client would.
import http from 'node:http';
import {Key, redeem} from '../../../examples/first-call/lib/dpop.mjs';

// One request: {status, headers, body}. `onChunk` sees the body as it comes.
export function request(url, {method = 'GET', headers = {}, body, onChunk, signal} = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, {method, headers: {Connection: 'close', ...headers}, signal},
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => {
          chunks.push(chunk);
          onChunk?.(chunk.toString());
        });
        response.on('error', reject);
        response.on('end', () => resolve({status: response.statusCode, headers: response.headers,
          body: Buffer.concat(chunks).toString()}));
      });
    sent.on('error', reject);
    sent.end(body);
  });
}

// Takes an event stream apart: gives each message to `onMessage`, each comment to `onComment`.
export function eventReader({onMessage, onComment}) {
  let rest = '';
  return (chunk) => {
    const events = (rest + chunk).split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const lines = event.split('\n');
      for (const line of lines) if (line.startsWith(':')) onComment?.(line.slice(1).trim());
      const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim());
      if (data.length > 0 && data.join('') !== '') onMessage?.(JSON.parse(data.join('\n')));
    }
  };
}

export const kRevision = '2025-11-25';

// A session with the gateway, as an agent's client has it.
export class McpSession {
  #next = 1;

  constructor(url, server, {token, key}) {
    Object.assign(this, {url: `${url}/mcp/${server}`, token, key, id: '', revision: kRevision});
  }

  // Redeems the claim of a task, bound to a new key unless `bearer`, and opens a session.
  static async open(world, {claim, server, bearer = false, revision = kRevision, key}) {
    const own = bearer ? undefined : key ?? new Key();
    const {status, body} = await redeem(world.url, claim, own);
    if (status !== 201) throw new Error(`no credential: ${JSON.stringify(body)}`);
    const session = new McpSession(world.url, server, {token: body.access_token, key: own});
    session.credential = body;
    await session.initialize(revision);
    return session;
  }

  async initialize(revision = this.revision) {
    this.id = '';
    const answer = await this.rpc('initialize', {protocolVersion: revision, capabilities: {},
      clientInfo: {name: 'e2e', version: '1'}});
    if (!answer.result) throw new Error(`no session: ${JSON.stringify(answer)}`);
    this.revision = answer.result.protocolVersion;
    await this.notify('notifications/initialized');
    return answer.result;
  }

  headers(method) {
    return {
      ...(this.key ? {Authorization: `DPoP ${this.token}`, DPoP: this.key.proof(method, this.url, this.token)}
        : {Authorization: `Bearer ${this.token}`}),
      ...(this.id && {'Mcp-Session-Id': this.id, 'MCP-Protocol-Version': this.revision}),
    };
  }

  // Sends a body as it is: {status, headers, body, messages, comments}.
  async post(body, {headers = {}, onMessage, signal} = {}) {
    const messages = [];
    const comments = [];
    let received = '';
    const read = eventReader({onComment: (text) => comments.push(text), onMessage: (message) => {
      messages.push(message);
      onMessage?.(message);
    }});
    const response = await request(this.url, {method: 'POST', body, signal,
      headers: {...this.headers('POST'), 'Content-Type': 'application/json',
        Accept: 'application/json, text/event-stream', ...headers},
      onChunk: (chunk) => { received += chunk; read(chunk); }});
    if (response.headers['mcp-session-id']) this.id = response.headers['mcp-session-id'];
    if (/^application\/(problem\+)?json/.test(response.headers['content-type'] ?? '') && received) {
      messages.push(JSON.parse(received));
    }
    return {...response, messages, comments};
  }

  // A request and its answer, with what came before it.
  async rpc(method, params, options = {}) {
    const id = options.id ?? this.#next++;
    const response = await this.post(JSON.stringify({jsonrpc: '2.0', id, method, ...(params && {params})}),
      options);
    const answer = response.messages.find((message) => message.id === id) ?? response.messages.at(-1);
    return {...answer, status: response.status, comments: response.comments,
      before: response.messages.filter((message) => message.method)};
  }

  notify(method, params) {
    return this.post(JSON.stringify({jsonrpc: '2.0', method, ...(params && {params})}));
  }

  // A tool call: {isError, text, reason, meta, error, ...}. Whoever waits for it hears of a failure;
  // one that nobody waits for any more, because its test is over, is no failure.
  call(tool, args, options) {
    const answer = this.#call(tool, args, options);
    answer.catch(() => {});
    return answer;
  }

  async #call(tool, args = {}, {meta, ...options} = {}) {
    const answer = await this.rpc('tools/call', {name: tool, arguments: args, ...(meta && {_meta: meta})},
      options);
    const result = answer.result ?? {};
    return {...answer, isError: result.isError === true, meta: result._meta ?? {},
      text: (result.content ?? []).map((part) => part.text ?? '').join('\n'),
      reason: result._meta?.['ambit/reason'] ?? answer.error?.data?.reason ?? ''};
  }

  // The tools that it sees.
  async tools() {
    const {result} = await this.rpc('tools/list');
    return result.tools.map((tool) => tool.name).sort();
  }

  // Listens to the session's own stream until `signal`; messages go to `onMessage`.
  listen({onMessage, onComment, signal}) {
    return request(this.url, {headers: {...this.headers('GET'), Accept: 'text/event-stream'}, signal,
      onChunk: eventReader({onMessage, onComment})}).catch(() => {});
  }
}
