// One MCP session over stdio: starts `stream-status mcp`, sends requests as lines, resolves their answers.
// Not a general client: no server requests, no cancellation.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export class ToolError extends Error {
  constructor(text, content) {
    super(text);
    this.code = content?.code ?? content?.error?.code;
  }
}

export class McpSession {
  /** `client` is the name sent in initialize; the server names the agent after it and its worktree. */
  static async open({ program, cwd, env, client }) {
    const session = new McpSession(program, cwd, env);
    await session.#request('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: client, version: '1.0.0' },
    });
    session.#send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return session;
  }

  #child;
  #waiting = new Map();
  #nextId = 1;
  #errors = '';

  constructor(program, cwd, env) {
    // A process group of its own: Ctrl-C reaches the demo alone, which then ends its agents in order.
    this.#child = spawn(program, ['mcp'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.ended = new Promise((resolve) => {
      this.#child.on('error', (error) => this.#fail(error, resolve));
      this.#child.on('exit', (code, signal) => {
        const how = signal ?? `exit ${code}`;
        this.#fail(new Error(`stream-status mcp ended (${how}) ${this.#errors.trim()}`), resolve);
      });
    });
    this.#child.stdin.on('error', () => {}); // its exit tells
    this.#child.stderr.on('data', (chunk) => { this.#errors = (this.#errors + chunk).slice(-2000); });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#receive(line));
  }

  /** The tool's structured answer; throws ToolError for one that failed. */
  async call(name, args = {}) {
    const result = await this.#request('tools/call', { name, arguments: args });
    const text = (result.content ?? []).map((part) => part.text ?? '').join('\n');
    if (result.isError) throw new ToolError(text, result.structuredContent);
    return result.structuredContent ?? JSON.parse(text);
  }

  /** Ends the session as a client does, by closing its stdin. */
  async close() {
    this.#child.stdin.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 3000);
    await this.ended;
    clearTimeout(late);
  }

  #request(method, params) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ jsonrpc: '2.0', id, method, params });
    });
  }

  #send(message) {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #receive(line) {
    if (!line.trim()) return;
    const message = JSON.parse(line);
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  #fail(error, resolve) {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    resolve();
  }
}
