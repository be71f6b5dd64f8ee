// A tool server with a shell: the worst that an agent can be given, and what its attacks run in.
import {exec} from 'node:child_process';
import {serve, text} from './tool_server.mjs';

serve({
  name: 'shell',
  list: () => [{
    name: 'run',
    description: 'Runs a shell command as the tool server.',
    inputSchema: {type: 'object', properties: {command: {type: 'string'}}, required: ['command'],
      additionalProperties: false},
  }],
  call: (_, {command}) => new Promise((resolve) => {
    exec(command, {timeout: 5000}, (error, out, err) =>
      resolve(text(`${out}${err}exit ${error ? error.code ?? error.signal : 0}`, error !== null)));
  }),
});
