// An agent process without a client library: any bytes in, JSON lines out.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class RawAgent {
  #child;
  #lines;
  #lastId = 0;

  constructor({ cwd, env, command, args }) {
    this.#child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = once(this.#child, 'close');
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Sends bytes or text as they are, with the line's end. */
  send(line) {
    this.#child.stdin.write(line);
    this.#child.stdin.write('\n');
  }

  /** The next line, which must be JSON. */
  async receive() {
    const { value, done } = await this.#lines.next();
    assert.ok(!done, 'the agent process ended');
    return JSON.parse(value);
  }

  /** One request and its answer; nothing else may be under way. */
  async request(method, params) {
    const id = ++this.#lastId;
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    const answer = await this.receive();
    assert.equal(answer.id, id);
    return answer;
  }

  async initialize(protocolVersion, name = 'raw') {
    const params = { protocolVersion, capabilities: {}, clientInfo: { name, version: '1.0.0' } };
    const { result } = await this.request('initialize', params);
    this.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    return result;
  }

  /** Closes stdin, as a client that leaves; gives [exit code, signal]. */
  async close() {
    this.#child.stdin.end();
    return this.ended;
  }
}
