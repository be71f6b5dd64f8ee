// A scripted agent on the official MCP SDK. It starts its tool server the way every MCP client
// does; here that command is `ambit mcp`, so everything it does goes through Ambit.
//   node agent.mjs COMMAND [ARGUMENT...]
// Steps come as JSON lines on standard input, each answered by one JSON line with the same `id`:
//   {"id":1,"do":"list"}                                   the tools that it sees
//   {"id":2,"do":"call","tool":"...","arguments":{...}}    also "meta":{...}
//   {"id":3,"do":"cancel","of":2}                          gives up a call that is open
//   {"id":4,"do":"raw","frame":"..."}                      bytes that no SDK would send
//   {"id":5,"do":"shell","command":"..."}                  what a shell-capable agent could try
// Steps do not wait for each other. It ends when its input does.
import {exec} from 'node:child_process';
import readline from 'node:readline';
import {Client} from '@modelcontextprotocol/sdk/client/index.js';
import {StdioClientTransport} from '@modelcontextprotocol/sdk/client/stdio.js';
import {ToolListChangedNotificationSchema} from '@modelcontextprotocol/sdk/types.js';

const [command, ...args] = process.argv.slice(2);
const own = Object.fromEntries(Object.entries(process.env).filter(([k]) => k.startsWith('AMBIT_')));
const transport = new StdioClientTransport({command, args, env: own});
const client = new Client({name: 'first-call-agent', version: '0.1.0'});
const open = new Map();  // id of a call step -> AbortController
let listChanges = 0;

const print = (answer) => process.stdout.write(JSON.stringify(answer) + '\n');
const textOf = (result) => (result.content ?? []).map((part) => part.text ?? '').join('\n');

async function call(step) {
  const controller = new AbortController();
  const progress = [];
  open.set(step.id, controller);
  try {
    const result = await client.callTool(
      {name: step.tool, arguments: step.arguments ?? {}, ...(step.meta && {_meta: step.meta})},
      undefined,
      {signal: controller.signal, timeout: 90_000, onprogress: (p) => progress.push(p.message)});
    return {isError: result.isError === true, text: textOf(result), meta: result._meta, progress};
  } finally {
    open.delete(step.id);
  }
}

// The SDK sends only what is well formed, so this writes to the pipe behind its back and takes the
// next line that answers nothing the SDK asked.
function raw(frame) {
  const {stdin, stdout} = transport._process;
  return new Promise((resolve) => {
    let received = '';
    const take = (chunk) => {
      received += chunk;
      for (const line of received.split('\n').slice(0, -1)) {
        const {id, result, error} = JSON.parse(line);
        if (id !== null && id !== 'raw') continue;
        stdout.off('data', take);
        return resolve({result, refused: error});
      }
    };
    stdout.on('data', take);
    stdin.write(frame + '\n');
  });
}

const shell = (line) => new Promise((resolve) => {
  exec(line, {timeout: 5000}, (error, out, err) =>
    resolve({status: error ? error.code ?? error.signal : 0, out: `${out}${err}`}));
});

async function act(step) {
  switch (step.do) {
    case 'list': {
      const {tools} = await client.listTools();
      return {tools: tools.map((tool) => tool.name).sort(), listChanges};
    }
    case 'call': return call(step);
    case 'cancel': open.get(step.of)?.abort('given up'); return {};
    case 'raw': return raw(step.frame);
    case 'shell': return shell(step.command);
    default: throw new Error(`no step \`${step.do}\``);
  }
}

client.setNotificationHandler(ToolListChangedNotificationSchema, () => { ++listChanges; });
try {
  await client.connect(transport);
} catch (error) {
  print({id: 'connect', error: error.message});
  process.exit(1);
}
print({id: 'connect', server: client.getServerVersion()});
readline.createInterface({input: process.stdin}).on('line', async (line) => {
  const step = JSON.parse(line);
  try {
    print({id: step.id, ...await act(step)});
  } catch (error) {
    print({id: step.id, error: error.message, code: error.code});
  }
}).on('close', () => client.close().finally(() => process.exit(0)));
